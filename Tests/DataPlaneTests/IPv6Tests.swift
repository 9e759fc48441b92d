// SPDX-License-Identifier: Apache-2.0

import DataPlane
import LVSModel
import Testing

private let plain = Frame.ethernet().ipv6()
private let syn = plain.tcp(.syn)

func changed(_ frame: [UInt8], at offset: Int, to bytes: UInt8...) -> [UInt8] {
    var frame = frame
    frame.replaceSubrange(offset..<offset + bytes.count, with: bytes)
    return frame
}

private func with(_ extensions: Extension...) -> IPv6Packet {
    Frame.ethernet().ipv6(extensions: extensions)
}

private func times(_ count: Int, _ header: Extension) -> IPv6Packet {
    Frame.ethernet().ipv6(extensions: [Extension](repeating: header, count: count))
}

private let group = Frame.ethernet(to: Frame.allHostsMAC)

// swift-format-ignore
private let rows: [Row] = [
    Row("a SYN", syn, .tx, "scheduled"),
    Row("a UDP datagram", plain.udp(), .tx, "scheduled"),
    Row("an empty UDP datagram", plain.udp(payload: []), .tx, "scheduled"),
    Row("a SYN with padding behind it", syn + [0, 0, 0, 0], .tx, "scheduled"),
    Row("a SYN with a traffic class and a flow label", changed(syn, at: 14, to: 0x6A, 0xBC, 0xDE, 0xF0), .tx, "scheduled"),
    Row("a SYN at its last hop", Frame.ethernet().ipv6(hops: 1).tcp(.syn), .tx, "scheduled"),
    Row("an ACK without a flow", plain.tcp(.ack), .answer, "reset-no-flow"),
    Row("a RST without a flow", plain.tcp(.rst), .drop, "no-flow"),
    Row("a port without a service", plain.tcp(.syn, to: 22), .answer, "reset-no-service"),
    Row("a RST for a port without a service", plain.tcp(.rst, to: 22), .drop, "closed-port"),
    Row("a service's port by another protocol", plain.udp(to: 80), .answer, "port-unreachable"),
    Row("a wrong TCP checksum", changed(syn, at: 70, to: syn[70] ^ 0xFF), .tx, "scheduled"),
    Row("the host's own address", Frame.ethernet().ipv6(to: "fd00::8e:4").tcp(.syn, to: 22), .pass, "not-a-vip"),
    Row("a SYN to another host's MAC", Frame.ethernet(to: Table.mac(9)).ipv6().tcp(.syn), .pass, "other-host"),
    Row("a SYN to all hosts' MAC", group.ipv6().tcp(.syn), .pass, "other-host"),
    Row("a SYN to the broadcast MAC", Frame.ethernet(to: Frame.broadcast).ipv6().tcp(.syn), .pass, "other-host"),

    Row("hop-by-hop options", with(.hopByHop).tcp(.syn), .tx, "scheduled"),
    Row("a routing header", with(.routing).tcp(.syn), .tx, "scheduled"),
    Row("destination options", with(.destination).tcp(.syn), .tx, "scheduled"),
    Row("an authentication header", with(.authentication).tcp(.syn), .tx, "scheduled"),
    Row("an atomic fragment", with(.atomic).tcp(.syn), .tx, "scheduled"),
    Row("one of each", with(.hopByHop, .destination, .routing, .atomic, .authentication, .destination).tcp(.syn), .tx, "scheduled"),
    Row("eight extension headers", times(8, .destination).udp(), .tx, "scheduled"),
    Row("nine extension headers", times(9, .destination).udp(), .drop, "bad-ip-header"),
    Row("hop-by-hop options behind another header", with(.destination, .hopByHop).tcp(.syn), .drop, "bad-ip-header"),
    Row("two fragment headers", with(.atomic, .atomic).tcp(.syn), .drop, "bad-ip-header"),
    Row("options that end with the packet", with(.destination).payloadFrame(59, []), .pass, "no-service"),
    Row("options that go beyond the packet", changed(with(.destination).udp(), at: 55, to: 2), .drop, "bad-ip-header"),
    Row("options as long as they can be", changed(with(.destination).udp(), at: 55, to: 255), .drop, "bad-ip-header"),
    Row("an authentication header beyond the packet", changed(with(.authentication).udp(), at: 55, to: 9), .drop, "bad-ip-header"),
    Row("seven bytes of an extension header", plain.payloadFrame(60, [17, 0, 1, 2, 0, 0, 0]), .drop, "bad-ip-header"),
    Row("a fragment header of seven bytes", plain.payloadFrame(44, [17, 0, 0, 0, 1, 2, 3]), .drop, "bad-ip-header"),
    Row("encrypted", plain.payloadFrame(50, [0, 0, 0, 1, 0, 0, 0, 1]), .pass, "no-service"),
    Row("no next header", plain.payloadFrame(59, []), .pass, "no-service"),
    Row("ICMP of IPv4", plain.payloadFrame(1, [8, 0, 0, 0, 0, 0, 0, 0]), .pass, "no-service"),

    Row("nothing but an Ethernet header", Frame.ethernet(type: 0x86DD).bytes, .pass, "not-a-vip"),
    Row("an IP header that ends too early", Array(syn.prefix(53)), .pass, "not-a-vip"),
    Row("IP version 4", changed(syn, at: 14, to: 0x40), .drop, "bad-ip-header"),
    Row("a payload length beyond the frame", changed(syn, at: 18, to: 0, 21), .drop, "bad-ip-header"),
    Row("a payload length within TCP's header", changed(syn, at: 18, to: 0, 19), .drop, "bad-transport-header"),
    Row("a payload length of nothing", changed(syn, at: 18, to: 0, 0), .drop, "bad-transport-header"),
    Row("a jumbogram", changed(plain.payloadFrame(0, [6, 0, 0xC2, 4, 0, 1, 0, 0]), at: 18, to: 0, 0), .drop, "bad-ip-header"),
    Row("a TCP data offset of four", changed(syn, at: 66, to: 0x40), .drop, "bad-transport-header"),
    Row("UDP of seven bytes", plain.payloadFrame(17, [1, 2, 3, 4, 5, 6, 7]), .drop, "bad-transport-header"),
    Row("ICMPv6 of seven bytes", plain.payloadFrame(58, [128, 0, 0, 0, 0, 0, 0]), .drop, "bad-transport-header"),
    Row("an IPv4 VIP's address in its mapped form", Frame.ethernet().ipv6(to: "::ffff:192.168.142.100").tcp(.syn), .pass, "not-a-vip"),
    Row("from an IPv4 address in its mapped form", Frame.ethernet().ipv6(from: "::ffff:192.168.142.3").tcp(.syn), .drop, "bad-ip-header"),

    Row("a first fragment for a closed port", with(.fragment(offset: 0, more: true)).tcp(.syn, to: 22), .answer, "reset-no-service"),
    Row("a first fragment that ends within TCP's header", with(.fragment(offset: 0, more: true)).payloadFrame(6, [UInt8](repeating: 0, count: 16)), .drop, "bad-transport-header"),
    Row("a later fragment that would replace TCP's flags", with(.fragment(offset: 8, more: true)).payloadFrame(6, [UInt8](repeating: 0, count: 16)), .drop, "bad-transport-header"),
    Row("a fragment of a ping", with(.fragment(offset: 0, more: true)).icmp(), .drop, "fragment-unserved"),
    Row("a fragment of an encrypted packet", with(.fragment(offset: 0, more: true)).payloadFrame(50, [UInt8](repeating: 1, count: 8)), .drop, "fragment-unserved"),

    Row("ping", plain.icmp(), .answer, "echo-reply"),
    Row("an empty ping", plain.icmp(payload: []), .answer, "echo-reply"),
    Row("ping with extension headers", with(.hopByHop, .atomic).icmp(), .answer, "echo-reply"),
    Row("ping with a wrong checksum", changed(plain.icmp(), at: 80, to: 0xEE), .drop, "bad-icmp-checksum"),
    Row("ping summed without the addresses", plain.payloadFrame(58, [128, 0, 0x7F, 0xFF, 0, 0, 0, 0]), .drop, "bad-icmp-checksum"),
    Row("ping from a group", Frame.ethernet().ipv6(from: "ff02::1").icmp(), .drop, "bad-source"),
    Row("ping from nowhere", Frame.ethernet().ipv6(from: "::").icmp(), .drop, "bad-source"),
    Row("an echo reply", plain.icmp(type: 129), .pass, "no-service"),
    Row("an advertisement of a neighbour's", plain.advertisement(flags: 0x20), .pass, "no-service"),

    Row("an ACK from a group", Frame.ethernet().ipv6(from: "ff02::1").tcp(.ack), .drop, "bad-source"),
    Row("an ACK from nowhere", Frame.ethernet().ipv6(from: "::").tcp(.ack), .drop, "bad-source"),
    Row("an ACK from the loopback", Frame.ethernet().ipv6(from: "::1").tcp(.ack), .drop, "bad-source"),
    Row("an ACK from the VIP itself", Frame.ethernet().ipv6(from: Frame.vipIPv6).tcp(.ack), .drop, "bad-source"),
    Row("an ACK from a group's MAC", Frame.ethernet(from: MACAddress(rawValue: 0x0300_0000_0003)).ipv6().tcp(.ack), .drop, "bad-source"),
    Row("an ACK from a neighbour's link-local address", Frame.ethernet().ipv6(from: "fe80::3").tcp(.ack), .answer, "reset-no-flow"),
]

