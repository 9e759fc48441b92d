// SPDX-License-Identifier: Apache-2.0

import LVSModel
import Testing

@Suite("A service's name in one word, and where a server listens")
struct ServiceNameTests {
    @Test(
        "names",
        arguments: [
            ("192.168.142.100:80/tcp", "192.168.142.100:80/tcp"),
            ("192.168.142.100:80", "192.168.142.100:80/tcp"),
            ("192.168.142.100:53/udp", "192.168.142.100:53/udp"),
            ("[fd00::1]:443,80/tcp", "[fd00::1]:80,443/tcp"),
            ("[FD00::1]:8000-8100", "[fd00::1]:8000-8100/tcp"),
            ("10.0.0.1:any/udp", "10.0.0.1:any/udp"),
        ])
    func names(_ text: String, _ name: String) throws {
        let address = try #require(ServiceAddress(name: text))
        #expect(address.name == name)
        #expect(ServiceAddress(name: name) == address)
    }

    @Test(
        "what is no name",
        arguments: [
            "", ":", "10.0.0.1", "10.0.0.1:", "10.0.0.1:0/tcp", "10.0.0.1:80/", "10.0.0.1:80/TCP",
            "10.0.0.1:80/sctp", "10.0.0.1:80/tcp/", "10.0.0.1:80/udp/tcp", "fd00::1:80/tcp",
            "[10.0.0.1]:80", "[fd00::1]80", "[fd00::1]", "[fd00::1:80", "[]:80", "fd00::1]:80",
            "web:80/tcp", "10.0.0.1:080", "10.0.0.1:80,80", " 10.0.0.1:80", "10.0.0.1 :80",
            "10.0.0.1:80 /tcp", "10.0.0.1::80",
        ])
    func none(_ text: String) {
        #expect(ServiceAddress(name: text) == nil)
    }

    @Test("a socket's address has one port")
    func sockets() throws {
        for text in ["127.0.0.1:9707", "[::1]:65535", "0.0.0.0:1"] {
            #expect(SocketAddress(text)?.description == text)
        }
        for text in ["127.0.0.1", "127.0.0.1:0", "::1:9707", "127.0.0.1:80-81", "localhost:1"] {
            #expect(SocketAddress(text) == nil)
        }
    }
}
