// SPDX-License-Identifier: Apache-2.0

import LVSModel
import Testing

@testable import Doctor

@Suite("Questions as frames, and frames as answers")
struct ProbeTests {
    private static let tag: UInt16 = 61_234
    private static let ours = MACAddress(rawValue: 0x0200_0000_0004)
    private static let theirs = MACAddress(rawValue: 0x0200_0000_0005)
    private static let families: [(rip: IPAddress, vip: IPAddress, dip: IPAddress)] = [
        (
            IPAddress(ipv4: 0xC0A8_8E05), IPAddress(ipv4: 0xC0A8_8E64), IPAddress(ipv4: 0xC0A8_8E04)
        ),
        (
            IPAddress(high: 0xFD00 << 48, low: 5), IPAddress(high: 0xFD00 << 48, low: 0x100),
            IPAddress(high: 0xFD00 << 48, low: 4)
        ),
    ]

    private func probe(_ question: ProbeQuestion, _ family: Int) -> Probe {
        let (rip, _, dip) = Self.families[family]
        return Probe(
            question: question, realServer: rip, source: dip, sourceMAC: Self.ours,
            mac: Self.theirs, mtu: 1_500)
    }

    /// The sum over 16-bit words, folded; 0xFFFF over what holds its own checksum.
    private func sum(_ bytes: [UInt8]) -> UInt32 {
        var sum: UInt32 = 0
        for place in stride(from: 0, to: bytes.count, by: 2) {
            sum += UInt32(bytes[place]) << 8
            if place + 1 < bytes.count { sum += UInt32(bytes[place + 1]) }
        }
        while sum >> 16 != 0 { sum = sum & 0xFFFF + sum >> 16 }
        return sum
    }