@Suite struct IPv6Tests {
    @Test("each kind of IPv6 frame takes its exit", arguments: rows)
    func exit(row: Row) throws {
        var plane = try MemoryDataPlane()
        try plane.publish(Table.bothFamilies)
        try plane.push(row.frame)
        let outcomes = plane.run()
        #expect(outcomes.map(\.verdict) == [row.verdict])
        #expect(outcomes.map(\.reason) == [row.reason])
        let sent = plane.takeSent().count
        #expect(sent == (row.verdict == .tx || row.verdict == .answer ? 1 : 0))
    }

    @Test("a forwarded frame has both MAC addresses rewritten and not one byte more")
    func rewrite() throws {
        var plane = try MemoryDataPlane()
        try plane.publish(Table.bothFamilies)
        let frame = with(.hopByHop, .atomic).tcp(.syn, payload: Array("GET / HTTP/1.1".utf8))
        try plane.push(frame)
        _ = plane.run()
        let expected = Table.mac(16).bytes + Frame.director.bytes + frame.dropFirst(12)
        #expect(plane.takeSent() == [SentFrame(bytes: expected, egress: 2)])
    }

    @Test("one flow keeps its real server, with extension headers and without")
    func flow() throws {
        var plane = try MemoryDataPlane()
        try plane.publish(Table.bothFamilies)
        try plane.push(syn)
        try plane.push(with(.destination).tcp(.ack))
        try plane.push(with(.atomic, .authentication).tcp([.ack, .push]))
        let outcomes = plane.run()
        #expect(outcomes.map(\.reason) == ["scheduled", "flow", "flow"])
        #expect(Set(outcomes.map(\.realServer)).count == 1)
    }

