// SPDX-License-Identifier: Apache-2.0

import LVSModel

/// `ADDRESS:PORT`, as ipvsadm names services and real servers, in numbers.
enum Endpoint {
    /// The address, and the port if there is one; nil when something was found wrong.
    static func read(
        _ word: Word, named name: String, _ findings: inout RuleFindings
    ) -> (address: IPAddress, port: UInt16?)? {
        let parts = word.text.split(separator: ":", omittingEmptySubsequences: false)
        if parts.count > 2 {
            findings.add(
                "\(name) \(word.quoted): IPv6 is not served; expected an IPv4 address",
                at: word.place)
            return nil
        }
        guard let address = IPAddress(parts[0]) else {
            findings.add(
                "\(name) \(word.quoted) is no IPv4 address in numbers; expected such as "
                    + "192.168.142.100:80 (ipvsadm-save -n prints numbers)", at: word.place)
            return nil
        }
        guard address.isUsableUnicast else {
            findings.add(
                "\(name) \(word.quoted); expected an address that one host can own", at: word.place)
            return nil
        }
        guard parts.count == 2 else { return (address, nil) }
        guard let port = number(parts[1]) else {
            findings.add(
                "port of \(name) \(word.quoted); expected a whole number of 0...65535 "
                    + "(ipvsadm-save -n prints numbers)", at: word.place)
            return nil
        }
        return (address, port)
    }

    /// Decimal digits of 0...65535, without a sign or leading zeros.
    static func number(_ text: some StringProtocol) -> UInt16? {
        let isPlain = text.utf8.allSatisfy { (0x30...0x39).contains($0) }
        return isPlain && (text.utf8.count == 1 || text.utf8.first != 0x30) ? UInt16(text) : nil
    }
}
