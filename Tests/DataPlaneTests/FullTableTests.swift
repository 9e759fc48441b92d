// SPDX-License-Identifier: Apache-2.0

import DataPlane
import LVSModel
import Testing

/// Who gets packets for which the flow table has no room.
@Suite struct FullTableTests {
    /// Another service's established flows, which make no room, fill the table.
    private func fullPlane(_ service: ForwardingTable.Service) throws -> MemoryDataPlane {
        var plane = try MemoryDataPlane(flowCapacity: 1_024)
        try plane.publish(Table.of(service, Table.service(1, port: 81, reals: [Table.real(20)])))
        for port in 1...UInt16(1_024) {
            for flags: Frame.Flags in [.syn, .ack] {
                try plane.push(Frame.ethernet().ipv4().tcp(flags, from: port, to: 81))
                _ = plane.run()
            }
        }
        #expect(plane.counters().flows == 1_024)
        return plane
    }

    private func send(
        _ frame: [UInt8], _ plane: borrowing MemoryDataPlane
    ) throws -> FrameOutcome? {
        try plane.push(frame)
        return plane.run().first
    }

    @Test(
        "whom the scheduler picks, where it picks the same for each packet of a flow",
        arguments: [.sh, .dh, .mh, .maglev, .fo] as [Scheduler])
    func picked(scheduler: Scheduler) throws {
        let service = Table.service(
            scheduler: scheduler, reals: (5...9).map { Table.real($0, weight: UInt16($0)) })
        let full = try fullPlane(service)
        var plane = try MemoryDataPlane()
        try plane.publish(Table.of(service))
        for client in Client.many {
            let pick = try send(client.frame(.syn), plane)
            #expect(pick?.reason == "scheduled")
            for flags: Frame.Flags in [.syn, .ack] {
                let outcome = try send(client.frame(flags), full)
                #expect(outcome?.reason == "stateless")
                #expect(outcome?.realServer == pick?.realServer)
            }
        }
    }

    @Test("of a persistent service one for all of a network's, whatever the scheduler picks")
    func persistent() throws {
        let full = try fullPlane(
            Table.service(
                scheduler: .rr, persistence: Persistence(prefixLength: 24),
                reals: (5...9).map { Table.real($0) }))
        var chosen: Set<UInt32?> = []
        for network in 0..<20 {
            var outcomes: Set<UInt32?> = []
            for host in 1...3 {
                let frames = Frame.ethernet().ipv4(from: "10.1.\(network).\(host)")
                for flags: Frame.Flags in [.syn, .ack] {
                    let outcome = try send(frames.tcp(flags), full)
                    #expect(outcome?.reason == "stateless")
                    outcomes.insert(outcome?.realServer)
                }
            }
            #expect(outcomes.count == 1)
            chosen.formUnion(outcomes)
        }
        #expect(chosen.count > 2)
    }

    @Test("of a client that has a template, its real server")
    func template() throws {
        let persistence = Persistence(prefixLength: 32)
        var plane = try MemoryDataPlane(flowCapacity: 1_024)
        try plane.publish(
            Table.of(
                Table.service(persistence: persistence, reals: (5...9).map { Table.real($0) }),
                Table.service(1, port: 81, reals: [Table.real(20)])))
        let clients = (1...40).map { Frame.ethernet().ipv4(from: "10.1.0.\($0)") }
        let picks = try clients.map { try send($0.tcp(.syn), plane)?.realServer }
        for client in clients { _ = try send(client.tcp(.ack), plane) }
        for port in 1...UInt16(1_024) {
            for flags: Frame.Flags in [.syn, .ack] {
                _ = try send(Frame.ethernet().ipv4().tcp(flags, from: port, to: 81), plane)
            }
        }
        for (client, pick) in zip(clients, picks) {
            for flags: Frame.Flags in [.syn, .ack] {
                let outcome = try send(client.tcp(flags, from: 7), plane)
                #expect(outcome?.reason == "stateless")
                #expect(outcome?.realServer == pick)
            }
        }
    }
}
