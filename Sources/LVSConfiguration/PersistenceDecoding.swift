// SPDX-License-Identifier: Apache-2.0

import LVSModel

// What keeps a client at its real server.
extension SettingsDecoder {
    /// - Parameter vip: nil when it was wrong itself.
    mutating func persistence(
        _ timeout: Value?, mask: Value?, vip: IPAddress?
    ) -> Persistence? {
        let length = mask.map { prefixLength($0, family: vip?.family) }
        guard let timeout else {
            if let mask {
                note(
                    mask, "persistence-mask without persistence",
                    expected: "persistence beside it, such as 5m")
            }
            return nil
        }
        guard let seconds = seconds(timeout, named: "persistence", in: 1...2_678_400) else {
            return nil
        }
        let whole = UInt8(vip?.family.bitCount ?? 0)
        return (length ?? whole).map { Persistence(timeout: seconds, prefixLength: $0) }
    }

    /// A prefix length, or a netmask of IPv4.
    private mutating func prefixLength(
        _ value: Value, family: IPAddress.Family?
    ) -> UInt8? {
        let name = "persistence-mask"
        let longest = UInt8((family ?? .ipv6).bitCount)
        var expected = "a prefix length of 1...\(longest)"
        if family != .ipv6 { expected += " or a netmask such as 255.255.255.0" }
        guard let text = text(value, named: name, expected: expected) else { return nil }
        guard let mask = IPAddress(text), mask.family == .ipv4 else {
            return number(value, named: name, in: 1...longest, expected: expected)
        }
        if family == .ipv6 {
            note(value, "\(name) \(mask) is for IPv4, the VIP is IPv6", expected: expected)
            return nil
        }
        guard let length = mask.netmaskLength else {
            note(
                value, "\(name) \(mask) is not contiguous: a one stands behind a zero",
                expected: expected)
            return nil
        }
        if length == 0 {
            note(value, "\(name) \(mask) leaves nothing of an address", expected: expected)
            return nil
        }
        return UInt8(length)
    }
}
