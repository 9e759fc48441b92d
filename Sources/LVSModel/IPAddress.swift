// SPDX-License-Identifier: Apache-2.0

/// An internet address: a VIP, RIP, CIP or DIP.
///
/// Kept as 128 bits, an IPv4 address in the mapped form of RFC 4291 section 2.5.5.2: the layout that
/// the flow table and the in-kernel maps share.
///
/// Valid text: `192.168.142.100`, `fd00::8e:100`. Invalid: `192.168.142` (three parts),
/// `192.168.142.256` (over 255), `192.168.142.010` (a leading zero, which some programs read as
/// octal), `fe80::1%eth0` (a zone), `::ffff:192.168.142.100` (the mapped form of an IPv4 address).
public struct IPAddress: Hashable, Sendable {
    public enum Family: String, Hashable, Sendable {
        case ipv4 = "IPv4"
        case ipv6 = "IPv6"

        /// The bits of an address.
        public var bitCount: Int { self == .ipv4 ? 32 : 128 }
    }

    /// The first and the last 64 bits, host byte order.
    let high: UInt64
    let low: UInt64

    private static let mapped: UInt64 = 0xFFFF_0000_0000

    /// Makes an IPv4 address from its number in host byte order: `192.168.142.100` is `0xC0A88E64`.
    public init(ipv4: UInt32) {
        high = 0
        low = Self.mapped | UInt64(ipv4)
    }

    /// Makes an address from its first and last 64 bits, host byte order.
    public init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// Makes an address from 16 bytes in wire order.
    ///
    /// - Precondition: they are 16.
    public init(bytes: some Sequence<UInt8>) {
        var words: (high: UInt64, low: UInt64) = (0, 0)
        var count = 0
        for byte in bytes {
            words.high = words.high << 8 | words.low >> 56
            words.low = words.low << 8 | UInt64(byte)
            count += 1
        }
        precondition(count == 16, "an address has 16 bytes")
        self.init(high: words.high, low: words.low)
    }

    /// Parses four decimal numbers of 0...255 without leading zeros, separated by dots, or the text
    /// forms of RFC 4291 section 2.2.
    public init?(_ text: some StringProtocol) {
        if text.utf8.contains(0x3A) {
            guard let words = IPv6Text.parse(text) else { return nil }
            self.init(high: words.high, low: words.low)
            if family == .ipv4 { return nil }
        } else {
            guard let number = Self.ipv4Number(text) else { return nil }
            self.init(ipv4: number)
        }
    }

    public var family: Family {
        high == 0 && low >> 32 == 0xFFFF ? .ipv4 : .ipv6
    }

    /// The number of an IPv4 address in host byte order; nil for IPv6.
    public var ipv4: UInt32? {
        family == .ipv4 ? UInt32(truncatingIfNeeded: low) : nil
    }

    /// 16 bytes in wire order, IPv4 in its mapped form.
    public var bytes: [UInt8] {
        [high, low].flatMap { word in
            stride(from: 56, through: 0, by: -8).map { UInt8(truncatingIfNeeded: word >> $0) }
        }
    }

    /// How many bits lead in an IPv4 netmask: 24 for `255.255.255.0`. nil when a one stands behind a
    /// zero, and for IPv6.
    public var netmaskLength: Int? {
        guard let ipv4 else { return nil }
        let length = (~ipv4).leadingZeroBitCount
        return ipv4 << length == 0 ? length : nil
    }

    /// The four numbers of a dotted IPv4 address as one.
    static func ipv4Number(_ text: some StringProtocol) -> UInt32? {
        // Files have a hundred thousand of them: one pass over the bytes of a type that is known.
        var parser = IPv4Parser()
        for byte in Substring(text).utf8 where !parser.take(byte) { return nil }
        return parser.number
    }
}

/// Four decimal numbers of 0...255 without leading zeros, separated by dots, byte by byte.
private struct IPv4Parser {
    private var value: UInt32 = 0
    private var dots = 0
    /// The number that is being read; nil before its first digit.
    private var octet: UInt32?

    /// False for a byte that can not stand there.
    mutating func take(_ byte: UInt8) -> Bool {
        if byte == UInt8(ascii: ".") {
            guard let octet, dots < 3 else { return false }
            value = value << 8 | octet
            self.octet = nil
            dots += 1
            return true
        }
        guard (0x30...0x39).contains(byte), octet != 0 else { return false }
        let next = (octet ?? 0) * 10 + UInt32(byte - 0x30)
        octet = next
        return next <= 255
    }

    /// nil when the text ended too early.
    var number: UInt32? {
        dots == 3 ? octet.map { value << 8 | $0 } : nil
    }
}

extension IPAddress: Comparable {
    public static func < (left: IPAddress, right: IPAddress) -> Bool {
        (left.high, left.low) < (right.high, right.low)
    }
}

extension IPAddress: CustomStringConvertible {
    /// As RFC 5952 writes it: `192.168.142.100`, `fd00::8e:100`.
    public var description: String {
        guard let ipv4 else { return IPv6Text.write(high: high, low: low) }
        return "\(ipv4 >> 24).\(ipv4 >> 16 & 0xFF).\(ipv4 >> 8 & 0xFF).\(ipv4 & 0xFF)"
    }

    /// As it stands before a port: IPv6 in brackets (RFC 3986 section 3.2.2).
    public var beforePort: String {
        family == .ipv4 ? description : "[\(description)]"
    }
}
