// SPDX-License-Identifier: Apache-2.0

import DataPlane
import LVSModel
import Testing

@Suite struct ExplainTests {
    /// A flow of the seed deployment's client.
    private static func flow(
        _ port: UInt16 = 40_000, to vip: String = "192.168.142.100", _ service: UInt16 = 80,
        _ transport: TransportProtocol = .tcp
    ) -> FlowAddress {
        FlowAddress(
            client: IPAddress(ipv4: address("192.168.142.3")), clientPort: port,
            vip: IPAddress(ipv4: address(vip)), port: service, transport: transport)
    }

    private static func real(_ host: UInt32) -> IPAddress {
        IPAddress(ipv4: 0xC0A8_8E00 + host)
    }

    private static func exit(
        _ verdict: Verdict, _ reason: String, _ host: UInt32? = nil
    ) -> Explanation.Exit {
        Explanation.Exit(verdict: verdict, reason: reason, realServer: host.map(real))
    }

    @Test(
        "it says what the next SYN then gets, however often it is asked, whatever the scheduler",
        arguments: Scheduler.allCases, [[1, 1, 1], [3, 2, 1], [0, 5, 2]] as [[UInt16]])
    func agrees(scheduler: Scheduler, weights: [UInt16]) throws {
        func plane() throws -> MemoryDataPlane {
            var plane = try MemoryDataPlane()
            let reals = weights.enumerated().map { Table.real(11 + UInt32($0), weight: $1) }
            try plane.publish(Table.of(Table.service(scheduler: scheduler, reals: reals)))
            return plane
        }
        let asked = try plane()
        let unasked = try plane()
        for turn in 0..<40 {
            let port = UInt16(2_000 + turn)
            let time = UInt64(turn) * 3_600_000 / 2
            asked.setTime(milliseconds: time)
            unasked.setTime(milliseconds: time)
            let first = try asked.explain(Self.flow(port))
            #expect(try asked.explain(Self.flow(port)) == first)
            try asked.push(Frame.ethernet().ipv4().tcp(.syn, from: port))
            try unasked.push(Frame.ethernet().ipv4().tcp(.syn, from: port))
            let outcomes = asked.run()
            let unaskedOutcomes = unasked.run()
            // twos draws by each table's own secret.
            if scheduler != .twos { #expect(outcomes == unaskedOutcomes) }
            #expect(first.opening.reason == outcomes[0].reason)
            #expect(first.opening.realServer == outcomes[0].realServer.map(Self.real))
            #expect(first.known == nil)
        }
    }

    @Test("a flow is found with its state, its age and its end")
    func known() throws {
        var plane = try MemoryDataPlane()
        try plane.publish(Table.of(Table.service()))
        plane.setTime(milliseconds: 1_000)
        try plane.push(Frame.ethernet().ipv4().tcp(.syn))
        try plane.push(Frame.ethernet().ipv4().tcp(.ack))
        _ = plane.run()
        plane.setTime(milliseconds: 4_500)
        let explanation = try plane.explain(Self.flow())
        #expect(
            explanation.known
                == Explanation.KnownFlow(
                    state: "ESTABLISHED", realServer: Self.real(6), idle: 3_500, expires: 896_500))
        #expect(explanation.opening == Self.exit(.tx, "flow", 6))
        #expect(explanation.segment == Self.exit(.tx, "flow", 6))
        #expect(explanation.realServers.map(\.flows.active) == [0, 1])
        #expect(plane.counters().flows == 1)
        // One that has timed out is as none, and stays in the table for those who forward.
        plane.setTime(milliseconds: 901_000)
        #expect(try plane.explain(Self.flow()).known == nil)
        #expect(plane.counters().flows == 1)
    }

    @Test("asking changes no counter, and no state of a flow")
    func untouched() throws {
        var plane = try MemoryDataPlane()
        try plane.publish(Table.of(Table.service()))
        try plane.push(Frame.ethernet().ipv4().tcp(.syn))
        _ = plane.run()
        let before = plane.counters()
        for port in 40_000..<40_100 { _ = try plane.explain(Self.flow(UInt16(port))) }
        let after = plane.counters()
        #expect(after.exits == before.exits)
        #expect(after.services == before.services)
        #expect(after.realServers == before.realServers)
        #expect(after.flows == before.flows)
        #expect(try plane.explain(Self.flow()).known?.state == "SYN_RECV")
    }

    @Test("what is for no VIP, no service or no real server is told so")
    func nothing() throws {
        var plane = try MemoryDataPlane()
        try plane.publish(
            Table.of(
                Table.service(reals: [Table.real(5, weight: 0), Table.real(6, up: false)]),
                Table.service(1, vip: "192.168.142.101", arp: .host, reals: [])))
        let noVIP = try plane.explain(Self.flow(to: "192.168.142.9"))
        #expect(noVIP.arp == nil)
        #expect(noVIP.opening == Self.exit(.pass, "not-a-vip"))
        let closed = try plane.explain(Self.flow(40_000, to: "192.168.142.100", 81))
        #expect(closed.arp == .director)
        #expect(closed.service == nil)
        #expect(closed.opening == Self.exit(.answer, "reset-no-service"))
        let hosts = try plane.explain(Self.flow(40_000, to: "192.168.142.101", 81))
        #expect(hosts.arp == .host)
        #expect(hosts.opening == Self.exit(.pass, "no-service"))
        let nobody = try plane.explain(Self.flow())
        #expect(nobody.opening == Self.exit(.answer, "port-unreachable"))
        #expect(nobody.segment == Self.exit(.answer, "reset-no-flow"))
        #expect(nobody.realServers.map(\.refusal) == ["weight 0", "down"])
    }

