// SPDX-License-Identifier: Apache-2.0

import DataPlane
import LVSModel
import Testing

/// Schedulers that look at the flows of the real servers, beside what the kernel would pick.
@Suite struct LoadSchedulerTests {
    private static let schedulers: [Scheduler] = [
        .lc, .wlc, .sed, .nq, .fo, .ovf, .lblc, .lblcr,
    ]
    private static let weights: [[UInt16]] = [
        [1, 1, 1], [3, 2, 1], [1, 2, 3], [0, 5, 5, 1], [65535, 1, 300], [7], [2, 4, 8, 16, 4, 2],
    ]

    @Test(
        "flows that come, close and are quiesced go where the kernel sends them",
        arguments: schedulers, weights)
    func asKernel(scheduler: Scheduler, weights: [UInt16]) throws {
        var cluster = try Cluster(scheduler: scheduler, weights: weights)
        var random = SplitMix(seed: UInt64(weights.count))
        for turn in 0..<600 {
            if turn == 300 { try cluster.quiesce() }
            if random.next() % 3 == 0 {
                try cluster.close(random.next())
            } else {
                try cluster.open()
            }
        }
        #expect(cluster.picks == cluster.expected)
    }

    @Test("UDP flows never count as active")
    func udp() throws {
        var plane = try MemoryDataPlane()
        let reals = [Table.real(5), Table.real(6)]
        try plane.publish(
            Table.of(Table.service(port: 53, transport: .udp, scheduler: .nq, reals: reals)))
        for port in 0..<4 {
            try plane.push(Frame.ethernet().ipv4().udp(from: 1000 + UInt16(port)))
        }
        #expect(plane.run().map(\.realServer) == [6, 6, 6, 6])
    }

    @Test("ovf takes one more than the weight, as the kernel does, and overflows to the next")
    func overflow() throws {
        var cluster = try Cluster(scheduler: .ovf, weights: [2, 1])
        for _ in 0..<6 { try cluster.open() }
        #expect(cluster.picks == [11, 11, 11, 12, 12, nil])
    }

    @Test("lblcr's set loses its most loaded one after a day without a change")
    func replication() throws {
        var plane = try MemoryDataPlane()
        let reals = [Table.real(11), Table.real(12)]
        try plane.publish(
            Table.of(
                Table.service(scheduler: .lblcr, reals: reals),
                timeouts: FlowTimeouts(tcp: 604_800)))
        var picks: [UInt32?] = []
        for port in UInt16(1000)..<1007 {
            if port == 1005 { plane.setTime(milliseconds: 86_401_000) }
            try plane.push(Frame.ethernet().ipv4().tcp(.syn, from: port))
            try plane.push(Frame.ethernet().ipv4().tcp(.ack, from: port))
            picks.append(plane.run().first?.realServer)
        }
        // Then 11, the first of the two and the busier one, is no longer of the set.
        #expect(picks == [12, 12, 11, 11, 11, 12, 12])
    }

    @Test("another scheduler starts without the memory of the last one")
    func change() throws {
        var plane = try MemoryDataPlane()
        let reals = [Table.real(11), Table.real(12), Table.real(13)]
        for (port, scheduler) in [(1000, Scheduler.rr), (2000, .lblcr), (3000, .rr)] {
            try plane.publish(Table.of(Table.service(scheduler: scheduler, reals: reals)))
            for offset in 0..<2 {
                try plane.push(
                    Frame.ethernet().ipv4().tcp(.syn, from: UInt16(port + offset)))
            }
            let picked = plane.run().map(\.realServer)
            #expect(picked == (scheduler == .rr ? [13, 12] : [11, 11]), "\(scheduler)")
        }
    }
}

/// A director and, beside it, the model of a kernel that is given the same.
private struct Cluster: ~Copyable {
    private var plane: MemoryDataPlane
    private let scheduler: Scheduler
    private var kernel = KernelLoad()
    /// Newest first.
    private var list: [Destination]
    private var flows: [(port: UInt16, host: UInt32)] = []
    private var nextPort: UInt16 = 1000
    private(set) var picks: [UInt32?] = []
    private(set) var expected: [UInt32?] = []

    init(scheduler: Scheduler, weights: [UInt16]) throws {
        let list = weights.enumerated().reversed().map {
            Destination(host: UInt32(11 + $0), weight: Int($1))
        }
        var plane = try MemoryDataPlane(flowCapacity: 4096)
        try plane.publish(Self.table(scheduler, list))
        self.plane = plane
        self.scheduler = scheduler
        self.list = list
    }

    private static func table(_ scheduler: Scheduler, _ list: [Destination]) -> ForwardingTable {
        let reals = list.reversed().map { Table.real($0.host, weight: UInt16($0.weight)) }
        return Table.of(Table.service(scheduler: scheduler, reals: reals))
    }

    mutating func open() throws {
        nextPort += 1
        let host = kernel.pick(scheduler.rawValue, list)
        expected.append(host)
        try plane.push(Frame.ethernet().ipv4().tcp(.syn, from: nextPort))
        picks.append(contentsOf: plane.run().map(\.realServer))
        if let index = list.firstIndex(where: { $0.host == host }) {
            list[index].active += 1
            flows.append((nextPort, list[index].host))
        }
    }

    /// The client closes one of its flows.
    mutating func close(_ random: UInt64) throws {
        guard !flows.isEmpty else { return }
        let flow = flows.remove(at: Int(random % UInt64(flows.count)))
        try plane.push(Frame.ethernet().ipv4().tcp([.fin, .ack], from: flow.port))
        _ = plane.run()
        guard let index = list.firstIndex(where: { $0.host == flow.host }) else { return }
        list[index].active -= 1
        list[index].inactive += 1
    }

    /// The one with the most flows gets weight 0.
    mutating func quiesce() throws {
        let busiest = list.indices.max { list[$0].active < list[$1].active }
        if let busiest { list[busiest].weight = 0 }
        try plane.publish(Self.table(scheduler, list))
    }
}

/// Numbers that look random and are the same in every run (splitmix64).
struct SplitMix: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) {
        state = seed
    }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        return mixed ^ mixed >> 31
    }
}
