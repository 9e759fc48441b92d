// SPDX-License-Identifier: Apache-2.0

import DataPlane
import LVSModel
import Testing

@Suite struct SchedulerTests {
    /// Hosts picked for new flows, one after the other.
    private func picks(
        _ count: Int, _ plane: borrowing MemoryDataPlane, from: UInt16 = 1000
    ) throws -> [UInt32] {
        for index in 0..<count {
            try plane.push(Frame.ethernet().ipv4().tcp(.syn, from: from + UInt16(index)))
        }
        return plane.run().compactMap(\.realServer)
    }

    private func picks(
        _ count: Int, _ scheduler: Scheduler, _ reals: [ForwardingTable.Real]
    ) throws -> [UInt32] {
        var plane = try MemoryDataPlane()
        try plane.publish(Table.of(Table.service(scheduler: scheduler, reals: reals)))
        return try picks(count, plane)
    }

    @Test("rr takes the real servers in turn, newest first")
    func roundRobin() throws {
        let reals = [Table.real(11), Table.real(12), Table.real(13)]
        #expect(try picks(7, .rr, reals) == [13, 12, 11, 13, 12, 11, 13])
    }

    @Test("rr passes over weight 0 and those that are down")
    func roundRobinSkips() throws {
        let reals = [
            Table.real(11), Table.real(12, weight: 0), Table.real(13, up: false), Table.real(14),
        ]
        #expect(try picks(4, .rr, reals) == [14, 11, 14, 11])
    }

    @Test("rr goes on behind its last pick when a real server comes back")
    func roundRobinChange() throws {
        var plane = try MemoryDataPlane()
        let service = { (up: Bool) in
            Table.of(
                Table.service(reals: [Table.real(11), Table.real(12, up: up), Table.real(13)]))
        }
        try plane.publish(service(false))
        #expect(try picks(3, plane) == [13, 11, 13])
        try plane.publish(service(true))
        #expect(try picks(3, plane, from: 2000) == [12, 11, 13])
    }

    @Test("rr goes on behind its last pick when that is removed, and when others are")
    func roundRobinRemoval() throws {
        var plane = try MemoryDataPlane()
        func publish(_ hosts: [UInt32]) throws {
            try plane.publish(Table.of(Table.service(reals: hosts.map { Table.real($0) })))
        }
        try publish([11, 12, 13, 14])
        #expect(try picks(2, plane) == [14, 13])
        try publish([11, 12, 14])
        #expect(try picks(1, plane, from: 2000) == [12])
        try publish([11, 14, 15])
        #expect(try picks(2, plane, from: 3000) == [11, 15])
        try publish([11, 14])
        #expect(try picks(2, plane, from: 4000) == [14, 11])
    }

    /// Weights of .11, .12, ... and the picks that the kernel makes of them.
    private static let weighted: [([UInt16], [UInt32])] = [
        ([3, 2, 1], [13, 12, 11, 11, 12, 11, 13, 12, 11, 11, 12, 11]),
        ([4, 3, 2], [13, 12, 11, 11, 12, 11, 13, 12, 11]),
        ([1, 1, 1], [13, 12, 11, 13, 12, 11]),
        ([2, 4], [12, 11, 12, 12, 11, 12]),
        ([0, 1], [12, 12, 12]),
        ([65535, 0], [11, 11, 11]),
    ]

    @Test("wrr interleaves by weight as the kernel does", arguments: weighted)
    func weightedRoundRobin(weights: [UInt16], expected: [UInt32]) throws {
        let reals = weights.enumerated().map { Table.real(UInt32(11 + $0), weight: $1) }
        #expect(try picks(expected.count, .wrr, reals) == expected)
    }

    /// Weights, and at how many flows each real server takes no more, 0 for never.
    private static let filling: [([UInt16], [UInt32])] = [
        ([300, 2, 1], [4, 0, 0]), ([1, 60, 40, 20], [0, 5, 7, 0]), ([200, 100], [3, 0]),
        ([65535, 1], [1, 0]), ([7, 5, 3], [2, 2, 2]),
    ]

    @Test("wrr picks as the kernel does while real servers fill up", arguments: filling)
    func weightedFilling(weights: [UInt16], limits: [UInt32]) throws {
        let reals = weights.indices.map {
            Table.real(UInt32(11 + $0), weight: weights[$0], upper: limits[$0])
        }
        let expected = Self.kernelPicks(40, weights, limits).map { UInt32(11 + $0) }
        #expect(try picks(40, .wrr, reals) == expected)
    }

    /// The kernel's walk, turn by turn, over a list that grew from its first real server.
    private static func kernelPicks(
        _ count: Int, _ weights: [UInt16], _ limits: [UInt32]
    ) -> [Int] {
        func divisor(_ a: Int, _ b: Int) -> Int { b == 0 ? a : divisor(b, a % b) }
        let list = Array(weights.indices.reversed())
        let step = weights.reduce(0) { divisor($0, Int($1)) }
        let top = Int(weights.max() ?? 0) - (step - 1)
        var flows = Array(repeating: UInt32(0), count: weights.count)
        var (current, next, picks) = (1, 0, [Int]())
        while picks.count < count, flows != limits {
            if next == list.count {
                next = 0
                current = current <= step ? top : current - step
            }
            let real = list[next]
            next += 1
            guard weights[real] >= current, limits[real] == 0 || flows[real] < limits[real] else {
                continue
            }
            flows[real] += 1
            picks.append(real)
        }
        return picks
    }

    @Test("wrr holds 3:1 over whole turns")
    func ratio() throws {
        let picks = try picks(400, .wrr, [Table.real(5, weight: 3), Table.real(6, weight: 1)])
        #expect(picks.count { $0 == 5 } == 300)
        #expect(picks.count { $0 == 6 } == 100)
    }

    @Test(
        "without a real server to schedule the frame is dropped by name",
        arguments: Scheduler.allCases)
    func none(scheduler: Scheduler) throws {
        for reals in [[], [Table.real(5, weight: 0)], [Table.real(5, up: false)]] {
            var plane = try MemoryDataPlane()
            try plane.publish(Table.of(Table.service(scheduler: scheduler, reals: reals)))
            try plane.push(Frame.ethernet().ipv4().tcp(.syn))
            #expect(plane.run().map(\.reason) == ["port-unreachable"])
        }
    }

    @Test("weight 0 takes no new flow, and keeps the old ones")
    func quiesce() throws {
        var plane = try MemoryDataPlane()
        try plane.publish(Table.of(Table.service(reals: [Table.real(5)])))
        #expect(try picks(1, plane) == [5])
        try plane.publish(
            Table.of(Table.service(reals: [Table.real(5, weight: 0), Table.real(6)])))
        #expect(try picks(2, plane, from: 2000) == [6, 6])
        try plane.push(Frame.ethernet().ipv4().tcp(.ack, from: 1000))
        #expect(plane.run().map(\.realServer) == [5])
    }
}
