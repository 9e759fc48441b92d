// SPDX-License-Identifier: Apache-2.0

import LVSConfiguration
import LVSModel
import Testing

@Suite("Services that can not be, or can not be together, are refused")
struct ServiceRefusalTests {
    @Test(
        "a VIP",
        arguments: [
            (
                "192.168.142",
                "VIP \"192.168.142\" is no IP address; expected an IPv4 or IPv6 address such as "
                    + "192.168.142.100 or fd00::8e:100"
            ),
            ("192.168.142.256", "is no IP address"),
            ("192.168.142.010", "is no IP address"),
            ("www.example.org", "is no IP address"),
            ("192.168.142.100/32", "(without a mask)"),
            ("192.168.142.100:80", "(the port has a key of its own)"),
            ("2001:db8::1::2", "is no IP address"),
            ("fd00::1/64", "(without a mask)"),
            ("\"[fd00::1]:80\"", "(without brackets; the port has a key of its own)"),
            ("fe80::1%eth0", "(without a zone, and no link-local address)"),
            ("\"::ffff:192.0.2.1\"", "(write the IPv4 address itself)"),
            ("\"::FFFF:c000:201\"", "(write the IPv4 address itself)"),
            (
                "127.0.0.1",
                "VIP 127.0.0.1 is a loopback address; expected an IPv4 address that one host"
            ),
            (
                "fe80::1",
                "VIP fe80::1 is a link-local address, which names no network; expected an IPv6"
            ),
            ("\"::\"", "is the unspecified address"),
            ("\"::1\"", "is a loopback address"),
            ("ff02::1", "is a multicast address"),
            ("0.0.0.0", "is in 0.0.0.0/8"),
            ("224.0.0.1", "is a multicast address"),
            ("240.0.0.1", "is a reserved address"),
            ("255.255.255.255", "is the broadcast address"),
            ("[192.168.142.100]", "VIP is a list"),
        ])
    func vips(_ text: String, _ part: String) {
        Refusal(text, "192.168.142.100", to: text, (5, 14), part).check()
    }

    @Test(
        "a RIP",
        arguments: [
            (
                "fd00::6",
                "real server fd00::6 is IPv6, VIP 192.168.142.100 IPv4: a mixed pair; expected an "
                    + "IPv4 address (direct routing hands frames on unchanged, so it can not "
                    + "translate addresses)"
            ),
            ("fe80::1", "real server fe80::1 is a link-local address"),
            ("web2", "real server \"web2\" is no IP address"),
            ("127.0.0.1", "is a loopback address"),
            ("192.168.142.5", "duplicate real server 192.168.142.5, already on line 9"),
            ("192.168.142.100", "real server 192.168.142.100 is a VIP of this director"),
        ])
    func rips(_ text: String, _ part: String) {
        Refusal(text, "192.168.142.6", to: text, (11, 18), part).check()
    }

    @Test("services beside each other", arguments: beside)
    func pair(_ row: Refusal) { row.check() }

    static let beside: [Refusal] = [
        Refusal(
            "the same service", second(vip: "192.168.142.100", port: 80), (12, 5),
            "duplicate service TCP 192.168.142.100:80, already on line 5"),
        Refusal(
            "the RIP is another service's VIP", second(vip: "192.168.142.5", port: 80), (9, 18),
            "real server 192.168.142.5 is a VIP of this director"),
        Refusal(
            "another arp for the same VIP",
            second(vip: "192.168.142.100", port: 81) + "    arp: host\n", (16, 10),
            "arp host for VIP 192.168.142.100, but director on line 5; expected the same for all"),
        Refusal(
            "another port at the real server", "weight: 1", to: "port: 8080", (10, 15),
            "the real server's port 8080 is not the service's port 80; expected 80, or no port "
                + "(direct routing hands frames on unchanged, so it can not translate ports)"),
        Refusal(
            "a port that is none at the real server", "weight: 1", to: "port: 0", (10, 15),
            "port 0 is out of range"),
    ]

    private static func second(vip: String, port: Int) -> String {
        Refusal.seed + """
              - address: \(vip)
                port: \(port)
                scheduler: rr
                real-servers: []

            """
    }

    @Test("more services than the forwarding table holds")
    func tooMany() {
        let text =
            "interface: eth0\nservices:\n"
            + (0...16_384).map {
                "  - {address: 10.0.0.1, port: \($0 / 2 + 1), scheduler: rr, real-servers: []"
                    + ", protocol: \($0 % 2 == 0 ? "tcp" : "udp")}\n"
            }.joined()
        Refusal("services", text, (3, 3), "16385 services; expected at most 16384").check()
    }

    @Test("more real servers than the forwarding table holds")
    func tooManyRealServers() {
        let reals = (0..<65_537).map { "{address: 10.1.\($0 >> 8).\($0 & 255)}" }
        let rows = [reals.prefix(65_536), reals.suffix(65_537)].enumerated().map { index, reals in
            "  - {address: 10.0.0.1, port: \(index + 1), scheduler: rr, real-servers: ["
                + reals.joined(separator: ", ").replacing("10.1.256.0", with: "10.2.0.0") + "]}\n"
        }
        Refusal(
            "reals", "interface: eth0\nservices:\n" + rows.joined(), (3, 3),
            "131073 real servers; expected at most 131072"
        ).check()
    }
}
