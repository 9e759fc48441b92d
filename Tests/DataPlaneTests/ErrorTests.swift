// SPDX-License-Identifier: Apache-2.0

import DataPlane
import LVSModel
import Testing

/// Resets and ICMP errors in the VIP's name.
@Suite struct ErrorTests {
    private func plane(
        _ answers: AnswerPolicy = AnswerPolicy(), reals: [ForwardingTable.Real] = [Table.real(5)]
    ) throws -> MemoryDataPlane {
        var table = Table.of(
            Table.service(reals: reals), Table.serviceIPv6(1, reals: [Table.realIPv6(15)]))
        table.answers = answers
        var plane = try MemoryDataPlane()
        try plane.publish(table)
        return plane
    }

    private func answer(
        to frame: [UInt8], _ plane: consuming MemoryDataPlane
    ) throws -> (reason: String?, frame: [UInt8]?) {
        try plane.push(frame)
        return (plane.run().first?.reason, plane.takeSent().first?.bytes)
    }

    /// From the VIP back to the client of `Frame`, as headers of ours go out.
    private static let back: [any Packet] = [
        Frame.ethernet(to: Frame.client, from: Frame.director)
            .ipv4(from: "192.168.142.100", to: "192.168.142.3", fragment: 0x4000),
        Frame.ethernet(to: Frame.client, from: Frame.director)
            .ipv6(from: Frame.vipIPv6, to: Frame.clientIPv6),
    ]

    /// From the client, with options and extension headers, which an answer does not have.
    private static let there: [any Packet] = [
        Frame.ethernet().ipv4(ttl: 9, options: [1, 1, 1, 0]),
        Frame.ethernet().ipv6(hops: 9, extensions: [.hopByHop, .destination]),
    ]

    /// The frame with the fields zeroed that hosts differ in, or that depend on them: IPv4's
    /// identification, TCP's window, checksums.
    private func plain(_ frame: [UInt8]) -> [UInt8] {
        let isIPv4 = frame[12] == 0x08
        let tcp = isIPv4 ? 34 : 54
        var frame = frame
        for offset in (isIPv4 ? [18, 19, 24, 25] : []) + (tcp + 14..<tcp + 18) {
            frame[offset] = 0
        }
        return frame
    }

    private func expectReset(_ sent: [UInt8], _ expected: [UInt8]) {
        #expect(plain(sent) == plain(expected))
        #expect(checksOut(sent))
    }

    @Test("a segment with ACK is reset at the number that it acknowledges", arguments: 0...1)
    func resetOfACK(family: Int) throws {
        let segment = Self.there[family].tcp(.ack, acknowledges: 0xAABB_CCDD, payload: [1, 2])
        let (reason, frame) = try answer(to: segment, plane())
        #expect(reason == "reset-no-flow")
        let sent = try #require(frame)
        expectReset(sent, Self.back[family].tcp(.rst, from: 80, to: 40000, sequence: 0xAABB_CCDD))
    }

    @Test("a segment without ACK is reset with all of it acknowledged", arguments: 0...1)
    func resetOfFIN(family: Int) throws {
        let segment = Self.there[family].tcp(.fin, sequence: UInt32.max, payload: [1, 2, 3])
        let sent = try #require(try answer(to: segment, plane()).frame)
        let expected = Self.back[family].tcp(
            [.rst, .ack], from: 80, to: 40000, sequence: 0, acknowledges: 3)
        expectReset(sent, expected)
    }

    @Test("a SYN for a port without a service is refused as a host refuses it", arguments: 0...1)
    func closedPort(family: Int) throws {
        let segment = Self.there[family].tcp(.syn, to: 81)
        let (reason, frame) = try answer(to: segment, plane())
        let sent = try #require(frame)
        #expect(reason == "reset-no-service")
        let expected = Self.back[family].tcp(
            [.rst, .ack], from: 81, to: 40000, sequence: 0, acknowledges: 2)
        expectReset(sent, expected)
    }

