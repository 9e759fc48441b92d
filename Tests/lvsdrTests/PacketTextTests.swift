// SPDX-License-Identifier: Apache-2.0

import ControlTesting
import LVSModel
import Testing

@testable import lvsdr

@Suite("A frame in a few words")
struct PacketTextTests {
    private static let ethernet: [UInt8] = Array(repeating: 2, count: 12)
    private static let ipv4: [UInt8] =
        ethernet + [8, 0, 0x46, 0, 0, 60, 0, 1, 0, 0, 64, 17, 0, 0, 10, 0, 0, 3, 10, 0, 0, 1]
        + [1, 1, 1, 0]
    private static let ipv6: [UInt8] =
        ethernet + [0x86, 0xDD, 0x60, 0, 0, 0, 0, 20, 6, 64]
        + [0xFD, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 3]
        + [0xFD, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]
    private static let arp: [UInt8] =
        ethernet + [8, 6, 0, 1, 8, 0, 6, 4, 0, 1, 2, 2, 2, 2, 2, 2, 10, 0, 0, 3]
        + [0, 0, 0, 0, 0, 0, 10, 0, 0, 1]

    @Test(
        "protocol, addresses, ports and flags",
        arguments: [
            (
                SampleCapture.frame(0, false).bytes,
                "TCP 192.168.142.3:40000 > 192.168.142.100:80 SYN"
            ),
            (ipv4 + [0x9C, 0x40, 0, 53], "UDP 10.0.0.3:40000 > 10.0.0.1:53"),
            (
                ipv6 + [0x9C, 0x40, 1, 0xBB, 0, 0, 0, 0, 0, 0, 0, 0, 0x50, 0x19],
                "TCP [fd00::3]:40000 > [fd00::1]:443 FIN PSH ACK"
            ),
            (arp, "ARP who has 10.0.0.1, asks 10.0.0.3"),
            (ethernet + [0x88, 0xCC], "Ethernet type 0x88cc"),
        ] as [([UInt8], String)])
    func words(bytes: [UInt8], text: String) {
        #expect(PacketText.line(of: bytes, length: 99) == text + ", 99 bytes")
    }

    @Test("a later fragment has no ports")
    func fragment() {
        var bytes = Self.ipv4 + [0x9C, 0x40, 0, 53]
        bytes[21] = 1
        #expect(
            PacketText.line(of: bytes, length: 1) == "UDP 10.0.0.3 > 10.0.0.1, fragment, 1 byte")
        bytes[20] = 0x20
        bytes[21] = 0
        #expect(
            PacketText.line(of: bytes, length: 2)
                == "UDP 10.0.0.3:40000 > 10.0.0.1:53, fragment, 2 bytes")
    }

    @Test("a frame that is cut anywhere is told as far as it goes")
    func cut() {
        for whole in [SampleCapture.frame(0, false).bytes, Self.ipv4, Self.ipv6, Self.arp] {
            for length in 0...whole.count {
                #expect(PacketText.line(of: Array(whole.prefix(length)), length: 60) != "")
            }
        }
        #expect(PacketText.line(of: [], length: 0) == "Ethernet, 0 bytes")
    }
}
