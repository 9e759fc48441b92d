// SPDX-License-Identifier: Apache-2.0

/// An internet address: a VIP, RIP, CIP or DIP.
///
/// IPv4 today; it is kept as the IPv4-mapped form of RFC 4291 section 2.5.5.2, the layout that the
/// flow table and the in-kernel maps share, so that a second family changes no layout.
///
/// Valid text: `192.168.142.100`. Invalid: `192.168.142` (three parts), `192.168.142.256` (over
/// 255), `192.168.142.010` (a leading zero, which some programs read as octal), `fe80::1`.
public struct IPAddress: Hashable, Sendable {
    /// The IPv4 address as a number, host byte order: `192.168.142.100` is `0xC0A88E64`.
    public let ipv4: UInt32

    /// Makes the address from its number in host byte order.
    public init(ipv4: UInt32) {
        self.ipv4 = ipv4
    }

    /// Parses four decimal numbers of 0...255 without leading zeros, separated by dots.
    public init?(_ text: some StringProtocol) {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 4 else { return nil }
        var value: UInt32 = 0
        for part in parts {
            guard let octet = Self.octet(part) else { return nil }
            value = value << 8 | UInt32(octet)
        }
        self.init(ipv4: value)
    }

    private static func octet(_ text: some StringProtocol) -> UInt8? {
        guard text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
        guard text.utf8.count == 1 || text.utf8.first != 0x30 else { return nil }
        return UInt8(text)
    }

    /// True for an address that one host can own: not 0.0.0.0/8, loopback, multicast, reserved or
    /// broadcast (RFC 6890).
    public var isUsableUnicast: Bool {
        let first = ipv4 >> 24
        return first != 0 && first != 127 && first < 224
    }
}

extension IPAddress: Comparable {
    public static func < (left: IPAddress, right: IPAddress) -> Bool {
        left.ipv4 < right.ipv4
    }
}

extension IPAddress: CustomStringConvertible {
    public var description: String {
        "\(ipv4 >> 24).\(ipv4 >> 16 & 0xFF).\(ipv4 >> 8 & 0xFF).\(ipv4 & 0xFF)"
    }
}
