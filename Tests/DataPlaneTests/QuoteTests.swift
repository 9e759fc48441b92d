// SPDX-License-Identifier: Apache-2.0

import DataPlane
import LVSModel
import Testing

/// ICMP errors about what a real server sent to a client in the VIP's name.
enum Quote {
    /// Behind the Ethernet header: what the VIP sent to the client, whose path is too narrow.
    static let ipv4 = Frame.ethernet().ipv4(from: "192.168.142.100", to: "192.168.142.3")
    static let ipv6 = Frame.ethernet().ipv6(from: Frame.vipIPv6, to: Frame.clientIPv6)

    static func segment(_ packet: some Packet, from: UInt16 = 80, to: UInt16 = 40000) -> [UInt8] {
        Array(packet.tcp([.ack, .push], from: from, to: to, payload: [1, 2, 3]).dropFirst(14))
    }

    static func datagram(_ packet: some Packet) -> [UInt8] {
        Array(packet.udp(from: 53, to: 40000).dropFirst(14))
    }

    static func with(_ extensions: Extension...) -> IPv6Packet {
        Frame.ethernet().ipv6(
            from: Frame.vipIPv6, to: Frame.clientIPv6, extensions: extensions)
    }
}

/// From a router on the way, over IPv4 and IPv6.
private func error(
    _ type: UInt8, code: UInt8 = 0, mtu: UInt32 = 1400, _ quote: some Sequence<UInt8>
) -> [UInt8] {
    Frame.ethernet().ipv4(from: "10.9.9.9").icmp(
        type: type, code: code, rest: mtu, payload: Array(quote))
}

private func errorIPv6(
    _ type: UInt8, code: UInt8 = 0, _ quote: some Sequence<UInt8>, _ extensions: Extension...
) -> [UInt8] {
    Frame.ethernet().ipv6(from: "fd09::9", extensions: extensions).icmp(
        type: type, code: code, rest: 1400, payload: Array(quote))
}

private let segment = Quote.segment(Quote.ipv4)
private let segmentIPv6 = Quote.segment(Quote.ipv6)