    /// Bytes of data, and of the quote: all, or what 576 bytes (RFC 1812) and 1,280 (RFC 4443) leave;
    /// in between a frame that leaves no room behind it loses its end.
    private static let quotes: [(family: Int, data: Int, quote: Int)] = [
        (0, 0, 32), (0, 500, 532), (0, 1400, 548),
        (1, 0, 64), (1, 522, 586), (1, 523, 539), (1, 1168, 1184), (1, 1400, 1232),
    ]

    @Test("a port unreachable quotes what it is about, as long as it may be", arguments: quotes)
    func unreachable(family: Int, data: Int, quote: Int) throws {
        let payload = [UInt8](repeating: 0x5A, count: data)
        let datagram = Self.there[family].udp(to: 99, payload: payload)
        let (reason, frame) = try answer(to: datagram, plane())
        #expect(reason == "port-unreachable")
        let sent = try #require(frame)
        let expected = Self.back[family].icmp(
            type: family == 0 ? 3 : 1, code: family == 0 ? 3 : 4, rest: 0,
            payload: Array(datagram[14...].prefix(quote)))
        #expect(sent.count == expected.count)
        #expect(checksOut(sent))
        #expect(sent.dropFirst(family == 0 ? 26 : 14) == expected.dropFirst(family == 0 ? 26 : 14))
        #expect(Array(sent[..<14]) == Array(expected[..<14]))
    }

    /// Policy, the client's flags, and the exit when nobody can be scheduled.
    private static let nobody: [(NoRealServerPolicy, Frame.Flags, String)] = [
        (.unreachable, .syn, "port-unreachable"), (.reset, .syn, "reset-no-real-server"),
        (.drop, .syn, "no-real-server"),
    ]

    @Test("what nobody can be found for is answered as asked", arguments: nobody)
    func noRealServer(policy: NoRealServerPolicy, flags: Frame.Flags, reason: String) throws {
        let plane = try plane(AnswerPolicy(noRealServer: policy), reals: [])
        #expect(try answer(to: Frame.ethernet().ipv4().tcp(flags), plane).reason == reason)
    }

    /// Policy, the client's flags, and the exit of a segment without a flow.
    private static let noFlow: [(NoFlowPolicy, Frame.Flags, String)] = [
        (.reset, .ack, "reset-no-flow"), (.drop, .ack, "no-flow"), (.schedule, .ack, "scheduled"),
        (.reset, .rst, "no-flow"), (.drop, .rst, "no-flow"), (.schedule, .rst, "no-flow"),
    ]

    @Test("a segment without a flow is treated as asked", arguments: noFlow)
    func withoutFlow(policy: NoFlowPolicy, flags: Frame.Flags, reason: String) throws {
        let plane = try plane(AnswerPolicy(noFlow: policy))
        #expect(try answer(to: Frame.ethernet().ipv4().tcp(flags), plane).reason == reason)
    }

    @Test("no-flow: drop is silent about closed ports too")
    func silence() throws {
        let plane = try plane(AnswerPolicy(noFlow: .drop))
        let (reason, frame) = try answer(to: Frame.ethernet().ipv4().udp(to: 99), plane)
        #expect(reason == "closed-port")
        #expect(frame == nil)
    }

    @Test("errors are limited each second, ping and ARP are not")
    func limit() throws {
        let plane = try plane(AnswerPolicy(perSecond: 10))
        plane.setTime(milliseconds: 10_000)
        for _ in 0..<25 { try plane.push(Frame.ethernet().ipv4().tcp(.ack)) }
        for _ in 0..<25 { try plane.push(Frame.ethernet().ipv4().icmp()) }
        var reasons = plane.run().map(\.reason)
        #expect(reasons.count { $0 == "reset-no-flow" } == 10)
        #expect(reasons.count { $0 == "answer-rate-limited" } == 15)
        #expect(reasons.count { $0 == "echo-reply" } == 25)
        plane.setTime(milliseconds: 10_500)
        for _ in 0..<25 { try plane.push(Frame.ethernet().ipv4().tcp(.ack)) }
        reasons = plane.run().map(\.reason)
        #expect(reasons.count { $0 == "reset-no-flow" } == 5)
    }
}
