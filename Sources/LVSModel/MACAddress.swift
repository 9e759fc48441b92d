// SPDX-License-Identifier: Apache-2.0

/// An Ethernet address (EUI-48), kept in the low 48 bits of a number: the first byte on the wire
/// is the most significant.
///
/// Valid text: `02:00:00:00:00:0a`, upper case too. Invalid: `2:0:0:0:0:a`, `02-00-00-00-00-0a`.
public struct MACAddress: Hashable, Sendable {
    /// 0...0xFFFF_FFFF_FFFF.
    public let rawValue: UInt64

    /// - Precondition: `rawValue` fits 48 bits.
    public init(rawValue: UInt64) {
        precondition(rawValue >> 48 == 0, "a MAC address has 48 bits")
        self.rawValue = rawValue
    }

    /// Parses six pairs of hexadecimal digits, separated by colons.
    public init?(_ text: some StringProtocol) {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 6 else { return nil }
        var value: UInt64 = 0
        for part in parts {
            guard part.utf8.count == 2, part.first?.isHexDigit == true,
                let byte = UInt8(part, radix: 16)
            else { return nil }
            value = value << 8 | UInt64(byte)
        }
        rawValue = value
    }

    /// The six bytes in wire order.
    public var bytes: [UInt8] {
        (0..<6).map { UInt8(truncatingIfNeeded: rawValue >> (40 - 8 * $0)) }
    }

    /// True when one interface can own it: neither group address nor all zero.
    public var isUnicast: Bool {
        rawValue >> 40 & 1 == 0 && rawValue != 0
    }
}

extension MACAddress: CustomStringConvertible {
    public var description: String {
        bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined(separator: ":")
    }
}