    @Test("a persistence template says where the client's next flow goes, and it is told")
    func template() throws {
        var plane = try MemoryDataPlane()
        let persistence = Persistence(timeout: 300, prefixLength: 24)
        try plane.publish(Table.of(Table.service(persistence: persistence)))
        #expect(try plane.explain(Self.flow()).template == nil)
        try plane.push(Frame.ethernet().ipv4().tcp(.syn))
        let real = try #require(plane.run()[0].realServer)
        plane.setTime(milliseconds: 2_000)
        let next = try plane.explain(Self.flow(40_001))
        #expect(next.known == nil)
        #expect(
            next.template
                == Explanation.KnownFlow(
                    state: "NONE", realServer: Self.real(real), idle: 2_000, expires: 298_000))
        #expect(next.opening == Self.exit(.tx, "scheduled", real))
        #expect(plane.counters().flows == 2)
    }

    @Test("a real server at its upper threshold takes no flows, until it falls below its lower one")
    func thresholds() throws {
        var plane = try MemoryDataPlane()
        try plane.publish(
            Table.of(
                Table.service(scheduler: .wlc, reals: [Table.real(5, upper: 2, lower: 1)])))
        func next(_ port: UInt16, _ flags: Frame.Flags) throws -> Explanation {
            try plane.push(Frame.ethernet().ipv4().tcp(flags, from: port))
            _ = plane.run()
            return try plane.explain(Self.flow(50_000))
        }
        #expect(try next(40_000, .syn).realServers[0].refusal == nil)
        let full = try next(40_001, .syn)
        #expect(full.realServers[0].refusal == "it reached its upper threshold of 2 flows")
        #expect(full.opening == Self.exit(.answer, "port-unreachable"))
    }

    @Test("one-packet scheduling keeps no flow, and moves no cursor when asked")
    func onePacket() throws {
        var plane = try MemoryDataPlane()
        try plane.publish(
            Table.of(Table.service(port: 53, transport: .udp, onePacket: true)))
        for _ in 0..<4 {
            let asked = try plane.explain(Self.flow(40_000, to: "192.168.142.100", 53, .udp))
            try plane.push(Frame.ethernet().ipv4().udp())
            let outcome = plane.run()[0]
            #expect(asked.opening == Self.exit(.tx, "one-packet", outcome.realServer))
        }
    }

    @Test("IPv6 goes the same way", arguments: [TransportProtocol.tcp, .udp])
    func ipv6(transport: TransportProtocol) throws {
        var plane = try MemoryDataPlane()
        try plane.publish(
            Table.of(Table.service(vip: Frame.vipIPv6, ports: .any, transport: transport)))
        let flow = FlowAddress(
            client: try #require(IPAddress(Frame.clientIPv6)), clientPort: 40_000,
            vip: try #require(IPAddress(Frame.vipIPv6)), port: 53, transport: transport)
        let asked = try plane.explain(flow)
        let packet = Frame.ethernet().ipv6()
        try plane.push(transport == .tcp ? packet.tcp(.syn, to: 53) : packet.udp(to: 53))
        let outcome = plane.run()[0]
        #expect(asked.opening == Self.exit(.tx, "scheduled", outcome.realServer))
        #expect(asked.service?.ports == .any)
        #expect(try plane.explain(flow).known?.realServer == asked.opening.realServer)
    }

    @Test("a packet of UDP opens its flow, and there is no other kind")
    func udp() throws {
        var plane = try MemoryDataPlane()
        try plane.publish(Table.of(Table.service(port: 53, transport: .udp)))
        let explanation = try plane.explain(Self.flow(40_000, to: "192.168.142.100", 53, .udp))
        #expect(explanation.opening == Self.exit(.tx, "scheduled", 6))
        #expect(explanation.segment == nil)
    }

    @Test("while the flow table is full the packet goes by hash, and it says so")
    func full() throws {
        var plane = try MemoryDataPlane(flowCapacity: 1_024)
        try plane.publish(Table.of(Table.service()))
        for port in 0..<1_024 {
            try plane.push(Frame.ethernet().ipv4().tcp(.syn, from: UInt16(1_000 + port)))
            try plane.push(Frame.ethernet().ipv4().tcp(.ack, from: UInt16(1_000 + port)))
        }
        _ = plane.run()
        let asked = try plane.explain(Self.flow(40_000)).opening
        try plane.push(Frame.ethernet().ipv4().tcp(.syn, from: 40_000))
        let outcome = plane.run()[0]
        #expect(outcome.reason == "stateless")
        #expect(asked == Self.exit(.tx, "stateless", outcome.realServer))
        #expect(try plane.explain(Self.flow(40_000)).isFull)
    }

    @Test("before the first table there is nothing to explain")
    func tooEarly() throws {
        let plane = try MemoryDataPlane()
        let error = #expect(throws: DataPlaneError.self) { try plane.explain(Self.flow()) }
        #expect(error?.operation == "explain a packet's way")
    }
}
