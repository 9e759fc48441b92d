// SPDX-License-Identifier: Apache-2.0

import LVSModel

/// Builds frames for tests: `Frame.ethernet().ipv4().tcp(.syn)`, `Frame.ethernet().ipv6().udp()`.
///
/// Defaults are the seed deployment's: client .3 asks the VIP .100 on port 80, to the director's MAC.
struct Frame: Sendable {
    static let client = MACAddress(rawValue: 0x0200_0000_0003)
    static let director = MACAddress(rawValue: 0x0200_0000_0004)
    static let broadcast = MACAddress(rawValue: 0xFFFF_FFFF_FFFF)

    var bytes: [UInt8] = []

    static func ethernet(
        to: MACAddress = director, from: MACAddress = client, type: UInt16 = 0x0800
    ) -> Frame {
        Frame(bytes: to.bytes + from.bytes + type.bytes)
    }

    /// A header without options; lengths and checksum are right once a payload follows.
    func ipv4(
        from: String = "192.168.142.3", to: String = "192.168.142.100", ttl: UInt8 = 64,
        fragment: UInt16 = 0, options: [UInt8] = []
    ) -> IPv4Packet {
        IPv4Packet(
            frame: self, source: address(from).bytes, destination: address(to).bytes, ttl: ttl,
            fragment: fragment, options: options)
    }

    /// ARP for Ethernet and IPv4.
    func arp(
        operation: UInt16 = 1, sender: MACAddress = client, senderIP: String = "192.168.142.3",
        receiver: MACAddress = MACAddress(rawValue: 0), asks: String = "192.168.142.100"
    ) -> [UInt8] {
        bytes + [0, 1, 8, 0, 6, 4] + operation.bytes + sender.bytes + address(senderIP).bytes
            + receiver.bytes + address(asks).bytes
    }

    struct Flags: OptionSet {
        let rawValue: UInt8
        static let fin = Flags(rawValue: 0x01)
        static let syn = Flags(rawValue: 0x02)
        static let rst = Flags(rawValue: 0x04)
        static let push = Flags(rawValue: 0x08)
        static let ack = Flags(rawValue: 0x10)
    }
}

/// An IP header to which a payload is to come. TCP, UDP and ICMP have right lengths and checksums.
protocol Packet: Sendable {
    /// In wire order.
    var source: [UInt8] { get }
    var destination: [UInt8] { get }
    /// The frame with this payload.
    func payloadFrame(_ transport: UInt8, _ payload: [UInt8]) -> [UInt8]
}

extension Packet {
    func tcp(
        _ flags: Frame.Flags, from: UInt16 = 40000, to: UInt16 = 80, sequence: UInt32 = 1,
        acknowledges: UInt32 = 0, payload: [UInt8] = []
    ) -> [UInt8] {
        let header =
            from.bytes + to.bytes + sequence.bytes + acknowledges.bytes
            + [0x50, flags.rawValue] + UInt16(64240).bytes + [0, 0, 0, 0]
        return payloadFrame(6, summed(6, header + payload, at: 16))
    }

    func udp(from: UInt16 = 40000, to: UInt16 = 53, payload: [UInt8] = [1, 2, 3]) -> [UInt8] {
        let length = UInt16(8 + payload.count)
        let header = from.bytes + to.bytes + length.bytes + [0, 0]
        return payloadFrame(17, summed(17, header + payload, at: 6))
    }

    /// ICMP or ICMPv6; an echo request where no type is given.
    func icmp(
        type: UInt8? = nil, code: UInt8 = 0, rest: UInt32 = 0x1234_0001,
        payload: [UInt8] = Array(0..<56)
    ) -> [UInt8] {
        let isIPv4 = source.count == 4
        let message = [type ?? (isIPv4 ? 8 : 128), code, 0, 0] + rest.bytes + payload
        let transport: UInt8 = isIPv4 ? 1 : 58
        return payloadFrame(transport, summed(transport, message, at: 2))
    }

    /// The message with its checksum.
    private func summed(_ transport: UInt8, _ message: [UInt8], at offset: Int) -> [UInt8] {
        var message = message
        var sum = checksum(pseudoHeader(source + destination, transport, message.count) + message)
        if transport == 17 && sum == 0 { sum = 0xFFFF }
        message.replaceSubrange(offset..<offset + 2, with: sum.bytes)
        return message
    }
}

struct IPv4Packet: Packet {
    var frame: Frame
    var source: [UInt8]
    var destination: [UInt8]
    var ttl: UInt8
    var fragment: UInt16
    var options: [UInt8]

    func payloadFrame(_ transport: UInt8, _ payload: [UInt8]) -> [UInt8] {
        let words = UInt8(5 + options.count / 4)
        let length = UInt16(20 + options.count + payload.count)
        var header: [UInt8] =
            [0x40 | words, 0] + length.bytes + [0x12, 0x34] + fragment.bytes
            + [ttl, transport, 0, 0] + source + destination + options
        header.replaceSubrange(10..<12, with: checksum(header).bytes)
        return frame.bytes + header + payload
    }
}

func address(_ text: String) -> UInt32 {
    guard let number = ip(text).ipv4 else { preconditionFailure("no IPv4 address: \(text)") }
    return number
}

func ip(_ text: String) -> IPAddress {
    guard let address = IPAddress(text) else { preconditionFailure("no address: \(text)") }
    return address
}

/// The internet checksum (RFC 1071) of bytes whose checksum field is zero; 0 over ones that check
/// out.
func checksum(_ bytes: some Collection<UInt8>) -> UInt16 {
    var sum: UInt32 = 0
    for (index, byte) in bytes.enumerated() {
        sum += UInt32(byte) << (index.isMultiple(of: 2) ? 8 : 0)
    }
    while sum >> 16 != 0 {
        sum = sum & 0xFFFF + sum >> 16
    }
    return ~UInt16(sum)
}

extension FixedWidthInteger {
    /// In network byte order.
    var bytes: [UInt8] {
        stride(from: Self.bitWidth - 8, through: 0, by: -8).map {
            UInt8(truncatingIfNeeded: self >> $0)
        }
    }
}
