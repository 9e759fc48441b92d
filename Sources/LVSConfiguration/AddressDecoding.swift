// SPDX-License-Identifier: Apache-2.0

import LVSModel

// Addresses of services and real servers.
extension SettingsDecoder {
    /// An address that one host can own.
    mutating func address(_ value: Value, named name: String) -> IPAddress? {
        let expected = "an IPv4 or IPv6 address such as 192.168.142.100 or fd00::8e:100"
        guard let text = text(value, named: name, expected: expected) else { return nil }
        guard let address = IPAddress(text) else {
            note(
                value, "\(name) \(Quotation.quote(text)) is no IP address", expected: expected,
                hint: hint(forAddress: text))
            return nil
        }
        if let kind = address.unusableKind {
            note(
                value, "\(name) \(address) is \(kind)",
                expected: "an \(address.family.rawValue) address that one host can own")
            return nil
        }
        return address
    }

    /// A MAC address that one interface can own.
    mutating func unicastMAC(_ value: Value, named name: String) -> MACAddress? {
        let expected = "a MAC address such as \"02:00:00:00:00:0a\""
        guard let text = text(value, named: name, expected: expected) else { return nil }
        guard let mac = MACAddress(text) else {
            note(
                value, "\(name) \(Quotation.quote(text)) is no MAC address", expected: expected,
                hint: text.contains("-") ? "with colons" : nil)
            return nil
        }
        guard mac.isUnicast else {
            note(
                value, "\(name) \(mac) is no address of one interface", expected: expected)
            return nil
        }
        return mac
    }

    /// Where a server of ours can listen: an address of this host, or all of them.
    mutating func socketAddress(_ value: Value, named name: String) -> SocketAddress? {
        let expected = "an address and a port such as 127.0.0.1:9707 or \"[::1]:9707\""
        guard let text = text(value, named: name, expected: expected) else { return nil }
        guard let socket = SocketAddress(text) else {
            note(
                value, "\(name) \(Quotation.quote(text)) is no socket's address", expected: expected
            )
            return nil
        }
        let address = socket.address
        let isLocal =
            address.ipv4.map { $0 >> 24 == 127 || $0 == 0 }
            ?? (address <= IPAddress(high: 0, low: 1))
        if let kind = address.unusableKind, !isLocal {
            note(value, "\(name) \(address) is \(kind)", expected: expected)
            return nil
        }
        return socket
    }

    private func hint(forAddress text: String) -> String? {
        if text.contains("/") { return "without a mask" }
        if text.contains("%") { return "without a zone, and no link-local address" }
        if text.contains("[") { return "without brackets; the port has a key of its own" }
        if text.lowercased().hasPrefix("::ffff:") { return "write the IPv4 address itself" }
        return text.contains(".") && text.contains(":") ? "the port has a key of its own" : nil
    }
}
