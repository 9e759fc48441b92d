// SPDX-License-Identifier: Apache-2.0

import DataPlane
import LVSModel
import Testing

/// The tables of the hashing schedulers over many services and publications.
@Suite struct SlotTableTests {
    private static let hashing: [Scheduler] = [.sh, .dh, .mh, .maglev]

    private func service(
        _ index: UInt32, _ scheduler: Scheduler, weight: UInt16 = 1
    ) -> ForwardingTable.Service {
        // As many real servers as the indexes allow, with the same addresses in each service.
        let reals = (UInt32(0)..<4).map { host in
            var real = Table.real(host + 1, weight: host == 0 ? weight : 1)
            real.index = 4 * index + host
            return real
        }
        return Table.service(
            index, vip: IPAddress(ipv4: 0x0A00_0001 + index).description, scheduler: scheduler,
            reals: reals)
    }

    private func table(_ services: [ForwardingTable.Service]) -> ForwardingTable {
        var table = Table.of()
        table.services = services
        return table
    }

    @Test("ten thousand services with equal lists each pick from their own real servers")
    func many() throws {
        var plane = try MemoryDataPlane()
        try plane.publish(table((0..<10_000).map { service($0, .maglev) }))
        for index in [UInt32(0), 4_999, 9_999] {
            let vip = IPAddress(ipv4: 0x0A00_0001 + index).description
            for port in UInt16(1000)..<1050 {
                try plane.push(Frame.ethernet().ipv4(to: vip).tcp(.syn, from: port))
            }
            let picks = Set(plane.run().compactMap(\.realServer))
            #expect(picks == Set(4 * index..<4 * index + 4))
        }
    }

    @Test("a table outlives the publications that share it", arguments: hashing)
    func publications(scheduler: Scheduler) throws {
        var plane = try MemoryDataPlane(flowCapacity: 8192)
        var picks: [UInt16: [UInt32?]] = [:]
        for turn in 0..<40 {
            let weight = UInt16(turn % 3 + 1)
            let services =
                [service(0, scheduler, weight: weight)]
                + (UInt32(1)...3).map { other in
                    service(other, turn % 2 == 0 ? scheduler : .rr)
                }
            try plane.publish(table(turn % 5 == 4 ? Array(services.dropFirst()) : services))
            if turn % 5 == 4 { continue }
            for client in 1...100 {
                try plane.push(
                    Frame.ethernet().ipv4(from: "10.9.\(client).7", to: "10.0.0.1").tcp([.syn]))
                try plane.push(
                    Frame.ethernet().ipv4(from: "10.9.\(client).7", to: "10.0.0.1").tcp([.rst]))
            }
            plane.setTime(milliseconds: UInt64(turn + 1) * 1_000_000)
            let outcomes = plane.run().map(\.realServer)
            let firsts = outcomes.enumerated().filter { $0.offset % 2 == 0 }.map(\.element)
            if let before = picks.updateValue(firsts, forKey: weight) {
                #expect(before == firsts, "turn \(turn)")
            }
        }
    }
}
