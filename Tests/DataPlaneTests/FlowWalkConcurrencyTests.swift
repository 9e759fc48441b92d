// SPDX-License-Identifier: Apache-2.0

import DataPlane
import LVSModel
import Testing

/// Clients of 10.0.0.0/16 ask one VIP, which has one real server, those of 10.1.0.0/16 another one.
@Suite(.serialized) struct FlowWalkConcurrencyTests {
    private static let workers = 4
    private static let clients: UInt32 = 8_192
    private static let rounds = 50
    private static let vips = ["192.168.142.100", "192.168.142.101"]
    private static let reals = ["192.168.142.5", "192.168.142.6"]

    /// The flow of a client, by its number: all that it has follows from the client's address.
    private static func flow(_ number: UInt32) -> (client: UInt32, port: UInt16, group: Int) {
        let group = number % 2
        return (
            0x0A00_0000 + group << 16 + number, UInt16(truncatingIfNeeded: number &* 40_503),
            Int(group)
        )
    }

    private static func frame(_ number: UInt32) -> [UInt8] {
        let (client, port, group) = flow(number)
        let packet = Frame.ethernet().ipv4(
            from: IPAddress(ipv4: client).description, to: vips[group])
        return packet.tcp(.syn, from: port)
    }

    /// Whether the client, its port, the VIP and the real server belong together.
    private func isWhole(_ flow: Flow) -> Bool {
        guard let client = flow.address.client.ipv4 else { return false }
        let (expected, port, group) = Self.flow(client & 0xFFFF)
        return client == expected && flow.address.clientPort == port
            && flow.address.vip == ip(Self.vips[group]) && flow.realServer == ip(Self.reals[group])
            && flow.state == .synReceived && flow.expires <= 60
    }

    /// What no flow ever is, though lines that are read half before and half after a change are.
    private static let impossible: [FlowFilter] = [0, 1].flatMap { group in
        let clients = FlowFilter.Clients("10.\(group).0.0/16")
        let other = 1 - group
        return [
            FlowFilter(realServer: ip(reals[other]), clients: clients),
            FlowFilter(
                service: ServiceAddress(address: ip(vips[other]), port: 80, transport: .tcp),
                clients: clients),
        ]
    }

    /// Workers with so few lines that each new flow takes the line of an earlier one.
    private func plane() throws -> ConcurrentMemoryDataPlane {
        var plane = try ConcurrentMemoryDataPlane(workers: Self.workers, flowCapacity: 1_024)
        try plane.publish(
            Table.of(
                Table.service(0, vip: Self.vips[0], reals: [Table.real(5)]),
                Table.service(1, vip: Self.vips[1], reals: [Table.real(6)])))
        let frames = (0..<Self.clients).map(Self.frame)
        for _ in 0..<Self.rounds {
            for (number, frame) in frames.enumerated() {
                try plane.push(frame, to: number / 2 % Self.workers)
            }
        }
        return plane
    }

    @Test("while lines change hands under it, a walk shows no flow that never was")
    func torn() throws {
        let plane = try plane()
        try plane.start()
        let deadline = ContinuousClock.now + .seconds(60)
        var shown = 0
        var cursor: UInt64 = 0
        repeat {
            try #require(ContinuousClock.now < deadline, "the workers are not done")
            for filter in Self.impossible {
                for flow in plane.flows(matching: filter, atMost: 1_024).flows {
                    Issue.record("\(flow) to \(String(describing: flow.realServer))")
                }
            }
            let page = plane.flows(from: cursor, atMost: 16)
            for flow in page.flows where !isWhole(flow) { Issue.record("\(flow)") }
            shown += page.flows.count
            cursor = page.next ?? 0
        } while plane.done < UInt64(Self.rounds) * UInt64(Self.clients)
        #expect(shown > 0)
        #expect(plane.counters().flowsEvicted > 0)
    }
}
