// SPDX-License-Identifier: Apache-2.0

import DataPlane
import LVSModel
import Testing

private let toGroup = Frame.ethernet(to: Frame.solicitedMAC)
private let asked = toGroup.ipv6(to: Frame.solicitedGroup, hops: 255)
private let probe = toGroup.ipv6(from: "::", to: Frame.solicitedGroup, hops: 255)
private let toVIP = Frame.ethernet().ipv6(hops: 255)
private let source: [UInt8] = [1, 1] + Frame.client.bytes

private func atHops(_ hops: UInt8) -> IPv6Packet {
    toGroup.ipv6(to: Frame.solicitedGroup, hops: hops)
}

private func with(_ extensions: Extension...) -> IPv6Packet {
    toGroup.ipv6(to: Frame.solicitedGroup, hops: 255, extensions: extensions)
}

/// RFC 4861 section 7.1.1, and who may be answered.
// swift-format-ignore
private let rows: [Row] = [
    Row("who has the VIP", asked.solicitation(), .answer, "neighbour-reply"),
    Row("the same without a link-layer address", asked.solicitation(options: []), .answer, "neighbour-reply"),
    Row("the same with another option before it", asked.solicitation(options: [14, 1, 1, 2, 3, 4, 5, 6] + source), .answer, "neighbour-reply"),
    Row("the same with an option of sixteen bytes", asked.solicitation(options: [14, 2] + [UInt8](repeating: 0, count: 14)), .answer, "neighbour-reply"),
    Row("is the VIP still there, asked of us alone", toVIP.solicitation(options: []), .answer, "neighbour-reply"),
    Row("does anyone have the VIP", probe.solicitation(options: [14, 1, 1, 2, 3, 4, 5, 6]), .answer, "neighbour-reply"),
    Row("with padding behind it", asked.solicitation() + [0, 0, 0], .answer, "neighbour-reply"),
    Row("with extension headers", with(.hopByHop, .destination).solicitation(), .answer, "neighbour-reply"),

    Row("who has the director", asked.solicitation(for: "fd00::8e:4"), .pass, "not-a-vip"),
    Row("who has the VIP, from the VIP", toGroup.ipv6(from: Frame.vipIPv6, to: Frame.solicitedGroup, hops: 255).solicitation(), .pass, "not-a-vip"),
    Row("another message to the group", asked.icmp(), .pass, "other-host"),
    Row("a question of seven bytes to the group", asked.payloadFrame(58, [135, 0, 0, 0, 0, 0, 0]), .pass, "other-host"),
    Row("a question without what is asked for, to the group", asked.payloadFrame(58, [135, 0, 0, 0, 0, 0, 0, 0]), .pass, "not-a-vip"),
    Row("beyond the frame", Array(asked.solicitation().dropLast()), .pass, "other-host"),
    Row("to another host's MAC", Frame.ethernet(to: Table.mac(9)).ipv6(hops: 255).solicitation(), .pass, "other-host"),

    Row("from beyond a router", atHops(254).solicitation(), .drop, "bad-solicitation"),
    Row("with a code", asked.solicitation(code: 1), .drop, "bad-solicitation"),
    Row("with a wrong checksum", changed(asked.solicitation(), at: 57, to: 0x55), .drop, "bad-solicitation"),
    Row("too short to ask, to the VIP", toVIP.icmp(type: 135, rest: 0, payload: [UInt8](repeating: 0, count: 15)), .drop, "bad-solicitation"),
    Row("an option of no length", asked.solicitation(options: [14, 0, 0, 0, 0, 0, 0, 0]), .drop, "bad-solicitation"),
    Row("an option beyond the message", asked.solicitation(options: [14, 2, 0, 0, 0, 0, 0, 0]), .drop, "bad-solicitation"),
    Row("half an option", asked.solicitation(options: [14, 1, 0, 0]), .drop, "bad-solicitation"),
    Row("one byte of an option", asked.solicitation(options: source + [14]), .drop, "bad-solicitation"),
    Row("a link-layer address of 14 bytes", asked.solicitation(options: [1, 2] + [UInt8](repeating: 2, count: 14)), .drop, "bad-solicitation"),
    Row("a group's link-layer address", asked.solicitation(options: [1, 1] + Frame.broadcast.bytes), .drop, "bad-solicitation"),
    Row("a link-layer address of zeros", asked.solicitation(options: [1, 1, 0, 0, 0, 0, 0, 0]), .drop, "bad-solicitation"),
    Row("from nowhere with a link-layer address", probe.solicitation(), .drop, "bad-solicitation"),
    Row("from nowhere to the VIP itself", Frame.ethernet().ipv6(from: "::", hops: 255).solicitation(options: []), .drop, "bad-solicitation"),
    Row("from a group", toGroup.ipv6(from: "ff02::1", to: Frame.solicitedGroup, hops: 255).solicitation(), .drop, "bad-solicitation"),
    Row("from a group's MAC", Frame.ethernet(to: Frame.solicitedMAC, from: MACAddress(rawValue: 0x0300_0000_0003)).ipv6(to: Frame.solicitedGroup, hops: 255).solicitation(), .drop, "bad-solicitation"),
    Row("a first fragment", with(.fragment(offset: 0, more: true)).solicitation(), .drop, "bad-solicitation"),
    Row("an atomic fragment (RFC 6980)", with(.atomic).solicitation(), .drop, "bad-solicitation"),
]

