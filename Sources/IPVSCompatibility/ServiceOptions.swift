// SPDX-License-Identifier: Apache-2.0

import LVSModel

// What a rule says of a service besides its name. What is wrong is found, and left out.
extension RuleOptions {
    /// What `-p` and `-M` ask for; nil for none. A service for all ports has it, as in ipvsadm.
    func persistence(of service: ServiceAddress, _ findings: inout RuleFindings) -> Persistence? {
        guard let option = given[.persistent] else {
            if let mask = given[.netmask] {
                findings.add(
                    "\(mask.spelling) without -p; expected -p beside it", at: mask.place)
            }
            if service.ports.isAny, let word = serviceWord {
                findings.add(
                    "service \(word.quoted) is for all ports, but not persistent; expected -p "
                        + "beside it, or ADDRESS:PORT with a port of 1...65535", at: word.place)
            }
            return nil
        }
        let length = prefixLength(service.address.family, &findings)
        guard let length, let timeout = timeout(option, &findings) else { return nil }
        return Persistence(timeout: timeout, prefixLength: length)
    }

    /// Without a value 300 s, as ipvsadm's manual has it. Its code takes 360 s; what it saves always
    /// has the value.
    private func timeout(_ option: GivenOption, _ findings: inout RuleFindings) -> UInt32? {
        guard let word = option.value else { return 300 }
        if let timeout: UInt32 = Endpoint.number(word.text), (1...2_678_400).contains(timeout) {
            return timeout
        }
        findings.add(
            "persistence \(word.quoted); expected 1...2678400 seconds", at: word.place)
        return nil
    }

    /// Of a mask, which for IPv6 is the prefix length itself.
    private func prefixLength(
        _ family: IPAddress.Family, _ findings: inout RuleFindings
    ) -> UInt8? {
        guard let word = given[.netmask]?.value else { return UInt8(family.bitCount) }
        if family == .ipv6 {
            if let length: UInt8 = Endpoint.number(word.text), (1...128).contains(length) {
                return length
            }
            findings.add(
                "mask \(word.quoted); expected a prefix length of 1...128, for the VIP is IPv6",
                at: word.place)
            return nil
        }
        guard let mask = IPAddress(word.text), mask.family == .ipv4, mask.ipv4 != 0 else {
            findings.add(
                "mask \(word.quoted); expected a netmask such as 255.255.255.0", at: word.place)
            return nil
        }
        if let length = mask.netmaskLength { return UInt8(length) }
        findings.add(
            "mask \(word.quoted) is not contiguous: a one stands behind a zero; expected a netmask "
                + "such as 255.255.255.0", at: word.place)
        return nil
    }

    func onePacket(of service: ServiceAddress, _ findings: inout RuleFindings) -> Bool {
        guard let option = given[.onePacket] else { return false }
        if service.transport != .udp {
            findings.add(
                "\(option.spelling) goes with -u: a TCP connection has more packets than one",
                at: option.place)
        }
        return true
    }
}
