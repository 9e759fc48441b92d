// SPDX-License-Identifier: Apache-2.0

import LVSModel
import Testing

@Suite("A filter's clients")
struct FlowFilterTests {
    @Test(
        "are an address, or a network with its length",
        arguments: [
            ("192.168.142.3", "192.168.142.3", 32), ("10.1.2.3/8", "10.1.2.3", 8),
            ("10.1.2.3/32", "10.1.2.3", 32), ("0.0.0.0/0", "0.0.0.0", 0),
            ("fd00::1", "fd00::1", 128),
            ("fd00::/64", "fd00::", 64),
        ] as [(String, String, UInt8)])
    func valid(text: String, address: String, length: UInt8) throws {
        let clients = try #require(FlowFilter.Clients(text))
        #expect(clients.address == IPAddress(address))
        #expect(clients.prefixLength == length)
        #expect(FlowFilter.Clients(clients.description) == clients)
    }

    @Test(
        "are nothing else",
        arguments: [
            "", "/8", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/08", "10.0.0.0/+8", "10.0.0.0/-1",
            "10.0.0.0/8/8", "10/8", "10.0.0.0/256", "10.0.0.0/255.0.0.0", "fd00::/129",
            "fd00::/ 64",
        ])
    func invalid(text: String) {
        #expect(FlowFilter.Clients(text) == nil)
    }
}
