// SPDX-License-Identifier: Apache-2.0

import LVSModel
import Testing

@Suite("An address")
struct IPAddressTests {
    @Test(
        "text becomes an address, which is written as RFC 5952 asks",
        arguments: [
            ("192.168.142.100", "192.168.142.100"),
            ("0.0.0.0", "0.0.0.0"),
            ("255.255.255.255", "255.255.255.255"),
            ("::", "::"),
            ("::1", "::1"),
            ("1::", "1::"),
            ("fd00::8e:100", "fd00::8e:100"),
            ("FD00::8E:ABCD", "fd00::8e:abcd"),
            ("2001:db8:0:0:0:0:0:1", "2001:db8::1"),
            ("2001:0db8:0000:0000:0000:0000:0000:0001", "2001:db8::1"),
            ("1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8"),
            // One zero group is written out (RFC 5952 section 4.2.2), also where `::` was read.
            ("2001:db8::1:1:1:1:1", "2001:db8:0:1:1:1:1:1"),
            ("1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0"),
            ("::2:3:4:5:6:7:8", "0:2:3:4:5:6:7:8"),
            // The longest run is shortened, of two the first (section 4.2.3).
            ("2001:0:0:1:0:0:0:1", "2001:0:0:1::1"),
            ("2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"),
            ("1:0:0:4:5:6:0:0", "1::4:5:6:0:0"),
            ("0:0:1:0:0:0:0:0", "0:0:1::"),
            // The last two groups as an IPv4 address (RFC 4291 section 2.2).
            ("64:ff9b::192.0.2.33", "64:ff9b::c000:221"),
            ("::13.1.68.3", "::d01:4403"),
            ("1:2:3:4:5:6:255.255.255.255", "1:2:3:4:5:6:ffff:ffff"),
            (
                "ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255",
                "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"
            ),
        ])
    func valid(text: String, written: String) throws {
        let address = try #require(IPAddress(text))
        #expect(address.description == written)
        #expect(IPAddress(written) == address)
        #expect(IPAddress(text.dropFirst(0)) == address)
        #expect(address.family == (text.contains(":") ? .ipv6 : .ipv4))
        #expect(IPAddress(bytes: address.bytes) == address)
    }

    @Test(
        "what is no address is refused",
        arguments: [
            ("", "nothing"),
            ("192.168.142", "three numbers"),
            ("192.168.142.1.1", "five numbers"),
            ("192.168.142.", "an empty number"),
            ("192.168.142.256", "a number over 255"),
            ("192.168.142.010", "a leading zero"),
            ("192.168.142.+1", "a sign"),
            ("192.168.142.-1", "a negative number"),
            ("192.168.142.0x1", "hexadecimal"),
            ("192.168.142.1 ", "a blank"),
            ("192.168.142.\u{661}", "a digit of another script"),
            ("192.168.142.1\u{301}", "a combining character"),
            ("3232271972", "one number"),
            ("www.example.org", "a name"),
            (":", "one colon"),
            (":::", "three colons"),
            ("1:::2", "three colons inside"),
            ("1::2::3", "two gaps"),
            ("::1::", "two gaps, one at the end"),
            ("1:2:3:4:5:6:7", "seven groups"),
            ("1:2:3:4:5:6:7:8:9", "nine groups"),
            ("1:2:3:4::5:6:7:8", "a gap that stands for no group"),
            ("::1:2:3:4:5:6:7:8", "a gap before eight groups"),
            ("1:2:3:4:5:6:7:8::", "a gap behind eight groups"),
            (":1:2:3:4:5:6:7:8", "a colon before the first group"),
            ("1:2:3:4:5:6:7:", "a colon behind the last group"),
            ("1::2:", "a colon behind the last group, with a gap"),
            ("12345::", "five digits"),
            ("00001::", "five digits, most of them zeros"),
            ("g::", "a letter that is no digit"),
            ("+1::", "a sign"),
            ("-1::", "a negative group"),
            ("0x1::", "a prefix"),
            ("\u{FF11}::", "a digit of another script"),
            ("1:\u{301}2::", "a combining character"),
            (" ::1", "a blank"),
            ("fe80::1%eth0", "a zone"),
            ("fd00::/64", "a prefix length"),
            ("[fd00::1]", "brackets"),
            ("[fd00::1]:80", "a port"),
            ("192.168.142.1:80", "a port behind an IPv4 address"),
            ("1:2:3:4:5:6:7:1.2.3.4", "nine groups, two as IPv4"),
            ("1.2.3.4::", "IPv4 before the gap"),
            ("::1.2.3.4:5", "IPv4 that is not at the end"),
            ("::1.2.3", "IPv4 of three numbers"),
            ("::1.2.3.256", "IPv4 with a number over 255"),
            ("::ffff:192.168.142.100", "the mapped form of an IPv4 address"),
            ("::ffff:c0a8:8e64", "the mapped form in hexadecimal"),
            (String(repeating: ":", count: 1_000), "many colons"),
            (String(repeating: "1:", count: 1_000), "many groups"),
        ])
    func invalid(text: String, reason: String) {
        #expect(IPAddress(text) == nil, "\(reason)")
    }