    @Test("the families' flows are apart, also where addresses end in the same bytes")
    func families() throws {
        var plane = try MemoryDataPlane()
        let vip = "fd00::c0a8:8e64"
        try plane.publish(
            Table.of(Table.service(0), Table.serviceIPv6(1, vip: vip, reals: [Table.realIPv6(9)])))
        try plane.push(Frame.ethernet().ipv4().tcp(.syn))
        try plane.push(Frame.ethernet().ipv6(from: "fd00::c0a8:8e03", to: vip).tcp(.ack))
        #expect(plane.run().map(\.reason) == ["scheduled", "reset-no-flow"])
    }

    @Test("later fragments go where the first went, whatever their own header says comes next")
    func fragments() throws {
        var plane = try MemoryDataPlane()
        try plane.publish(Table.bothFamilies)
        let first: [Extension] = [.fragment(offset: 0, more: true), .destination]
        try plane.push(Frame.ethernet().ipv6(extensions: first).udp())
        try plane.push(with(.fragment(offset: 24, more: true)).payloadFrame(17, [1, 2, 3]))
        try plane.push(with(.fragment(offset: 32, more: false)).payloadFrame(60, [1, 2, 3]))
        try plane.push(with(.fragment(id: 9, offset: 32, more: false)).payloadFrame(17, [1]))
        let outcomes = plane.run()
        #expect(outcomes.map(\.reason) == ["scheduled", "fragment", "fragment", "fragment-held"])
        #expect(outcomes.map(\.realServer) == [17, 17, 17, nil])
    }

    @Test("under arp: host the kernel answers solicitations and ping, and keeps fragments")
    func hostVIP() throws {
        var plane = try MemoryDataPlane()
        try plane.publish(Table.of(Table.serviceIPv6(arp: .host)))
        try plane.push(
            Frame.ethernet(to: Frame.solicitedMAC).ipv6(to: Frame.solicitedGroup, hops: 255)
                .solicitation())
        try plane.push(plain.icmp())
        try plane.push(with(.fragment(offset: 0, more: true)).icmp())
        try plane.push(syn)
        try plane.push(plain.tcp(.syn, to: 22))
        let reasons = plane.run().map(\.reason)
        #expect(
            reasons == ["not-a-vip", "no-service", "host-fragment", "scheduled", "no-service"])
    }
}