    @Test("frames have the addresses, lengths and checksums that they should", arguments: [0, 1])
    func frames(family: Int) {
        let vip = Self.families[family].vip
        let header = family == 0 ? 20 : 40
        for question in [.echo, .fullSize, .stranger, .vip(vip), .port(vip, 80)] as [ProbeQuestion]
        {
            let frame = probe(question, family).frame(tag: Self.tag, number: 7)
            #expect(Array(frame[0..<12]) == Self.theirs.bytes + Self.ours.bytes)
            if question == .fullSize { #expect(frame.count == 14 + 1_500) }
            let packet = Array(frame[14...])
            let payload = Array(packet[header...])
            var pseudo: [UInt8] = []
            if family == 0 {
                #expect(sum(Array(packet[..<20])) == 0xFFFF)
                #expect(Int(packet[2]) << 8 + Int(packet[3]) == packet.count)
                #expect(packet[6] == 0x40)
                if packet[9] == 6 {
                    pseudo = Array(packet[12..<20]) + [0, 6, 0, UInt8(payload.count)]
                }
            } else {
                #expect(Int(packet[4]) << 8 + Int(packet[5]) == payload.count)
                let length = [UInt8(payload.count >> 8), UInt8(payload.count & 0xFF)]
                pseudo = Array(packet[8..<40]) + [0, 0] + length + [0, 0, 0, packet[6]]
            }
            #expect(sum(pseudo + payload) == 0xFFFF)
        }
    }

    /// What a real server makes of a frame: its addresses turned round, and `change`.
    private func answer(
        _ frame: [UInt8], _ family: Int, _ change: (inout [UInt8], _ start: Int) -> Void
    ) -> [UInt8] {
        var answer = Array(frame[6..<12] + frame[0..<6] + frame[12...])
        let (first, size) = family == 0 ? (26, 4) : (22, 16)
        let source = Array(frame[first..<first + size])
        answer.replaceSubrange(
            first..<first + size, with: frame[first + size..<first + 2 * size])
        answer.replaceSubrange(first + size..<first + 2 * size, with: source)
        change(&answer, family == 0 ? 34 : 54)
        return answer
    }

    private func acknowledge(_ flags: UInt8) -> (inout [UInt8], Int) -> Void {
        { frame, start in
            let ports = Array(frame[start..<start + 4])
            frame.replaceSubrange(start..<start + 4, with: ports[2...] + ports[..<2])
            // The sequence number is acknowledged: one more than it was.
            let sequence = Array(frame[start + 4..<start + 8])
            frame.replaceSubrange(start + 8..<start + 12, with: sequence)
            frame[start + 11] += 1
            frame[start + 13] = flags
        }
    }

    @Test("an echo's reply, an open port and a closed one are heard", arguments: [0, 1])
    func answers(family: Int) throws {
        let vip = Self.families[family].vip
        let echo = probe(.vip(vip), family).frame(tag: Self.tag, number: 258)
        let reply = answer(echo, family) { $0[$1] = family == 0 ? 0 : 129 }
        let heard = try #require(HeardAnswer(reply, tag: Self.tag))
        #expect(heard.answer == .reply && heard.number == 258)
        #expect(heard.mac == Self.theirs && heard.receiver == Self.ours)
        #expect(heard.source == vip && heard.destination == Self.families[family].dip)
        #expect(HeardAnswer(reply, tag: Self.tag + 1) == nil)

        let syn = probe(.port(vip, 80), family).frame(tag: Self.tag, number: 258)
        for (flags, expected) in [(0x12, .accepted), (0x14, .refused)] as [(UInt8, ProbeAnswer)] {
            let frame = answer(syn, family, acknowledge(flags))
            let heard = try #require(HeardAnswer(frame, tag: Self.tag))
            #expect(heard.answer == expected && heard.number == 258)
        }
        #expect(HeardAnswer(answer(syn, family, acknowledge(0x10)), tag: Self.tag) == nil)
    }

    @Test("a question that comes back, and one that an ICMP error quotes", arguments: [0, 1])
    func returned(family: Int) throws {
        let vip = Self.families[family].vip
        for question in [.vip(vip), .port(vip, 80)] as [ProbeQuestion] {
            let frame = probe(question, family).frame(tag: Self.tag, number: 3)
            let back = try #require(HeardAnswer(frame, tag: Self.tag))
            #expect(back.answer == .returned && back.number == 3)

            let header = family == 0 ? 20 : 40
            let errors: [(UInt8, UInt8, ProbeAnswer)] =
                family == 0
                ? [(3, 1, .unreachable), (3, 4, .tooBig)] : [(1, 4, .unreachable), (2, 0, .tooBig)]
            for (type, code, expected) in errors {
                var error = Array(frame[..<(14 + header)]) + [type, code, 0, 0, 0, 0, 0, 0]
                error[family == 0 ? 23 : 20] = family == 0 ? 1 : 58
                error += frame[14..<(14 + header + 8)]
                let heard = try #require(HeardAnswer(error, tag: Self.tag))
                #expect(heard.answer == expected && heard.number == 3)
            }
        }
    }

    @Test("no frame that is cut anywhere is more than no answer", arguments: [0, 1])
    func cut(family: Int) {
        let frame = probe(.vip(Self.families[family].vip), family).frame(tag: Self.tag, number: 1)
        for count in 0..<34 {
            #expect(HeardAnswer(Array(frame.prefix(count)), tag: Self.tag) == nil)
        }
    }

    @Test("the first fragment of a reply says that it came in pieces")
    func fragments() throws {
        let echo = probe(.fullSize, 0).frame(tag: Self.tag, number: 9)
        let first = answer(echo, 0) { frame, start in
            frame[start] = 0
            frame[20] = 0x20
        }
        #expect(HeardAnswer(first, tag: Self.tag)?.answer == .fragments)
        let later = answer(echo, 0) { frame, start in
            frame[start] = 0
            frame[21] = 100
        }
        #expect(HeardAnswer(later, tag: Self.tag) == nil)
    }

    @Test(
        "an answer counts from the real server that was asked, or a card of its that is not known")
    func dialogue() {
        let (rip, vip, _) = Self.families[0]
        var real = RealServerFacts(address: rip)
        real.macs = [Self.theirs]
        var other = RealServerFacts(address: vip)
        other.macs = [MACAddress(rawValue: 0x0200_0000_0006)]
        let probes = [probe(.vip(vip), 0), probe(.port(vip, 80), 0)]
        var reals = [real, other]
        var dialogue = Dialogue(probes: probes, reals: reals, tag: Self.tag, mac: Self.ours)
        #expect(dialogue.unanswered.count == 2)
        var reply = answer(probes[0].frame(tag: Self.tag, number: 0), 0) { $0[$1] = 0 }
        reply[11] = 6
        #expect(dialogue.take(reply) == nil)
        #expect(dialogue.unanswered.count == 2)
        reply[11] = 7
        #expect(dialogue.take(reply) == nil)
        #expect(dialogue.unanswered.count == 1)
        let open = answer(probes[1].frame(tag: Self.tag, number: 1), 0, acknowledge(0x12))
        #expect(dialogue.take(open) == probes[1].reset(tag: Self.tag, number: 1))
        dialogue.write(into: &reals)
        #expect(reals[0].answers == [.vip(vip): [.reply], .port(vip, 80): [.accepted]])
        #expect(reals[1].answers.isEmpty)
    }
}
