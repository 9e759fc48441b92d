// SPDX-License-Identifier: Apache-2.0

import DataPlane
import LVSModel
import Testing

@Suite struct FlowWalkTests {
    private static func address(
        _ client: String = "192.168.142.3", _ port: UInt16 = 40_000,
        to vip: String = "192.168.142.100", _ service: UInt16 = 80,
        _ transport: TransportProtocol = .tcp
    ) -> FlowAddress {
        FlowAddress(
            client: ip(client), clientPort: port, vip: ip(vip), port: service,
            transport: transport)
    }

    /// What a client sent, what the flow is then, and for how many seconds.
    private static let states: [([Frame.Flags], FlowState, UInt32)] = [
        ([.syn], .synReceived, 60), ([.syn, .ack], .established, 900),
        ([.syn, .ack, .fin], .finWait, 120), ([.syn, .fin], .timeWait, 120),
        ([.syn, .ack, .rst], .close, 10),
    ]

    @Test("a flow is shown with its state, its real server and what is left", arguments: states)
    func state(sent: [Frame.Flags], state: FlowState, seconds: UInt32) throws {
        var plane = try Plane(Table.service())
        for flags in sent { _ = try plane.tcp(flags) }
        var flow = Flow(
            address: Self.address(), state: state, realServer: ip("192.168.142.6"),
            expires: seconds)
        #expect(plane.flows() == [flow])
        plane.wait(seconds: 9)
        flow.expires -= 9
        #expect(plane.flows() == [flow])
        #expect(!flow.isTemplate)
    }

