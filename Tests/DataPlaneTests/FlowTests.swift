// SPDX-License-Identifier: Apache-2.0

import DataPlane
import LVSModel
import Testing

@Suite struct FlowTests {
    private static let table = Table.of(
        Table.service(0), Table.service(1, port: 53, transport: .udp, reals: [Table.real(7)]))

    private func plane(_ table: ForwardingTable = table) throws -> MemoryDataPlane {
        var plane = try MemoryDataPlane()
        try plane.publish(table)
        return plane
    }

    private func send(
        _ flags: Frame.Flags, _ plane: borrowing MemoryDataPlane, port: UInt16 = 40000
    ) throws -> FrameOutcome? {
        try plane.push(Frame.ethernet().ipv4().tcp(flags, from: port))
        return plane.run().first
    }

    private func flows(_ plane: borrowing MemoryDataPlane) -> FlowCounts {
        let counters = plane.counters()
        return counters.realServers.values.reduce(into: FlowCounts()) { sum, real in
            sum.active += real.flows.active
            sum.inactive += real.flows.inactive
        }
    }

    @Test("all frames of a flow go to one real server")
    func affinity() throws {
        let plane = try plane()
        var picks: Set<UInt32?> = []
        for flags: Frame.Flags in [.syn, .ack, [.ack, .push], .ack, [.fin, .ack]] {
            picks.insert(try send(flags, plane)?.realServer)
        }
        #expect(picks == [6])
    }

    @Test("flows differ in client address, client port, VIP, service port and protocol")
    func keys() throws {
        let services = [
            Table.service(0), Table.service(1, port: 81, reals: [Table.real(7)]),
            Table.service(2, vip: "192.168.142.101", reals: [Table.real(8)]),
            Table.service(3, transport: .udp, reals: [Table.real(9)]),
        ]
        var table = Table.of()
        table.services = services
        let plane = try plane(table)
        try plane.push(Frame.ethernet().ipv4().tcp(.syn))
        try plane.push(Frame.ethernet().ipv4().tcp(.syn, to: 81))
        try plane.push(Frame.ethernet().ipv4(to: "192.168.142.101").tcp(.syn))
        try plane.push(Frame.ethernet().ipv4().udp(to: 80))
        try plane.push(Frame.ethernet().ipv4().tcp(.syn, from: 40001))
        try plane.push(Frame.ethernet().ipv4(from: "192.168.142.33").tcp(.syn))
        #expect(plane.run().allSatisfy { $0.reason == "scheduled" })
        #expect(plane.counters().flows == 6)
    }

    /// What the client sent, and whether the flow then counts as active.
    private static let states: [([Frame.Flags], Bool)] = [
        ([.syn], true),
        ([.syn, .ack], true),
        ([.syn, .rst], true),
        ([.syn, .ack, .fin], false),
        ([.syn, .ack, .rst], false),
        ([.syn, .fin], false),
        ([.syn, .ack, [.fin, .ack]], false),
        ([.syn, .ack, .fin, .ack], false),
        ([.syn, .ack, []], false),
        ([.syn, .ack, .fin, .syn], true),
    ]

    @Test("the client's flags decide whether a flow is active", arguments: states)
    func activity(sent: [Frame.Flags], active: Bool) throws {
        let plane = try plane()
        for flags in sent {
            _ = try send(flags, plane)
        }
        let expected = active ? FlowCounts(active: 1) : FlowCounts(inactive: 1)
        #expect(flows(plane) == expected)
    }

    /// What the client sent, and for how many seconds of silence the flow is known.
    private static let timeouts: [([Frame.Flags], UInt64)] = [
        ([.syn], 60), ([.syn, .ack], 900), ([.syn, .ack, .fin], 120), ([.syn, .fin], 120),
        ([.syn, .ack, .rst], 10),
    ]