@Suite struct NeighbourTests {
    private static let told = MACAddress(rawValue: 0x0200_0000_0077)
    private static let all = Frame.ethernet(to: Frame.allHostsMAC, from: Frame.director)
        .ipv6(from: Frame.vipIPv6, to: Frame.allHosts, hops: 255).advertisement(flags: 0x20)

    private func plane() throws -> MemoryDataPlane {
        var plane = try MemoryDataPlane()
        try plane.publish(Table.of(Table.serviceIPv6()))
        return plane
    }

    @Test("each solicitation takes its exit", arguments: rows)
    func exit(row: Row) throws {
        let plane = try plane()
        try plane.push(row.frame)
        let outcomes = plane.run()
        #expect(outcomes.map(\.verdict) == [row.verdict])
        #expect(outcomes.map(\.reason) == [row.reason])
        #expect(plane.takeSent().count == (row.verdict == .answer ? 1 : 0))
    }

    /// What asks, and to which MAC address the answer goes.
    private static let questions: [(question: [UInt8], station: MACAddress)] = [
        (asked.solicitation(), Frame.client),
        (asked.solicitation(options: [1, 1] + told.bytes), told),
        (toVIP.solicitation(options: []), Frame.client),
        (with(.hopByHop, .destination).solicitation(), Frame.client),
    ]

    @Test("an asker is told where the VIP is, and that this is the answer", arguments: questions)
    func solicited(question: [UInt8], station: MACAddress) throws {
        let plane = try plane()
        try plane.push(question)
        _ = plane.run()
        let expected = Frame.ethernet(to: station, from: Frame.director)
            .ipv6(from: Frame.vipIPv6, to: Frame.clientIPv6, hops: 255).advertisement(flags: 0x60)
        #expect(plane.takeSent() == [SentFrame(bytes: expected, egress: 2)])
        #expect(checksOut(expected))
    }

    @Test("who wants the VIP for itself is told, with all others, that it is taken")
    func duplicate() throws {
        let plane = try plane()
        try plane.push(probe.solicitation(options: []))
        _ = plane.run()
        #expect(plane.takeSent().map(\.bytes) == [Self.all])
    }

    @Test("each IPv6 VIP of the director's is announced once, those of the host are not")
    func announcement() throws {
        var plane = try MemoryDataPlane()
        try plane.publish(
            Table.of(
                Table.serviceIPv6(0), Table.serviceIPv6(1, port: 443, reals: [Table.realIPv6(7)]),
                Table.serviceIPv6(2, vip: "fd00::8e:101", arp: .host, reals: [Table.realIPv6(8)])))
        plane.announce()
        _ = plane.run()
        #expect(plane.takeSent() == [SentFrame(bytes: Self.all, egress: 2)])
        #expect(checksOut(Self.all))
    }

    @Test("solicitations are answered beyond the limit of errors")
    func unlimited() throws {
        var table = Table.of(Table.serviceIPv6())
        table.answers = AnswerPolicy(perSecond: 1)
        var plane = try MemoryDataPlane()
        try plane.publish(table)
        for _ in 0..<10 { try plane.push(asked.solicitation()) }
        #expect(plane.run().allSatisfy { $0.reason == "neighbour-reply" })
    }
}