    @Test("so are flows of UDP and of IPv6")
    func otherFlows() throws {
        let plane = try Plane(
            Table.service(port: 53, transport: .udp),
            Table.serviceIPv6(1, reals: [Table.realIPv6(15)]))
        _ = try plane.udp()
        _ = try plane.send(Frame.ethernet().ipv6(from: "fd00::8e:3").tcp(.syn))
        #expect(
            Set(plane.flows()) == [
                Flow(
                    address: Self.address(to: "192.168.142.100", 53, .udp), state: .udp,
                    realServer: ip("192.168.142.6"), expires: 300),
                Flow(
                    address: Self.address("fd00::8e:3", to: "fd00::8e:100"), state: .synReceived,
                    realServer: ip("fd00::8e:f"), expires: 60),
            ])
    }

    @Test("a template has its client's network, no client port, and its service's time")
    func template() throws {
        var plane = try Plane(
            Table.service(
                ports: Table.ports("80,443"),
                persistence: Persistence(timeout: 300, prefixLength: 24)))
        _ = try plane.tcp(to: 443)
        plane.wait(seconds: 20)
        let template = Flow(
            address: Self.address("192.168.142.0", 0), state: .template,
            realServer: ip("192.168.142.6"), expires: 280)
        #expect(template.isTemplate)
        #expect(plane.flows(FlowFilter(state: .template)) == [template])
        #expect(plane.flows().count == 2)
    }

    @Test("a template of seconds that a flow keeps has the time that it was given")
    func givenTime() throws {
        let plane = try Plane(
            Table.service(persistence: Persistence(timeout: 5, prefixLength: 32)))
        _ = try plane.tcp()
        #expect(plane.flows(FlowFilter(state: .template)).map(\.expires) == [60])
    }

    @Test("seconds are whole ones, and what has timed out is not shown, swept or not")
    func wholeSeconds() throws {
        var plane = try MemoryDataPlane()
        try plane.publish(Table.of(Table.service()))
        try plane.push(Frame.ethernet().ipv4().tcp(.syn))
        _ = plane.run()
        let left: [(UInt64, [UInt32])] = [
            (0, [60]), (1, [59]), (1_000, [59]), (1_001, [58]), (59_000, [1]), (59_001, [0]),
            (59_999, [0]), (60_000, []),
        ]
        for (time, expected) in left {
            plane.setTime(milliseconds: time)
            #expect(plane.flows(atMost: 10).flows.map(\.expires) == expected, "at \(time)")
        }
        #expect(plane.counters().flows == 1)
    }

    @Test("what stands in the table for a fragmented packet is no flow")
    func fragments() throws {
        let plane = try Plane(Table.service(port: 53, transport: .udp))
        _ = try plane.send(FragmentTests.fragment(offset: 0, id: 7, from: "192.168.142.3"))
        #expect(plane.flowCount == 2)
        #expect(plane.flows().map(\.state) == [.udp])
    }

    @Test("before the first publication, and from where no walk stood, there is nothing to see")
    func nothing() throws {
        var plane = try MemoryDataPlane()
        #expect(plane.flows(atMost: 10) == FlowPage(flows: [], next: nil))
        try plane.publish(Table.of(Table.service()))
        try plane.push(Frame.ethernet().ipv4().tcp(.syn))
        _ = plane.run()
        #expect(plane.flows(atMost: 10).flows.count == 1)
        for cursor: UInt64 in [2_048 + 64, 1 << 40, .max - 1, .max] {
            #expect(plane.flows(from: cursor, atMost: 10) == FlowPage(flows: [], next: nil))
        }
    }

    @Test(
        "when nothing changes each flow comes once, however long the pages",
        arguments: [1, 7, 64, 5_000])
    func paging(length: Int) throws {
        var plane = try MemoryDataPlane(flowCapacity: 8_192)
        try plane.publish(Table.of(Table.service()))
        for port in 0..<UInt16(4_000) {
            try plane.push(Frame.ethernet().ipv4().tcp(.syn, from: 1_000 + port))
        }
        _ = plane.run()
        var ports: [UInt16] = []
        var cursor: UInt64? = 0
        while let from = cursor {
            let page = plane.flows(from: from, atMost: length)
            #expect(page.flows.count <= min(length, 1_024))
            #expect(page.next ?? .max > from)
            ports += page.flows.map(\.address.clientPort)
            cursor = page.next
        }
        #expect(ports.sorted() == Array(1_000..<5_000))
    }

    /// The pages that a walk takes, and the flows that it finds.
    private func walk(
        _ plane: borrowing MemoryDataPlane, _ filter: FlowFilter = FlowFilter()
    ) -> (pages: Int, flows: Int) {
        var (pages, flows) = (0, 0)
        var cursor: UInt64? = 0
        while let from = cursor {
            let page = plane.flows(from: from, matching: filter, atMost: 1_024)
            pages += 1
            flows += page.flows.count
            cursor = page.next
        }
        return (pages, flows)
    }

    @Test("among a million flows no page looks at more than 8,192, found or not")
    func million() throws {
        let flows = 1_000_000
        var plane = try MemoryDataPlane(flowCapacity: 1_048_576)
        try plane.publish(Table.of(Table.service()))
        for client in 0..<1_000 {
            let packet = Frame.ethernet().ipv4(from: "10.0.\(client / 250).\(client % 250)")
            try plane.push(packet.tcp(.syn))
        }
        for port in 0..<UInt16(flows / 1_000) {
            plane.rerun { _, frame in
                frame.storeBytes(of: (1_000 + port).bigEndian, toByteOffset: 34, as: UInt16.self)
            }
        }
        #expect(plane.counters().flows == UInt64(flows))
        #expect(walk(plane, FlowFilter(state: .established)) == (flows / 8_192 + 1, 0))
        let one = walk(plane, FlowFilter(clients: FlowFilter.Clients("10.0.3.7")))
        #expect(one == (flows / 8_192 + 1, 1_000))
    }

    @Test("in an empty table of eight million lines no page goes by more than two million")
    func sparse() throws {
        var plane = try MemoryDataPlane(flowCapacity: 4_194_304)
        try plane.publish(Table.of(Table.service()))
        try plane.push(Frame.ethernet().ipv4().tcp(.syn))
        _ = plane.run()
        #expect(walk(plane) == (5, 1))
    }
}
