// SPDX-License-Identifier: Apache-2.0

import LVSModel
import Testing

@Suite("A service's address")
struct ServiceAddressTests {
    private func address(
        _ vip: String, _ ports: String, _ transport: TransportProtocol = .tcp
    ) throws -> ServiceAddress {
        ServiceAddress(
            address: try #require(IPAddress(vip)), ports: try #require(PortSet(ports)),
            transport: transport)
    }

    @Test(
        "it is written as ipvsadm writes it, with several ports as they are",
        arguments: [
            ("192.168.142.100", "80", "TCP 192.168.142.100:80"),
            ("192.168.142.100", "80,443", "TCP 192.168.142.100:80,443"),
            ("192.168.142.100", "any", "TCP 192.168.142.100:any"),
            ("fd00::1", "8000-8100", "TCP [fd00::1]:8000-8100"),
        ])
    func description(vip: String, ports: String, text: String) throws {
        #expect(try address(vip, ports).description == text)
        #expect(try address(vip, ports, .udp).description == "UDP" + text.dropFirst(3))
    }

    @Test("the order is by VIP, then ports, then protocol")
    func order() throws {
        let addresses = try [
            address("10.0.0.1", "80", .udp), address("10.0.0.1", "443"),
            address("10.0.0.2", "any"), address("10.0.0.2", "80"), address("fd00::1", "1"),
        ]
        #expect(addresses.reversed().sorted() == addresses)
        #expect(try address("10.0.0.1", "80") < address("10.0.0.1", "80", .udp))
    }
}
