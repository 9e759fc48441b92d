// SPDX-License-Identifier: Apache-2.0

import LVSModel

/// A question as a frame: who is asked, in whose name, and the number that the answer carries.
struct Probe: Hashable, Sendable {
    /// An address that is nobody's (RFC 5737, RFC 3849).
    static func stranger(_ family: IPAddress.Family) -> IPAddress {
        family == .ipv4
            ? IPAddress(ipv4: 0xC000_0201) : IPAddress(high: 0x2001_0DB8 << 32, low: 1)
    }

    let question: ProbeQuestion
    let realServer: IPAddress
    /// Of this host.
    let source: IPAddress
    let sourceMAC: MACAddress
    let mac: MACAddress
    /// Bytes of the IP packet of a `.fullSize`.
    let mtu: UInt32

    /// The address that it is for, and that its answer is from.
    var destination: IPAddress {
        switch question {
        case .echo, .fullSize, .stranger: realServer
        case .vip(let vip), .port(let vip, _): vip
        }
    }

    /// - Parameters:
    ///   - tag: of all questions of one round: the echo's identifier, the TCP source port.
    ///   - number: of this one.
    func frame(tag: UInt16, number: UInt16) -> [UInt8] {
        let family = realServer.family
        let asker = question == .stranger ? Self.stranger(family) : source
        var packet = ProbePacket(source: asker, destination: destination)
        switch question {
        case .port(_, let port):
            packet.syn(from: tag, to: port, number: number)
        case .fullSize:
            let header = (family == .ipv4 ? 20 : 40) + 8
            packet.echo(tag: tag, number: number, filling: max(Int(mtu) - header, 0))
        case .echo, .stranger, .vip:
            packet.echo(tag: tag, number: number, filling: 32)
        }
        return packet.frame(from: sourceMAC, to: mac)
    }

    /// Takes a half-open connection back that `.port` has opened.
    func reset(tag: UInt16, number: UInt16) -> [UInt8] {
        guard case .port(_, let port) = question else { return [] }
        var packet = ProbePacket(source: source, destination: destination)
        packet.reset(from: tag, to: port, number: number)
        return packet.frame(from: sourceMAC, to: mac)
    }
}

/// An IPv4 or IPv6 packet that asks (RFC 791, RFC 8200, RFC 792, RFC 4443, RFC 9293).
struct ProbePacket {
    let source: IPAddress
    let destination: IPAddress
    private var transport: UInt8 = 0
    private var payload: [UInt8] = []

    init(source: IPAddress, destination: IPAddress) {
        self.source = source
        self.destination = destination
    }

    private var isIPv4: Bool { destination.family == .ipv4 }

    mutating func echo(tag: UInt16, number: UInt16, filling: Int) {
        transport = isIPv4 ? 1 : 58
        payload = [isIPv4 ? 8 : 128, 0, 0, 0] + tag.bytes + number.bytes
        payload += [UInt8](repeating: 0x6C, count: filling)
        seal(at: 2, withAddresses: !isIPv4)
    }

    mutating func syn(from: UInt16, to: UInt16, number: UInt16) {
        segment(from, to, Self.sequence(from, number), flags: 0x02)
    }

    mutating func reset(from: UInt16, to: UInt16, number: UInt16) {
        segment(from, to, Self.sequence(from, number) &+ 1, flags: 0x04)
    }

    /// Of the SYN; its answer acknowledges the next one.
    static func sequence(_ tag: UInt16, _ number: UInt16) -> UInt32 {
        UInt32(tag) << 16 | UInt32(number)
    }

    private mutating func segment(_ from: UInt16, _ to: UInt16, _ sequence: UInt32, flags: UInt8) {
        transport = 6
        payload = from.bytes + to.bytes + sequence.bytes + [0, 0, 0, 0]
        payload += [5 << 4, flags, 0x20, 0, 0, 0, 0, 0]
        seal(at: 16, withAddresses: true)
    }

    private mutating func seal(at place: Int, withAddresses: Bool) {
        let length = UInt32(payload.count)
        let pseudo =
            withAddresses
            ? source.wireBytes + destination.wireBytes + length.bytes + [0, 0, 0, transport] : []
        payload.replaceSubrange(place..<place + 2, with: Self.checksum(pseudo + payload).bytes)
    }

    func frame(from sourceMAC: MACAddress, to mac: MACAddress) -> [UInt8] {
        mac.bytes + sourceMAC.bytes + (isIPv4 ? [0x08, 0x00] : [0x86, 0xDD]) + header + payload
    }

    private var header: [UInt8] {
        guard isIPv4 else {
            return [0x60, 0, 0, 0] + UInt16(payload.count).bytes + [transport, 64]
                + source.wireBytes + destination.wireBytes
        }
        let dontFragment: [UInt8] = [0x40, 0]
        var header: [UInt8] = [0x45, 0] + UInt16(20 + payload.count).bytes + [0, 0]
        header += dontFragment + [64, transport, 0, 0] + source.wireBytes + destination.wireBytes
        header.replaceSubrange(10..<12, with: Self.checksum(header).bytes)
        return header
    }

    /// RFC 1071.
    private static func checksum(_ bytes: [UInt8]) -> UInt16 {
        var sum: UInt32 = 0
        for (index, byte) in bytes.enumerated() {
            sum += index.isMultiple(of: 2) ? UInt32(byte) << 8 : UInt32(byte)
            sum = sum & 0xFFFF + sum >> 16
        }
        sum = sum & 0xFFFF + sum >> 16
        return ~UInt16(sum)
    }
}

extension IPAddress {
    /// 4 bytes, or 16.
    fileprivate var wireBytes: [UInt8] { family == .ipv4 ? Array(bytes.suffix(4)) : bytes }
}

extension FixedWidthInteger {
    /// In wire order.
    fileprivate var bytes: [UInt8] {
        stride(from: bitWidth - 8, through: 0, by: -8).map { UInt8(truncatingIfNeeded: self >> $0) }
    }
}
