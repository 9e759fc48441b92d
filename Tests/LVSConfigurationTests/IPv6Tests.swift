// SPDX-License-Identifier: Apache-2.0

import LVSModel
import Testing

@Suite("IPv6 addresses stand wherever IPv4 addresses do")
struct IPv6Tests {
    private static func text(_ vip: String, _ rip: String) -> String {
        """
        interface: eth0
        services:
          - address: \(vip)
            port: 80
            scheduler: rr
            real-servers:
              - address: \(rip)

        """
    }

    @Test(
        "unquoted, quoted, in capitals and written out",
        arguments: [
            ("fd00::100", "fd00::5"), ("\"fd00::100\"", "'fd00::5'"), ("FD00::100", "fd00:0::0:5"),
            ("fd00:0:0:0:0:0:0:100", "fd00::0.0.0.5"), ("fd00::100 # VIP", "fd00::5   # RIP"),
        ])
    func block(vip: String, rip: String) throws {
        let service = try #require(try settings(Self.text(vip, rip)).services.first)
        #expect(service.address.description == "TCP [fd00::100]:80")
        #expect(service.realServers.map(\.address) == [IPAddress("fd00::5")])
    }

    @Test("in a flow mapping")
    func flow() throws {
        let text = """
            {interface: eth0, services: [{address: fd00::100, port: 80, scheduler: rr,
            real-servers: [{address: fd00::5}, {weight: 2,address: fd00::6}]}]}
            """
        let service = try #require(try settings(text).services.first)
        #expect(service.address.description == "TCP [fd00::100]:80")
        #expect(service.realServers.map(\.address.description) == ["fd00::5", "fd00::6"])
    }

    @Test("one that ends in colons needs quotes, as YAML reads it")
    func colons() throws {
        let service = try #require(try settings(Self.text("\"fd00::\"", "fd00::5")).services.first)
        #expect(service.address.address == IPAddress("fd00::"))
        Refusal("fd00::", Self.text("fd00::", "fd00::5"), (3, 19), "text that is not YAML").check()
    }

    @Test("services of both families stand beside each other")
    func both() throws {
        let text =
            Self.text("fd00::100", "fd00::5") + """
                  - {address: 10.0.0.1, port: 80, scheduler: rr, real-servers: [{address: 10.0.1.1}]}

                """
        #expect(try settings(text).services.count == 2)
    }

    @Test("a mixed pair is refused at the real server")
    func mixed() {
        Refusal(
            "IPv4 behind IPv6", Self.text("fd00::100", "10.0.0.1"), (7, 18),
            "real server 10.0.0.1 is IPv4, VIP fd00::100 IPv6: a mixed pair; expected an IPv6"
        ).check()
    }

    @Test("an address is one however it is written")
    func same() {
        Refusal(
            "twice", Self.text("fd00::100", "fd00::5") + "      - address: fd00:0::5\n", (8, 18),
            "duplicate real server fd00::5, already on line 7"
        ).check()
        Refusal(
            "a VIP", Self.text("fd00::100", "FD00::0100"), (7, 18),
            "real server fd00::100 is a VIP of this director"
        ).check()
    }
}