    @Test("an IPv4 address is its number, and 16 bytes in the mapped form")
    func ipv4() {
        let address = IPAddress(ipv4: 0xC0A8_8E64)
        #expect(address == IPAddress("192.168.142.100"))
        #expect(address.ipv4 == 0xC0A8_8E64)
        #expect(address.bytes == Array(repeating: 0, count: 10) + [0xFF, 0xFF, 192, 168, 142, 100])
        #expect(IPAddress(high: 0, low: 0xFFFF_C0A8_8E64) == address)
    }

    @Test("an IPv6 address is its 16 bytes in wire order, and has no IPv4 number")
    func ipv6() {
        let address = IPAddress(high: 0x0102_0304_0506_0708, low: 0x090A_0B0C_0D0E_0F10)
        #expect(address.bytes == Array(1...16))
        #expect(address.description == "102:304:506:708:90a:b0c:d0e:f10")
        #expect(address.ipv4 == nil)
        #expect(IPAddress.Family.ipv6.bitCount == 128)
    }

    @Test("every pattern of zero groups survives the way to text and back")
    func roundTrip() {
        for zeros in 0..<256 {
            let bytes = (0..<8).flatMap { group -> [UInt8] in
                zeros >> group & 1 == 1 ? [0, 0] : [UInt8(group), 0xA0]
            }
            let address = IPAddress(bytes: bytes)
            #expect(IPAddress(address.description) == address)
            #expect(address.description.ranges(of: "::").count <= 1)
        }
    }

    @Test("addresses are in the order of their numbers, IPv4 among the low ones of IPv6")
    func order() {
        let texts = ["::1", "0.0.0.1", "10.0.0.2", "10.0.0.10", "::1:0:0:0", "1::", "fd00::1"]
        let addresses = texts.compactMap { IPAddress($0) }
        #expect(addresses.count == texts.count)
        #expect(addresses.reversed().sorted() == addresses)
    }

    @Test("before a port IPv6 stands in brackets")
    func beforePort() {
        #expect(IPAddress("10.0.0.1")?.beforePort == "10.0.0.1")
        #expect(IPAddress("fd00::1")?.beforePort == "[fd00::1]")
    }

    @Test(
        "what no host can own has a reason, and only that",
        arguments: [
            ("0.1.2.3", "in 0.0.0.0/8, which means this network"),
            ("127.0.0.1", "a loopback address"), ("224.0.0.18", "a multicast address"),
            ("239.255.255.255", "a multicast address"), ("240.0.0.1", "a reserved address"),
            ("255.255.255.255", "the broadcast address"),
            ("::", "the unspecified address"), ("::1", "a loopback address"),
            ("::2", "a reserved address"), ("::192.0.2.1", "a reserved address"),
            ("fe80::1", "a link-local address, which names no network"),
            ("febf::1", "a link-local address, which names no network"),
            ("ff02::1", "a multicast address"), ("ff00::", "a multicast address"),
            ("1.0.0.0", nil), ("126.255.255.255", nil), ("128.0.0.1", nil),
            ("223.255.255.255", nil), ("fd00::8e:100", nil), ("2001:db8::1", nil),
            ("fe7f::1", nil), ("fec0::1", nil), ("feff::1", nil), ("::1:0:0:1", nil),
        ] as [(String, String?)])
    func usable(text: String, reason: String?) throws {
        let address = try #require(IPAddress(text))
        #expect(address.unusableKind == reason)
        #expect(address.isUsableUnicast == (reason == nil))
    }

    @Test(
        "a netmask has a length when its ones are at its front",
        arguments: [
            ("255.255.255.255", 32), ("255.255.255.0", 24), ("255.255.254.0", 23),
            ("128.0.0.0", 1), ("0.0.0.0", 0), ("255.0.255.0", nil), ("0.0.0.255", nil),
            ("255.255.255.1", nil), ("127.255.255.255", nil), ("ffff:ff00::", nil),
        ] as [(String, Int?)])
    func netmask(text: String, length: Int?) throws {
        #expect(try #require(IPAddress(text)).netmaskLength == length)
    }
}
