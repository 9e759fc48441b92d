// SPDX-License-Identifier: Apache-2.0

import DataPlane
import LVSModel
import Testing

/// Frames that begin well and go on badly: whatever is read is in the frame, and whatever is answered
/// is in order.
@Suite struct ParseTests {
    private static let quoted = Array(
        Frame.ethernet().ipv4(from: "192.168.142.100", to: "192.168.142.3").tcp(.ack, from: 80)
            .dropFirst(14))
    private static let quotedIPv6 = Array(
        Frame.ethernet().ipv6(
            from: Frame.vipIPv6, to: Frame.clientIPv6, extensions: [.destination, .atomic]
        ).tcp(.ack, from: 80).dropFirst(14))
    private static let chain: [Extension] = [
        .hopByHop, .routing, .destination, .fragment(offset: 0, more: false), .authentication,
    ]

    /// One of each kind that is looked into.
    private static let frames: [[UInt8]] = [
        Frame.ethernet().ipv4(options: [1, 1, 1, 0]).tcp(.ack, payload: [1, 2, 3]),
        Frame.ethernet().ipv4(fragment: 0x2000).udp(to: 99),
        Frame.ethernet().ipv4().icmp(payload: Array(0..<9)),
        Frame.ethernet().ipv4().icmp(type: 3, code: 4, payload: quoted),
        Frame.ethernet(to: Frame.broadcast, type: 0x0806).arp(),
        Frame.ethernet().ipv6(extensions: chain).tcp(.ack, payload: [1, 2, 3]),
        Frame.ethernet().ipv6(extensions: [.fragment(offset: 0, more: true)]).udp(to: 99),
        Frame.ethernet().ipv6(extensions: [.hopByHop]).icmp(payload: Array(0..<9)),
        Frame.ethernet().ipv6().icmp(type: 2, payload: quotedIPv6),
        Frame.ethernet(to: Frame.solicitedMAC).ipv6(to: Frame.solicitedGroup, hops: 255)
            .solicitation(),
    ]

    private static let realServers: [UInt64] = [5, 6, 7, 15, 16, 17]

    private static func plane() throws -> MemoryDataPlane {
        var plane = try MemoryDataPlane()
        var table = Table.bothFamilies
        table.answers = AnswerPolicy(perSecond: 100_000)
        try plane.publish(table)
        return plane
    }

    /// Forwards the frames; what is answered has right lengths and checksums.
    private func forward(_ frames: [[UInt8]], _ plane: borrowing MemoryDataPlane) throws {
        for frame in frames { try plane.push(frame) }
        let outcomes = plane.run()
        let sent = plane.takeSent().map(\.bytes)
        #expect(outcomes.count == frames.count)
        #expect(sent.count >= outcomes.count { $0.verdict == .tx || $0.verdict == .answer })
        let realServers = Self.realServers.map { Table.mac($0).bytes }
        for frame in sent where Array(frame[12..<14]) != [0x08, 0x06] {
            let isForwarded = realServers.contains(Array(frame[..<6]))
            #expect(isForwarded || checksOut(frame), "\(frame)")
        }
    }

    @Test("a frame that ends early, at each of its bytes", arguments: frames)
    func ends(frame: [UInt8]) throws {
        try forward((14..<frame.count).map { Array(frame.prefix($0)) }, Self.plane())
    }

    @Test("a packet that ends early and says so, at each of its bytes", arguments: frames)
    func shortens(frame: [UInt8]) throws {
        let ends = (34..<frame.count).map { withLength(Array(frame.prefix($0))) }
        try forward(ends, Self.plane())
    }

    @Test("any byte of a frame is another", arguments: frames)
    func changes(frame: [UInt8]) throws {
        let values: [UInt8] = [0, 1, 4, 6, 17, 44, 58, 60, 0x7F, 0x80, 0xFF]
        let others = frame.indices.flatMap { index in
            values.map { value in withSum(changed(frame, at: index, to: value)) }
        }
        try forward(others, Self.plane())
    }

    @Test("several bytes of a frame are others", arguments: frames)
    func scrambles(frame: [UInt8]) throws {
        var random = SplitMix(seed: UInt64(frame.count))
        let scrambled = (0..<3000).map { _ in
            var bytes = frame
            for _ in 0..<2 + random.next() % 5 {
                let number = random.next()
                bytes[12 + Int(number >> 8) % (bytes.count - 12)] = UInt8(number & 0xFF)
            }
            return withSum(bytes)
        }
        try forward(scrambled, Self.plane())
    }

    /// With the length that the frame has, as IP counts it.
    private func withLength(_ frame: [UInt8]) -> [UInt8] {
        var frame = frame
        if frame[12] == 0x86 && frame.count >= 54 {
            frame.replaceSubrange(18..<20, with: UInt16(frame.count - 54).bytes)
        } else if frame[12] == 0x08 && frame[13] == 0 {
            frame.replaceSubrange(16..<18, with: UInt16(frame.count - 14).bytes)
        }
        return withSum(frame)
    }

    /// With the checksum that its IPv4 header should have, if it has one.
    private func withSum(_ frame: [UInt8]) -> [UInt8] {
        let end = 14 + Int(frame[14] & 0x0F) * 4
        guard frame[12] == 0x08, frame[13] == 0, end <= frame.count, end >= 34 else { return frame }
        var frame = changed(frame, at: 24, to: 0, 0)
        frame.replaceSubrange(24..<26, with: checksum(frame[14..<end]).bytes)
        return frame
    }
}
