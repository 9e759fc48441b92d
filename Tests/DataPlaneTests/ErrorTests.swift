// SPDX-License-Identifier: Apache-2.0

import DataPlane
import LVSModel
import Testing

/// Resets and ICMP errors in the VIP's name.
@Suite struct ErrorTests {
    private func plane(
        _ answers: AnswerPolicy = AnswerPolicy(), reals: [ForwardingTable.Real] = [Table.real(5)]
    ) throws -> MemoryDataPlane {
        var table = Table.of(Table.service(reals: reals))
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

    /// What a RST to the client of `Frame` looks like.
    private func reset(flags: UInt8, sequence: UInt32, acknowledges: UInt32) -> [UInt8] {
        let ports: [UInt8] = UInt16(80).bytes + UInt16(40000).bytes
        let tcp: [UInt8] =
            ports + sequence.bytes + acknowledges.bytes + [0x50, flags, 0, 0, 0, 0, 0, 0]
        return Frame.ethernet(to: Frame.client, from: Frame.director)
            .ipv4(from: "192.168.142.100", to: "192.168.142.3", fragment: 0x4000)
            .payloadFrame(6, tcp)
    }

    /// The frame with the fields zeroed that depend on others: IP identification, both checksums.
    private func plain(_ frame: [UInt8]) -> [UInt8] {
        var frame = frame
        for offset in [18, 19, 24, 25, 50, 51] { frame[offset] = 0 }
        return frame
    }

    private func checksOut(_ frame: [UInt8]) -> Bool {
        let pseudo = Array(frame[26..<34]) + [0, 6] + UInt16(frame.count - 34).bytes
        return checksum(frame[14..<34]) == 0 && checksum(pseudo + frame[34...]) == 0
    }

    @Test("a segment with ACK is reset at the number that it acknowledges")
    func resetOfACK() throws {
        var segment = Frame.ethernet().ipv4(ttl: 9, options: [1, 1, 1, 0]).tcp(
            .ack, payload: [1, 2])
        segment.replaceSubrange(46..<50, with: UInt32(0xAABB_CCDD).bytes)
        let (reason, frame) = try answer(to: segment, plane())
        #expect(reason == "reset-no-flow")
        let sent = try #require(frame)
        #expect(plain(sent) == plain(reset(flags: 0x04, sequence: 0xAABB_CCDD, acknowledges: 0)))
        #expect(checksOut(sent))
    }

    @Test("a segment without ACK is reset with all of it acknowledged")
    func resetOfFIN() throws {
        let segment = Frame.ethernet().ipv4().tcp(.fin, payload: [1, 2, 3])
        let sent = try #require(try answer(to: segment, plane()).frame)
        #expect(plain(sent) == plain(reset(flags: 0x14, sequence: 0, acknowledges: 1 + 3 + 1)))
        #expect(checksOut(sent))
    }

    @Test("a SYN for a port without a service is refused as a host refuses it")
    func closedPort() throws {
        let (reason, frame) = try answer(to: Frame.ethernet().ipv4().tcp(.syn, to: 81), plane())
        let sent = try #require(frame)
        #expect(reason == "reset-no-service")
        #expect(sent[47] == 0x14)
        #expect(checksOut(sent))
    }

    @Test(
        "a port unreachable quotes what it is about, up to 576 bytes in all", arguments: [0, 1400])
    func unreachable(length: Int) throws {
        let payload = [UInt8](repeating: 0x5A, count: length)
        let datagram = Frame.ethernet().ipv4().udp(to: 99, payload: payload)
        let (reason, frame) = try answer(to: datagram, plane())
        let sent = try #require(frame)
        #expect(reason == "port-unreachable")
        #expect(Array(sent[..<14]) == Frame.client.bytes + Frame.director.bytes + [8, 0])
        #expect(Array(sent[34..<36]) == [3, 3])
        #expect(sent.count == 14 + min(576, datagram.count - 14 + 28))
        #expect(Array(sent[42...]) == Array(datagram[14...].prefix(sent.count - 42)))
        #expect(checksum(sent[14..<34]) == 0)
        #expect(checksum(sent[34...]) == 0)
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
