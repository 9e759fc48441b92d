// SPDX-License-Identifier: Apache-2.0

import DataPlane
import LVSModel
import Testing

/// The schedulers of ours and of chance: their shares, and what a change moves.
@Suite struct MaglevSchedulerTests {
    /// The first frames of as many flows.
    private static let frames = (0..<UInt32(20_000)).map { client in
        Frame.ethernet().ipv4(from: IPAddress(ipv4: 0x0A01_0000 + client / 8).description)
            .tcp(.syn, from: 30_000 + UInt16(client % 8))
    }

    /// What each of many flows is given.
    private func picks(_ service: ForwardingTable.Service) throws -> [UInt32?] {
        var plane = try MemoryDataPlane(flowCapacity: 32_768)
        try plane.publish(Table.of(service))
        for frame in Self.frames { try plane.push(frame) }
        return plane.run().map(\.realServer)
    }

    private func share(_ picks: [UInt32?], _ host: UInt32) -> Double {
        Double(picks.count { $0 == host }) / Double(picks.count)
    }

    @Test(
        "flows are spread by weight",
        arguments: [Scheduler.maglev, .twos], [[1, 1, 1, 1], [1, 2, 3], [10, 0, 30], [1, 999]])
    func shares(scheduler: Scheduler, weights: [UInt16]) throws {
        let reals = weights.enumerated().map { Table.real(UInt32(1 + $0), weight: $1) }
        let picks = try picks(Table.service(scheduler: scheduler, reals: reals))
        let sum = Double(weights.map(Int.init).reduce(0, +))
        for (index, weight) in weights.enumerated() {
            let difference = share(picks, UInt32(1 + index)) - Double(weight) / sum
            #expect(abs(difference) < 0.01, "\(index)")
        }
    }

    @Test("maglev moves little when one of ten leaves, and all comes back with it")
    func disruption() throws {
        let ten = (1...10).map { Table.real(UInt32($0)) }
        let nine = ten.filter { $0.index != 4 }
        let before = try picks(Table.service(scheduler: .maglev, reals: ten))
        let after = try picks(Table.service(scheduler: .maglev, reals: nine))
        let moved = zip(before, after).count { $0 != $1 }
        #expect(Double(moved) < 0.12 * Double(before.count))
        #expect(!after.contains(4))
        let down = ten.map { $0.index == 4 ? Table.real(4, up: false) : $0 }
        #expect(try picks(Table.service(scheduler: .maglev, reals: down)) == after)
        let drained = ten.map { $0.index == 4 ? Table.real(4, weight: 0) : $0 }
        #expect(try picks(Table.service(scheduler: .maglev, reals: drained)) == after)
    }

    @Test("when nearly all slots belong to one that is full, maglev spreads over the others' list")
    func fullOwner() throws {
        let reals =
            [Table.real(1, weight: 65_535, upper: 1)] + (2...5).map { Table.real(UInt32($0)) }
        let picks = try picks(Table.service(scheduler: .maglev, reals: reals))
        #expect(picks.count { $0 == 1 } == 1)
        #expect(!picks.contains(nil))
        for host in UInt32(2)...5 { #expect(abs(share(picks, host) - 0.25) < 0.02, "\(host)") }
        #expect(try self.picks(Table.service(scheduler: .maglev, reals: reals)) == picks)
    }

    @Test("maglev knows no secret: two directors pick the same, also of services on other indexes")
    func agreement() throws {
        let reals = (1...5).map { Table.real(UInt32($0)) }
        let first = try picks(Table.service(0, scheduler: .maglev, reals: reals))
        let second = try picks(Table.service(9, scheduler: .maglev, reals: reals))
        #expect(first == second)
    }

    @Test("maglev uses the client's port, so that one client's flows go to all")
    func ports() throws {
        var plane = try MemoryDataPlane()
        let reals = (1...4).map { Table.real(UInt32($0)) }
        try plane.publish(Table.of(Table.service(scheduler: .maglev, reals: reals)))
        for port in UInt16(1000)..<1100 {
            try plane.push(Frame.ethernet().ipv4().tcp(.syn, from: port))
        }
        #expect(Set(plane.run().compactMap(\.realServer)) == [1, 2, 3, 4])
    }

    @Test("maglev's shares hold for weights as far apart as they can be, and for many real servers")
    func uneven() throws {
        var reals = (1...500).map { Table.real(UInt32($0), weight: 100) }
        reals[17].weight = 50_000
        let picks = try picks(Table.service(scheduler: .maglev, reals: reals))
        #expect(abs(share(picks, 18) - 50_000 / 99_900) < 0.01)
        #expect(Set(picks.compactMap(\.self)).count > 490)
    }

    @Test("twos prefers the one with less load")
    func lessLoad() throws {
        var plane = try MemoryDataPlane(flowCapacity: 4096)
        let reals = [Table.real(5, weight: 1), Table.real(6, weight: 0)]
        try plane.publish(Table.of(Table.service(scheduler: .twos, reals: reals)))
        for port in UInt16(1000)..<1500 {
            try plane.push(Frame.ethernet().ipv4().tcp(.syn, from: port))
        }
        _ = plane.run()
        try plane.publish(
            Table.of(Table.service(scheduler: .twos, reals: [Table.real(5), Table.real(6)])))
        for port in UInt16(2000)..<2400 {
            try plane.push(Frame.ethernet().ipv4().tcp(.syn, from: port))
        }
        let busy = plane.run().count { $0.realServer == 5 }
        // A ninth, when both draws are of it: marks of 0...2, of which only 2 is its.
        #expect((15...80).contains(busy))
    }
}
