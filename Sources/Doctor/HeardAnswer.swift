// SPDX-License-Identifier: Apache-2.0

import LVSModel

/// A frame that answers a probe, or is one that came back.
struct HeardAnswer: Hashable, Sendable {
    let answer: ProbeAnswer
    /// The probe's.
    let number: UInt16
    /// The frame's.
    let mac: MACAddress
    let receiver: MACAddress
    let source: IPAddress
    let destination: IPAddress

    /// nil for any other frame.
    ///
    /// - Parameter frame: from its Ethernet header on; it may be cut behind 128 bytes.
    init?(_ frame: [UInt8], tag: UInt16) {
        let reader = ByteReader(frame)
        guard let packet = ReceivedPacket(reader, at: 14, type: reader.half(12)),
            let (answer, number) = packet.answer(tag)
        else { return nil }
        self.answer = answer
        self.number = number
        mac = reader.mac(6)
        receiver = reader.mac(0)
        source = packet.source
        destination = packet.destination
    }
}

/// Bytes in wire order; 0 stands where there are none.
private struct ByteReader {
    let bytes: [UInt8]

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    func byte(_ place: Int) -> UInt8 { place < bytes.count ? bytes[place] : 0 }

    func half(_ place: Int) -> UInt16 { UInt16(byte(place)) << 8 | UInt16(byte(place + 1)) }

    func word(_ place: Int) -> UInt32 { UInt32(half(place)) << 16 | UInt32(half(place + 2)) }

    func mac(_ place: Int) -> MACAddress {
        MACAddress(rawValue: UInt64(half(place)) << 32 | UInt64(word(place + 2)))
    }

    func address(_ place: Int) -> IPAddress {
        IPAddress(bytes: (place..<place + 16).map(byte))
    }
}

/// An IP packet in a frame, or what an ICMP error quotes of one.
private struct ReceivedPacket {
    let reader: ByteReader
    let source: IPAddress
    let destination: IPAddress
    let transport: UInt8
    /// Where the transport's header begins.
    let start: Int
    let isFragment: Bool
    let isIPv4: Bool

    /// nil for what is no IP packet, and for fragments but the first.
    init?(_ reader: ByteReader, at place: Int, type: UInt16) {
        self.reader = reader
        isIPv4 = type == 0x0800
        if isIPv4 {
            let fragment = reader.half(place + 6)
            guard reader.byte(place) >> 4 == 4, fragment & 0x1FFF == 0 else { return nil }
            source = IPAddress(ipv4: reader.word(place + 12))
            destination = IPAddress(ipv4: reader.word(place + 16))
            transport = reader.byte(place + 9)
            isFragment = fragment & 0x2000 != 0
            start = place + Int(reader.byte(place) & 0x0F) * 4
        } else {
            guard type == 0x86DD, reader.byte(place) >> 4 == 6 else { return nil }
            source = reader.address(place + 8)
            destination = reader.address(place + 24)
            let next = reader.byte(place + 6)
            isFragment = next == 44
            guard !isFragment || reader.half(place + 42) & 0xFFF8 == 0 else { return nil }
            transport = isFragment ? reader.byte(place + 40) : next
            start = place + (isFragment ? 48 : 40)
        }
    }

    func answer(_ tag: UInt16) -> (ProbeAnswer, number: UInt16)? {
        switch transport {
        case 6: segment(tag)
        case 1 where isIPv4: message(tag, reply: 0, request: 8)
        case 58 where !isIPv4: message(tag, reply: 129, request: 128)
        default: nil
        }
    }

    private func segment(_ tag: UInt16) -> (ProbeAnswer, number: UInt16)? {
        if let number = asked(tag) { return (.returned, number) }
        let next = reader.word(start + 8)
        let flags = reader.byte(start + 13)
        guard reader.half(start + 2) == tag, UInt16(truncatingIfNeeded: (next &- 1) >> 16) == tag
        else { return nil }
        let number = UInt16(truncatingIfNeeded: next &- 1)
        if flags & 0x04 != 0 { return (.refused, number) }
        return flags & 0x12 == 0x12 ? (.accepted, number) : nil
    }

    private func message(
        _ tag: UInt16, reply: UInt8, request: UInt8
    ) -> (ProbeAnswer, number: UInt16)? {
        let type = reader.byte(start)
        if let number = asked(tag) { return (.returned, number) }
        if type == reply, reader.half(start + 4) == tag {
            return (isFragment ? .fragments : .reply, reader.half(start + 6))
        }
        return error(tag, type: type, code: reader.byte(start + 1))
    }

    /// Unreachable, or too big: RFC 792 and RFC 1191, RFC 4443.
    private func error(
        _ tag: UInt16, type: UInt8, code: UInt8
    ) -> (ProbeAnswer, number: UInt16)? {
        let isTooBig = isIPv4 ? type == 3 && code == 4 : type == 2
        let isUnreachable = isIPv4 ? type == 3 : type == 1
        guard isTooBig || isUnreachable,
            let quoted = ReceivedPacket(reader, at: start + 8, type: isIPv4 ? 0x0800 : 0x86DD),
            let number = quoted.asked(tag)
        else { return nil }
        return (isTooBig ? .tooBig : .unreachable, number)
    }

    /// The number of the question that this packet is.
    private func asked(_ tag: UInt16) -> UInt16? {
        switch transport {
        case 6:
            guard reader.half(start) == tag, reader.half(start + 4) == tag else { return nil }
            return reader.half(start + 6)
        case 1, 58:
            let type = reader.byte(start)
            guard type == (isIPv4 ? 8 : 128), reader.half(start + 4) == tag else { return nil }
            return reader.half(start + 6)
        default: return nil
        }
    }
}