    @Test("a silent flow is forgotten after its state's timeout", arguments: timeouts)
    func expiry(sent: [Frame.Flags], seconds: UInt64) throws {
        let plane = try plane()
        plane.setTime(milliseconds: 5000)
        for flags in sent {
            _ = try send(flags, plane)
        }
        plane.setTime(milliseconds: 5000 + seconds * 1000 - 1)
        _ = plane.run()
        #expect(plane.counters().flows == 1)
        plane.setTime(milliseconds: 5000 + seconds * 1000 + 2000)
        _ = plane.run()
        #expect(plane.counters().flows == 0)
        #expect(flows(plane) == FlowCounts())
    }

    @Test("the settable timeouts are heeded, for UDP too")
    func settableTimeouts() throws {
        var table = Self.table
        table.timeouts = FlowTimeouts(tcp: 20, tcpFin: 5, udp: 7)
        let plane = try plane(table)
        try plane.push(Frame.ethernet().ipv4().udp())
        _ = plane.run()
        _ = try send(.syn, plane)
        _ = try send(.ack, plane)
        #expect(plane.counters().flows == 2)
        plane.setTime(milliseconds: 9000)
        _ = plane.run()
        #expect(plane.counters().flows == 1)
        plane.setTime(milliseconds: 22000)
        _ = plane.run()
        #expect(plane.counters().flows == 0)
    }

    @Test("a frame keeps its flow alive")
    func keepAlive() throws {
        let plane = try plane()
        _ = try send(.syn, plane)
        _ = try send(.ack, plane)
        for second in stride(from: UInt64(800), through: 8000, by: 800) {
            plane.setTime(milliseconds: second * 1000)
            #expect(try send(.ack, plane)?.reason == "flow")
        }
    }

    @Test("a timed-out flow is met as a new one even before a sweep has found it")
    func expiredOnLookup() throws {
        let plane = try plane()
        _ = try send(.syn, plane)
        plane.setTime(milliseconds: 60_000)
        #expect(try send(.ack, plane)?.reason == "reset-no-flow")
    }

    @Test("UDP flows never count as active")
    func udpInactive() throws {
        let plane = try plane()
        try plane.push(Frame.ethernet().ipv4().udp())
        try plane.push(Frame.ethernet().ipv4().udp())
        #expect(plane.run().map(\.reason) == ["scheduled", "flow"])
        #expect(flows(plane) == FlowCounts(inactive: 1))
    }

    @Test("a SYN on a closing flow is scheduled anew, on an open one it stays")
    func portReuse() throws {
        let plane = try plane()
        #expect(try send(.syn, plane)?.realServer == 6)
        #expect(try send(.syn, plane)?.reason == "flow")
        _ = try send(.ack, plane)
        #expect(try send(.syn, plane)?.reason == "flow")
        _ = try send(.rst, plane)
        let reused = try send(.syn, plane)
        #expect(reused?.reason == "scheduled")
        #expect(reused?.realServer == 5)
        #expect(flows(plane) == FlowCounts(active: 1))
    }

    /// A table whose 1,024 flows are all established.
    private func fullOfEstablished() throws -> MemoryDataPlane {
        let plane = try plane()
        for port in 0..<UInt16(1024) {
            _ = try send(.syn, plane, port: 10_000 + port)
            _ = try send(.ack, plane, port: 10_000 + port)
        }
        #expect(flows(plane) == FlowCounts(active: 1024))
        return plane
    }

    @Test("when the table is full half-open flows make room, the longest silent first")
    func halfOpenFirst() throws {
        let plane = try plane()
        for port in 0..<UInt16(1024) {
            plane.setTime(milliseconds: UInt64(port))
            _ = try send(.syn, plane, port: 10_000 + port)
        }
        var scheduled = 0
        for port in 0..<UInt16(200)
        where try send(.syn, plane, port: port + 1)?.reason == "scheduled" {
            scheduled += 1
        }
        let counters = plane.counters()
        #expect(scheduled == 200)
        #expect(counters.flowsEvicted == 200)
        #expect(counters.flows == 1024)
        #expect(flows(plane) == FlowCounts(active: 1024))
    }

