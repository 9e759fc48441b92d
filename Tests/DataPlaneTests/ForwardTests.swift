// SPDX-License-Identifier: Apache-2.0

import DataPlane
import LVSModel
import Testing

/// One row of the frame table: a frame in, and what must become of it.
struct Row: CustomTestStringConvertible, Sendable {
    let name: String
    let frame: [UInt8]
    let verdict: Verdict
    let reason: String
    var vlanTagged = false

    var testDescription: String { name }

    init(_ name: String, _ frame: [UInt8], _ verdict: Verdict, _ reason: String, vlan: Bool = false)
    {
        self.name = name
        self.frame = frame
        self.verdict = verdict
        self.reason = reason
        vlanTagged = vlan
    }
}

private let syn = Frame.ethernet().ipv4().tcp(.syn)

/// Sets a byte of the IP header and mends the header's checksum.
private func withHeader(_ frame: [UInt8], at offset: Int, to byte: UInt8) -> [UInt8] {
    var frame = changed(frame, at: 14 + offset, to: byte)
    frame.replaceSubrange(24..<26, with: [0, 0])
    frame.replaceSubrange(24..<26, with: checksum(frame[14..<34]).bytes)
    return frame
}

// swift-format-ignore
private let rows: [Row] = [
    Row("a SYN", syn, .tx, "scheduled"),
    Row("a SYN with IP options", Frame.ethernet().ipv4(options: [1, 1, 1, 0]).tcp(.syn), .tx, "scheduled"),
    Row("a SYN with ACK, FIN and PSH", Frame.ethernet().ipv4().tcp([.syn, .ack, .fin, .push]), .tx, "scheduled"),
    Row("a SYN with padding behind it", syn + [0, 0, 0, 0, 0, 0], .tx, "scheduled"),
    Row("a SYN with RST", Frame.ethernet().ipv4().tcp([.syn, .rst]), .drop, "no-flow"),
    Row("an ACK without a flow", Frame.ethernet().ipv4().tcp(.ack), .answer, "reset-no-flow"),
    Row("a FIN without a flow", Frame.ethernet().ipv4().tcp(.fin), .answer, "reset-no-flow"),
    Row("a segment without flags or a flow", Frame.ethernet().ipv4().tcp([]), .answer, "reset-no-flow"),
    Row("an ACK from a multicast address", Frame.ethernet().ipv4(from: "224.0.0.1").tcp(.ack), .drop, "bad-source"),
    Row("an ACK from the VIP itself", Frame.ethernet().ipv4(from: "192.168.142.100").tcp(.ack), .drop, "bad-source"),
    Row("a RST without a flow", Frame.ethernet().ipv4().tcp(.rst), .drop, "no-flow"),
    Row("a UDP datagram", Frame.ethernet().ipv4().udp(), .tx, "scheduled"),
    Row("an empty UDP datagram", Frame.ethernet().ipv4().udp(payload: []), .tx, "scheduled"),
    Row("a port without a service", Frame.ethernet().ipv4().tcp(.syn, to: 22), .answer, "reset-no-service"),
    Row("a RST for a port without a service", Frame.ethernet().ipv4().tcp(.rst, to: 22), .drop, "closed-port"),
    Row("a service's port by another protocol", Frame.ethernet().ipv4().udp(to: 80), .answer, "port-unreachable"),
    Row("the host's own address (ssh)", Frame.ethernet().ipv4(to: "192.168.142.4").tcp(.syn, to: 22), .pass, "not-a-vip"),
    Row("a SYN to another host's MAC", Frame.ethernet(to: Table.mac(9)).ipv4().tcp(.syn), .pass, "other-host"),
    Row("a SYN to all hosts", Frame.ethernet(to: Frame.broadcast).ipv4().tcp(.syn), .pass, "other-host"),
    Row("a tag in the port's metadata", syn, .pass, "vlan", vlan: true),
    Row("a tag in the frame", Frame.ethernet(type: 0x8100).bytes + [0, 5, 8, 0] + syn.dropFirst(14), .pass, "vlan"),
    Row("neither IP nor ARP", Frame.ethernet(type: 0x88CC).bytes + [UInt8](repeating: 0, count: 40), .pass, "other-protocol"),
    Row("nothing but an Ethernet header", Frame.ethernet().bytes, .pass, "not-a-vip"),
    Row("an IP header that ends too early", Array(syn.prefix(33)), .pass, "not-a-vip"),
    Row("IP version 5", withHeader(syn, at: 0, to: 0x55), .drop, "bad-ip-header"),
    Row("an IP header of four words", withHeader(syn, at: 0, to: 0x44), .drop, "bad-ip-header"),
    Row("an IP header longer than the frame", withHeader(syn, at: 0, to: 0x4F), .drop, "bad-ip-header"),
    Row("an IP length beyond the frame", withHeader(syn, at: 3, to: 41), .drop, "bad-ip-header"),
    Row("an IP length within the header", withHeader(syn, at: 3, to: 19), .drop, "bad-ip-header"),
    Row("a wrong IP checksum", changed(syn, at: 24, to: syn[24] &+ 1), .drop, "bad-ip-checksum"),
    Row("a wrong TCP checksum", changed(syn, at: 50, to: 0xAB), .tx, "scheduled"),
    Row("TCP shorter than its header", withHeader(syn, at: 3, to: 39), .drop, "bad-transport-header"),
    Row("a TCP data offset of four", changed(syn, at: 46, to: 0x40), .drop, "bad-transport-header"),
    Row("a TCP data offset beyond the packet", changed(syn, at: 46, to: 0xF0), .drop, "bad-transport-header"),
    Row("UDP of seven bytes", Frame.ethernet().ipv4().payloadFrame(17, [1, 2, 3, 4, 5, 6, 7]), .drop, "bad-transport-header"),
    Row("a first fragment of a service's", Frame.ethernet().ipv4(fragment: 0x2000).tcp(.syn), .tx, "scheduled"),
    Row("a later fragment", Frame.ethernet().ipv4(fragment: 0x2002).tcp(.syn), .hold, "fragment-held"),
    Row("a later fragment that would replace TCP's flags", Frame.ethernet().ipv4(fragment: 0x2001).tcp(.syn), .drop, "bad-transport-header"),
    Row("a later fragment of neither TCP nor UDP", Frame.ethernet().ipv4(fragment: 0x2001).icmp(), .drop, "fragment-unserved"),
    Row("a first fragment of neither TCP nor UDP", Frame.ethernet().ipv4(fragment: 0x2000).icmp(), .drop, "fragment-unserved"),
    Row("a first fragment for a closed port", Frame.ethernet().ipv4(fragment: 0x2000).tcp(.syn, to: 22), .answer, "reset-no-service"),
    Row("a first fragment that ends within TCP's header", Frame.ethernet().ipv4(fragment: 0x2000).payloadFrame(6, [UInt8](repeating: 0, count: 16)), .drop, "bad-transport-header"),
    Row("ping from a group", Frame.ethernet().ipv4(from: "224.0.0.1").icmp(), .drop, "bad-source"),
    Row("ping", Frame.ethernet().ipv4().icmp(), .answer, "echo-reply"),
    Row("an empty ping", Frame.ethernet().ipv4().icmp(payload: []), .answer, "echo-reply"),
    Row("ping with a wrong ICMP checksum", changed(Frame.ethernet().ipv4().icmp(), at: 60, to: 0xEE), .drop, "bad-icmp-checksum"),
    Row("another ICMP message", Frame.ethernet().ipv4().icmp(type: 13), .pass, "no-service"),
    Row("ICMP of seven bytes", Frame.ethernet().ipv4().payloadFrame(1, [8, 0, 0, 0, 0, 0, 0]), .drop, "bad-transport-header"),
    Row("another IP protocol", Frame.ethernet().ipv4().payloadFrame(47, [0, 0, 8, 0]), .pass, "no-service"),
    Row("who has the VIP", Frame.ethernet(to: Frame.broadcast, type: 0x0806).arp(), .answer, "arp-reply"),
    Row("who has the VIP, asked of us alone", Frame.ethernet(type: 0x0806).arp(), .answer, "arp-reply"),
    Row("a probe for the VIP", Frame.ethernet(to: Frame.broadcast, type: 0x0806).arp(senderIP: "0.0.0.0"), .answer, "arp-reply"),
    Row("who has the director", Frame.ethernet(to: Frame.broadcast, type: 0x0806).arp(asks: "192.168.142.4"), .pass, "not-a-vip"),
    Row("an ARP reply", Frame.ethernet(type: 0x0806).arp(operation: 2), .pass, "not-a-vip"),
    Row("an announcement of the VIP by another", Frame.ethernet(to: Frame.broadcast, type: 0x0806).arp(senderIP: "192.168.142.100"), .pass, "not-a-vip"),
    Row("an ARP request from a group address", Frame.ethernet(to: Frame.broadcast, type: 0x0806).arp(sender: MACAddress(rawValue: 0x0100_0000_0003)), .pass, "not-a-vip"),
    Row("an ARP request that ends too early", Array(Frame.ethernet(to: Frame.broadcast, type: 0x0806).arp().dropLast()), .pass, "not-a-vip"),
]

