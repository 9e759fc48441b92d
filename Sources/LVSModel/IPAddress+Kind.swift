// SPDX-License-Identifier: Apache-2.0

extension IPAddress {
    /// True for an address that one host of a network can own.
    public var isUsableUnicast: Bool { unusableKind == nil }

    /// Why no host can own the address as its VIP or RIP, in words that follow "it is"; nil when one
    /// can (RFC 6890, RFC 4291 section 2.4).
    public var unusableKind: String? {
        if let ipv4 { return Self.unusableKind(ipv4: ipv4) }
        if high >> 56 == 0xFF { return "a multicast address" }
        if high >> 54 == 0xFE80 >> 6 { return "a link-local address, which names no network" }
        // The first 96 bits are zero: IPv4-compatible addresses, no longer in use.
        guard high == 0, low >> 32 == 0 else { return nil }
        return switch low {
        case 0: "the unspecified address"
        case 1: "a loopback address"
        default: "a reserved address"
        }
    }

    private static func unusableKind(ipv4: UInt32) -> String? {
        switch ipv4 >> 24 {
        case 0: "in 0.0.0.0/8, which means this network"
        case 127: "a loopback address"
        case 224...239: "a multicast address"
        case 240...: ipv4 == .max ? "the broadcast address" : "a reserved address"
        default: nil
        }
    }
}
