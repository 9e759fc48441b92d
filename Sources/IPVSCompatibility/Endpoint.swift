// SPDX-License-Identifier: Apache-2.0

import LVSModel

/// `ADDRESS:PORT`, as ipvsadm names services and real servers, in numbers; IPv6 as `[fd00::1]:80`.
enum Endpoint {
    /// The address, and the port if there is one; nil when something was found wrong.
    static func read(
        _ word: Word, named name: String, _ findings: inout RuleFindings
    ) -> (address: IPAddress, port: UInt16?)? {
        guard let (address, port) = parts(of: word.text) else {
            findings.add(
                "\(name) \(word.quoted) is no IP address in numbers; expected such as "
                    + "192.168.142.100:80 or [fd00::8e:100]:80 (ipvsadm-save -n prints numbers)",
                at: word.place)
            return nil
        }
        if let kind = address.unusableKind {
            findings.add(
                "\(name) \(word.quoted) is \(kind); expected an address that one host can own",
                at: word.place)
            return nil
        }
        guard let port else { return (address, nil) }
        guard let port: UInt16 = number(port) else {
            findings.add(
                "port of \(name) \(word.quoted); expected a whole number of 0...65535 "
                    + "(ipvsadm-save -n prints numbers)", at: word.place)
            return nil
        }
        return (address, port)
    }

    /// The address, and the port's text. IPv6 without brackets has no port, as ipvsadm reads it.
    private static func parts(of text: String) -> (address: IPAddress, port: Substring?)? {
        if text.hasPrefix("["), let end = text.firstIndex(of: "]") {
            let address = IPAddress(text[..<end].dropFirst())
            let rest = text[end...].dropFirst()
            guard let address, address.family == .ipv6, rest.isEmpty || rest.hasPrefix(":") else {
                return nil
            }
            return (address, rest.isEmpty ? nil : rest.dropFirst())
        }
        if let address = IPAddress(text) { return (address, nil) }
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2, let address = IPAddress(parts[0]) else { return nil }
        return (address, parts[1])
    }

    /// Decimal digits without a sign or leading zeros; nil also for a number that is too large.
    static func number<Number: FixedWidthInteger>(_ text: some StringProtocol) -> Number? {
        let isPlain = text.utf8.allSatisfy { (0x30...0x39).contains($0) }
        return isPlain && (text.utf8.count == 1 || text.utf8.first != 0x30) ? Number(text) : nil
    }
}