@Suite struct ForwardTests {
    private static let table = Table.of(
        Table.service(0), Table.service(1, port: 53, transport: .udp, reals: [Table.real(7)]))

    @Test("each kind of frame takes its exit, and is counted there", arguments: rows)
    func exit(row: Row) throws {
        var plane = try MemoryDataPlane()
        try plane.publish(Self.table)
        try plane.push(row.frame, vlanTagged: row.vlanTagged)
        let outcomes = plane.run()
        #expect(outcomes.map(\.verdict) == [row.verdict])
        #expect(outcomes.map(\.reason) == [row.reason])
        let counted = plane.counters().exits.filter { $0.frames > 0 }
        #expect(counted == [ExitCount(verdict: row.verdict, reason: row.reason, frames: 1)])
        let sent = plane.takeSent().count
        #expect(sent == (row.verdict == .tx || row.verdict == .answer ? 1 : 0))
    }

    @Test("a forwarded frame has both MAC addresses rewritten and not one byte more")
    func rewrite() throws {
        var plane = try MemoryDataPlane()
        try plane.publish(Self.table)
        let frame = Frame.ethernet().ipv4(ttl: 1).tcp(.syn, payload: Array("GET / HTTP/1.1".utf8))
        try plane.push(frame)
        _ = plane.run()
        let expected = Table.mac(6).bytes + Frame.director.bytes + frame.dropFirst(12)
        #expect(plane.takeSent() == [SentFrame(bytes: expected, egress: 2)])
    }