// swift-format-ignore
private let rows: [Row] = [
    Row("fragmentation needed", error(3, code: 4, segment), .tx, "icmp-error"),
    Row("host unreachable", error(3, code: 1, segment), .tx, "icmp-error"),
    Row("source quench", error(4, segment), .tx, "icmp-error"),
    Row("time exceeded", error(11, segment), .tx, "icmp-error"),
    Row("about a UDP datagram", error(3, code: 3, Quote.datagram(Quote.ipv4)), .tx, "icmp-error"),
    Row("eight bytes of TCP quoted", error(3, code: 4, segment.prefix(28)), .tx, "icmp-error"),
    Row("the ports quoted", error(3, code: 4, segment.prefix(24)), .tx, "icmp-error"),
    Row("IP options in the quote", error(3, code: 4, Quote.segment(Frame.ethernet().ipv4(from: "192.168.142.100", to: "192.168.142.3", options: [1, 1, 1, 0]))), .tx, "icmp-error"),
    Row("a first fragment quoted", error(11, code: 1, Quote.segment(Frame.ethernet().ipv4(from: "192.168.142.100", to: "192.168.142.3", fragment: 0x2000))), .tx, "icmp-error"),
    Row("IP options before the error", Frame.ethernet().ipv4(from: "10.9.9.9", options: [1, 1, 1, 0]).icmp(type: 3, code: 4, payload: segment), .tx, "icmp-error"),
    Row("half a port quoted", error(3, code: 4, segment.prefix(23)), .pass, "no-service"),
    Row("half an IP header quoted", error(3, code: 4, segment.prefix(19)), .pass, "no-service"),
    Row("nothing quoted", error(3, code: 4, []), .pass, "no-service"),
    Row("IP version 6 in the quote", error(3, code: 4, segmentIPv6), .pass, "no-service"),
    Row("an IP header of four words quoted", error(3, code: 4, changed(segment, at: 0, to: 0x44)), .pass, "no-service"),
    Row("an IP header beyond the quote", error(3, code: 4, changed(segment, at: 0, to: 0x4F)), .pass, "no-service"),
    Row("a later fragment quoted", error(11, Quote.segment(Frame.ethernet().ipv4(from: "192.168.142.100", to: "192.168.142.3", fragment: 0x0001))), .pass, "no-service"),
    Row("what another host sent", error(3, code: 4, Quote.segment(Frame.ethernet().ipv4(from: "192.168.142.101", to: "192.168.142.3"))), .pass, "no-service"),
    Row("what the client sent", error(3, code: 4, syn().dropFirst(14)), .pass, "no-service"),
    Row("about ping", error(11, Quote.ipv4.icmp(type: 0).dropFirst(14)), .pass, "no-service"),
    Row("a redirect", error(5, segment), .pass, "no-service"),
    Row("a parameter problem", error(12, segment), .pass, "no-service"),
    Row("from a port without a service", error(3, code: 4, Quote.segment(Quote.ipv4, from: 81)), .pass, "no-service"),
    Row("about an unknown flow", error(3, code: 4, Quote.segment(Quote.ipv4, to: 40001)), .drop, "icmp-no-flow"),
    Row("a wrong ICMP checksum", changed(error(3, code: 4, segment), at: 36, to: 0, 1), .drop, "bad-icmp-checksum"),
    Row("a first fragment of an error", Frame.ethernet().ipv4(from: "10.9.9.9", fragment: 0x2000).icmp(type: 3, code: 4, payload: segment), .drop, "fragment-unserved"),

    Row("packet too big", errorIPv6(2, segmentIPv6), .tx, "icmp-error"),
    Row("unreachable over IPv6", errorIPv6(1, segmentIPv6), .tx, "icmp-error"),
    Row("time exceeded over IPv6", errorIPv6(3, segmentIPv6), .tx, "icmp-error"),
    Row("a parameter problem over IPv6", errorIPv6(4, segmentIPv6), .tx, "icmp-error"),
    Row("about a UDP datagram over IPv6", errorIPv6(2, Quote.datagram(Quote.ipv6)), .tx, "icmp-error"),
    Row("the ports quoted over IPv6", errorIPv6(2, segmentIPv6.prefix(44)), .tx, "icmp-error"),
    Row("extension headers before the error", errorIPv6(2, segmentIPv6, .hopByHop, .destination), .tx, "icmp-error"),
    Row("extension headers in the quote", errorIPv6(2, Quote.segment(Quote.with(.destination, .atomic, .authentication))), .tx, "icmp-error"),
    Row("a first fragment quoted over IPv6", errorIPv6(3, code: 1, Quote.segment(Quote.with(.fragment(offset: 0, more: true)))), .tx, "icmp-error"),
    Row("half a port quoted over IPv6", errorIPv6(2, segmentIPv6.prefix(43)), .pass, "no-service"),
    Row("half an IPv6 header quoted", errorIPv6(2, segmentIPv6.prefix(39)), .pass, "no-service"),
    Row("IP version 4 in the quote", errorIPv6(2, segment + segment), .pass, "no-service"),
    Row("extension headers beyond the quote", errorIPv6(2, Quote.segment(Quote.with(.destination)).prefix(47)), .pass, "no-service"),
    Row("extension headers as long as the quote", errorIPv6(2, Quote.segment(Quote.with(.destination)).prefix(48)), .pass, "no-service"),
    Row("a later fragment quoted over IPv6", errorIPv6(3, Quote.segment(Quote.with(.fragment(offset: 16, more: false)))), .pass, "no-service"),
    Row("what another host sent over IPv6", errorIPv6(2, Quote.segment(Frame.ethernet().ipv6(from: "fd00::8e:101", to: Frame.clientIPv6))), .pass, "no-service"),
    Row("about ping over IPv6", errorIPv6(3, Quote.ipv6.icmp(type: 129).dropFirst(14)), .pass, "no-service"),
    Row("an experiment's error", errorIPv6(100, segmentIPv6), .pass, "no-service"),
    Row("about an unknown flow over IPv6", errorIPv6(2, Quote.segment(Quote.ipv6, to: 40001)), .drop, "icmp-no-flow"),
    Row("a wrong ICMPv6 checksum", changed(errorIPv6(2, segmentIPv6), at: 56, to: 0, 1), .drop, "bad-icmp-checksum"),
]

private func syn() -> [UInt8] { Frame.ethernet().ipv4().tcp(.syn) }

@Suite struct QuoteTests {
    @Test("an error goes to the real server of the flow whose packet it quotes", arguments: rows)
    func quote(row: Row) throws {
        var plane = try MemoryDataPlane()
        try plane.publish(Table.bothFamilies)
        for packet in [Frame.ethernet().ipv4(), Frame.ethernet().ipv6()] as [any Packet] {
            try plane.push(packet.tcp(.syn))
            try plane.push(packet.udp())
        }
        let opened = plane.run().map(\.realServer)
        #expect(opened == [6, 7, 16, 17])
        _ = plane.takeSent()
        try plane.push(row.frame)
        let outcome = try #require(plane.run().first)
        #expect([outcome.verdict.rawValue, outcome.reason] == [row.verdict.rawValue, row.reason])
        let sent = plane.takeSent()
        #expect(sent.isEmpty == (row.verdict != .tx))
        guard let real = outcome.realServer, let frame = sent.first else { return }
        let flow = (row.frame[12] == 0x08 ? 0 : 2) + (row.name.contains("UDP") ? 1 : 0)
        #expect(real == opened[flow])
        #expect(frame.bytes.dropFirst(12) == row.frame.dropFirst(12))
    }
}