    @Test("half-open flows make room however long a flood lasts")
    func longFlood() throws {
        let plane = try plane()
        for port in 1...UInt16(30_000) {
            try #require(try send(.syn, plane, port: port)?.reason == "scheduled")
        }
        #expect(plane.counters().flows == 1024)
    }

    /// Of a hundred young flows in a full table, how many made room for a hundred younger ones.
    private func lostYoungFlows() throws -> Int {
        let plane = try plane()
        for port in 0..<UInt16(1024) { _ = try send(.syn, plane, port: 10_000 + port) }
        plane.setTime(milliseconds: 1_000)
        let young = try (1...UInt16(100)).filter {
            try send(.syn, plane, port: $0)?.reason == "scheduled"
        }
        plane.setTime(milliseconds: 1_001)
        for port in 101...UInt16(200) { _ = try send(.syn, plane, port: port) }
        return try young.filter { try send(.ack, plane, port: $0)?.reason != "flow" }.count
    }

    @Test("a flow that began just now hardly ever makes room for another")
    func youngest() throws {
        let lost = try (0..<10).map { _ in try lostYoungFlows() }
        // About ten all in all; were it left to chance, as many in each table.
        #expect(lost.reduce(0, +) <= 40)
    }

    @Test("established flows stay, and what finds no room goes by hash, always to the same")
    func stateless() throws {
        let plane = try fullOfEstablished()
        for port in 0..<UInt16(50) {
            let first = try send(.syn, plane, port: port + 1)
            #expect(first?.reason == "stateless")
            for flags: Frame.Flags in [.ack, [.ack, .push], .fin] {
                #expect(try send(flags, plane, port: port + 1) == first)
            }
        }
        #expect(plane.counters().flows == 1024)
        for port in 0..<UInt16(1024) {
            #expect(try send(.ack, plane, port: 10_000 + port)?.reason == "flow")
        }
    }

    @Test("for a minute after the table was full segments without a flow still go by hash")
    func statelessForAMinute() throws {
        let plane = try fullOfEstablished()
        #expect(try send(.syn, plane, port: 9)?.reason == "stateless")
        plane.setTime(milliseconds: 59_999)
        #expect(try send(.ack, plane, port: 9)?.reason == "stateless")
        plane.setTime(milliseconds: 60_000)
        #expect(try send(.ack, plane, port: 9)?.reason == "reset-no-flow")
    }

    @Test("counts stay exact over ten thousand flows that come and go")
    func exactCounts() throws {
        var plane = try MemoryDataPlane(flowCapacity: 16_384)
        try plane.publish(Self.table)
        for port in 0..<10_000 {
            try plane.push(Frame.ethernet().ipv4().tcp(.syn, from: UInt16(port + 1)))
            if port.isMultiple(of: 2) {
                try plane.push(Frame.ethernet().ipv4().tcp(.rst, from: UInt16(port + 1)))
                try plane.push(Frame.ethernet().ipv4().tcp(.fin, from: UInt16(port + 1)))
            }
        }
        _ = plane.run()
        #expect(flows(plane) == FlowCounts(active: 5000, inactive: 5000))
        plane.setTime(milliseconds: 200_000)
        for _ in 0..<100 { _ = plane.run() }
        #expect(plane.counters().flows == 0)
        #expect(flows(plane) == FlowCounts())
    }

    @Test("traffic is counted by service and by real server, bytes by the IP length")
    func traffic() throws {
        let plane = try plane()
        _ = try send(.syn, plane)
        _ = try send(.ack, plane)
        _ = try send(.syn, plane, port: 40001)
        let counters = plane.counters()
        #expect(counters.services[0] == Traffic(connections: 2, packets: 3, bytes: 120))
        #expect(counters.realServers[6]?.traffic == Traffic(connections: 1, packets: 2, bytes: 80))
        #expect(counters.realServers[5]?.traffic == Traffic(connections: 1, packets: 1, bytes: 40))
    }
}