    @Test("source-mac: preserve leaves the client's MAC address")
    func preserve() throws {
        var plane = try MemoryDataPlane()
        try plane.publish(Table.of(Table.service(), sourceMAC: .preserve))
        try plane.push(syn)
        _ = plane.run()
        #expect(plane.takeSent().map(\.bytes) == [Table.mac(6).bytes + syn.dropFirst(6)])
    }

    @Test("a real server behind another interface gets that interface's MAC address and index")
    func twoArm() throws {
        let other = ForwardingTable.Interface(index: 7, mac: Table.mac(0x77))
        var plane = try MemoryDataPlane()
        try plane.publish(Table.of(Table.service(reals: [Table.real(5, egress: other)])))
        try plane.push(syn)
        _ = plane.run()
        let expected = Table.mac(5).bytes + other.mac.bytes + syn.dropFirst(12)
        #expect(plane.takeSent() == [SentFrame(bytes: expected, egress: 7)])
    }

    @Test(
        "under arp: host the kernel answers ARP and ping, and ports without a service are its own")
    func hostVIP() throws {
        var plane = try MemoryDataPlane()
        try plane.publish(Table.of(Table.service(arp: .host)))
        try plane.push(Frame.ethernet(to: Frame.broadcast, type: 0x0806).arp())
        try plane.push(Frame.ethernet().ipv4().icmp())
        try plane.push(Frame.ethernet().ipv4(fragment: 0x2001).udp())
        try plane.push(syn)
        try plane.push(Frame.ethernet().ipv4().tcp(.syn, to: 22))
        let reasons = plane.run().map(\.reason)
        #expect(
            reasons == ["not-a-vip", "no-service", "fragment-held", "scheduled", "no-service"])
    }

    @Test("every exit has a name of its own")
    func names() throws {
        let names = try MemoryDataPlane().counters().exits.map(\.reason)
        #expect(Set(names).count == names.count)
        #expect(names.allSatisfy { !$0.isEmpty })
    }

    @Test("before a table is published no frame is taken")
    func nothingPublished() throws {
        let plane = try MemoryDataPlane()
        try plane.push(syn)
        #expect(plane.run().isEmpty)
    }

    @Test("a super-frame of 64 KiB is forwarded whole")
    func superFrame() throws {
        var plane = try MemoryDataPlane()
        try plane.publish(Self.table)
        let payload = [UInt8](repeating: 0xA5, count: 65535 - 40)
        let frame = Frame.ethernet().ipv4().tcp(.syn, payload: payload)
        try plane.push(frame)
        _ = plane.run()
        #expect(
            plane.takeSent().map(\.bytes) == [
                Table.mac(6).bytes + Frame.director.bytes + frame.dropFirst(12)
            ])
    }
}
