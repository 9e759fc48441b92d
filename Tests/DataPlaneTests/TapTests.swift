// SPDX-License-Identifier: Apache-2.0

import Glibc
import LVSModel
import Testing

@testable import DataPlane

/// The in-kernel programs as the kernel runs them, over frames that `eth0` receives.
@Suite(
    .serialized,
    .enabled("needs root, for the programs and a network of its own") { geteuid() == 0 }
)
struct TapTests {
    /// Who gets a frame.
    enum Fate: String {
        case ours = "the data plane alone"
        case shared = "the data plane sees it, the host's stack gets it"
        case hosts = "the host alone"
        case lost = "nobody"
    }

    /// `.100` and `fd00::100` are the data plane's, `.101` and `fd00::101` the host's.
    static func table(on interface: Int32) -> ForwardingTable {
        TapTable.of(
            on: interface,
            TapTable.service("192.168.142.100", "80"),
            TapTable.service("192.168.142.101", "80,443,8000-8100", arp: .host),
            TapTable.service("192.168.142.101", "53", .udp, arp: .host),
            TapTable.service("fd00::100", "80"),
            TapTable.service("fd00::101", "80,8000-8100", arp: .host),
            TapTable.service("fd00::101", "any", .udp, arp: .host))
    }

    private func check(_ expected: [(name: String, frame: [UInt8], fate: Fate)]) throws {
        let fates = try PrivateNetwork.run { network in
            let tap = try Tap()
            try tap.admit(Self.table(on: network.eth0))
            return try expected.map { try tap.fate(of: $0.frame, on: network.eth0) }
        }
        let taken = try DivertTests.taken(expected.map(\.frame))
        for (index, expected) in expected.enumerated() {
            #expect(fates[index] == expected.fate, "\(expected.name)")
            // AF_XDP gives no frame back: what the host's stack gets as well is the host's alone.
            let isARP = Array(expected.frame[12..<14]) == [0x08, 0x06]
            #expect(isARP || taken[index] == (expected.fate == .ours), "\(expected.name)")
        }
    }

    @Test("IPv4 for a VIP of ours: TCP, UDP, fragments and echo requests are ours, the rest is not")
    func ownedIPv4() throws {
        let to = Frame.ethernet()
        let syn = to.ipv4().tcp(.syn)
        try check([
            ("a service", syn, .ours),
            ("a closed port", to.ipv4().tcp(.syn, to: 81), .ours),
            ("UDP", to.ipv4().udp(), .ours),
            ("options", to.ipv4(options: [1, 1, 1, 0]).tcp(.syn), .ours),
            ("first fragment", to.ipv4(fragment: 0x2000).tcp(.syn), .ours),
            ("later fragment", to.ipv4(fragment: 0x0010).payloadFrame(6, [0]), .ours),
            ("fragment of ICMP", to.ipv4(fragment: 0x2000).icmp(), .ours),
            ("echo request", to.ipv4().icmp(type: 8), .ours),
            ("echo reply", to.ipv4().icmp(type: 0), .shared),
            ("redirect", to.ipv4().icmp(type: 5), .shared),
            ("IGMP", to.ipv4().payloadFrame(2, [0x11, 0, 0, 0]), .shared),
            ("ICMPv6 in IPv4", to.ipv4().payloadFrame(58, [128, 0, 0, 0]), .shared),
            ("ARP for the VIP", Frame.ethernet(to: Frame.broadcast, type: 0x0806).arp(), .shared),
            ("another MAC", Frame.ethernet(to: Frame.client).ipv4().tcp(.syn), .shared),
            ("broadcast", Frame.ethernet(to: Frame.broadcast).ipv4().tcp(.syn), .shared),
            ("another address", to.ipv4(to: "192.168.142.4").tcp(.syn), .hosts),
            (
                "ARP for another", Frame.ethernet(type: 0x0806).arp(asks: "192.168.142.4"), .hosts
            ),
            ("another protocol", Frame.ethernet(type: 0x88CC).bytes + [2, 7, 4, 0], .hosts),
        ])
    }

    @Test("IPv4 for a VIP of the host: what has a service's port is ours, the rest is the host's")
    func hostIPv4() throws {
        let vip = "192.168.142.101"
        let to = Frame.ethernet().ipv4(to: vip)
        let first = Frame.ethernet().ipv4(to: vip, fragment: 0x2000)
        let later = Frame.ethernet().ipv4(to: vip, fragment: 0x0001)
        try check([
            ("a service", to.tcp(.syn), .ours),
            ("in a range", to.tcp(.syn, to: 8099), .ours),
            ("a closed port", to.tcp(.syn, to: 8101), .shared),
            ("the other protocol", to.udp(to: 80), .shared),
            ("UDP", to.udp(), .ours),
            ("first fragment", first.udp(), .ours),
            ("later fragment", later.udp(), .shared),
            ("too short for ports", to.payloadFrame(6, [1, 2, 0]), .shared),
            ("echo request", to.icmp(), .shared),
        ])
    }

    @Test("IPv6 for a VIP of ours, and of the host")
    func transportIPv6() throws {
        try check([
            ("a service", TapFrame.ipv6(.tcp(80)), .ours),
            ("a closed port", TapFrame.ipv6(.tcp(81)), .ours),
            ("UDP", TapFrame.ipv6(.udp(53)), .ours),
            ("echo request", TapFrame.ipv6(.icmp(128)), .ours),
            ("echo reply", TapFrame.ipv6(.icmp(129)), .shared),
            (
                "ICMP of IPv4", TapFrame.ipv6(TapFrame.Part(number: 1, bytes: [8, 0, 0, 0])),
                .shared
            ),
            ("no next header", TapFrame.ipv6(TapFrame.Part(number: 59, bytes: [])), .shared),
            ("first fragment", TapFrame.ipv6(.fragment(more: true), .icmp(129)), .ours),
            (
                "later fragment",
                TapFrame.ipv6(.fragment(at: 8), TapFrame.Part(number: 58, bytes: [0])), .ours
            ),
            ("atomic fragment", TapFrame.ipv6(.fragment(), .icmp(129)), .shared),
            ("another MAC", TapFrame.ipv6(mac: Frame.client, .tcp(80)), .shared),
            ("another address", TapFrame.ipv6(to: "fd00::4", .tcp(80)), .hosts),
            ("a mapped address", TapFrame.ipv6(to: "192.168.142.100", .tcp(80)), .hosts),
            ("the host's: a service", TapFrame.ipv6(to: "fd00::101", .tcp(8000)), .ours),
            ("the host's: closed", TapFrame.ipv6(to: "fd00::101", .tcp(7999)), .shared),
            ("the host's: any", TapFrame.ipv6(to: "fd00::101", .udp(1)), .ours),
            (
                "the host's: first",
                TapFrame.ipv6(to: "fd00::101", .fragment(more: true), .tcp(80)), .ours
            ),
            (
                "the host's: later", TapFrame.ipv6(to: "fd00::101", .fragment(at: 8), .tcp(80)),
                .shared
            ),
            ("the host's: atomic", TapFrame.ipv6(to: "fd00::101", .fragment(), .tcp(80)), .ours),
            ("the host's: echo request", TapFrame.ipv6(to: "fd00::101", .icmp(128)), .shared),
        ])
    }

    @Test("up to eight extension headers are read over; what can not be read is ours with our VIP")
    func extensions() throws {
        let all: [TapFrame.Part] = [
            .options(0), .options(60, words: 3), .routing, .authentication, .fragment(),
        ]
        let host = "fd00::101"
        func times(_ count: Int, _ last: TapFrame.Part) -> [TapFrame.Part] {
            Array(repeating: .options(60), count: count) + [last]
        }
        try check([
            ("each kind", TapFrame.ipv6(to: host, parts: all + [.tcp(80)]), .ours),
            ("each kind, closed", TapFrame.ipv6(to: host, parts: all + [.tcp(81)]), .shared),
            ("eight", TapFrame.ipv6(to: host, parts: times(8, .tcp(80))), .ours),
            ("nine", TapFrame.ipv6(to: host, parts: times(9, .tcp(80))), .shared),
            ("eight before an echo request", TapFrame.ipv6(parts: times(8, .icmp(128))), .ours),
            ("eight before an echo reply", TapFrame.ipv6(parts: times(8, .icmp(129))), .shared),
            ("nine for ours", TapFrame.ipv6(parts: times(9, .icmp(129))), .ours),
            (
                "nine for ours by a group",
                TapFrame.ipv6(
                    mac: MACAddress(rawValue: 0x3333_FF00_0100), parts: times(9, .tcp(80))),
                .shared
            ),
            ("cut", Array(TapFrame.ipv6(parts: times(1, .tcp(80))).dropLast(22)), .ours),
            (
                "cut, the host's",
                Array(TapFrame.ipv6(to: host, parts: times(1, .tcp(80))).dropLast(22)),
                .shared
            ),
            (
                "ESP",
                TapFrame.ipv6(
                    to: host, TapFrame.Part(number: 50, bytes: TapFrame.Part.tcp(80).bytes)),
                .shared
            ),
        ])
    }

    @Test("neighbour solicitations for a VIP of ours are ours, by group and by address")
    func solicitations() throws {
        let group = "ff02::1:ff00:100"
        let groupMAC = MACAddress(rawValue: 0x3333_FF00_0100)
        func asking(
            _ vip: String, to: String = "ff02::1:ff00:100", mac: MACAddress = groupMAC,
            type: UInt8 = 135
        ) -> [UInt8] {
            TapFrame.ipv6(
                to: to, mac: mac,
                .icmp(type, [0, 0, 0, 0] + TapFrame.bytes(of: vip) + [1, 1, 2, 0, 0, 0, 0, 3]))
        }
        try check([
            ("to the group", asking("fd00::100"), .ours),
            ("to the group by our MAC", asking("fd00::100", mac: Frame.director), .ours),
            ("to the VIP", asking("fd00::100", to: "fd00::100", mac: Frame.director), .ours),
            ("by another's MAC", asking("fd00::100", mac: Frame.client), .shared),
            ("for another address of the group", asking("fd01::100"), .hosts),
            ("for a mapped address", asking("192.168.142.100"), .hosts),
            ("an advertisement", asking("fd00::100", type: 136), .hosts),
            (
                "for another, to the VIP", asking("fd00::4", to: "fd00::100", mac: Frame.director),
                .shared
            ),
            ("for the host's VIP", asking("fd00::101"), .shared),
            ("to all hosts", asking("fd00::100", to: "ff02::1"), .hosts),
            ("TCP to the group", TapFrame.ipv6(to: group, mac: groupMAC, .tcp(80)), .hosts),
            ("TCP to the VIP by the group", TapFrame.ipv6(mac: groupMAC, .tcp(80)), .shared),
            (
                "behind options",
                TapFrame.ipv6(
                    to: group, mac: groupMAC, .options(0),
                    .icmp(135, [0, 0, 0, 0] + TapFrame.bytes(of: "fd00::100"))),
                .ours
            ),
            (
                "cut", TapFrame.ipv6(to: group, mac: groupMAC, .icmp(135, [0, 0, 0, 0, 0xFD])),
                .hosts
            ),
        ])
    }

    @Test(
        "ICMP errors that quote a packet of a service are ours, with either kind of VIP",
        arguments: ["192.168.142.100", "192.168.142.101"])
    func errorsIPv4(vip: String) throws {
        func sent(by source: String, from port: UInt16 = 80, fragment: UInt16 = 0) -> [UInt8] {
            let packet = Frame.ethernet().ipv4(
                from: source, to: "192.168.142.3", fragment: fragment, options: [1, 1, 1, 0])
            return Array(packet.tcp(.ack, from: port, to: 40000).dropFirst(14).prefix(28 + 4))
        }
        func error(_ type: UInt8, _ quote: [UInt8]) -> [UInt8] {
            Frame.ethernet().ipv4(to: vip).icmp(type: type, payload: quote)
        }
        let others: [UInt8] = [0, 5, 12, 13]
        let udp = Frame.ethernet().ipv4(from: vip, to: "192.168.142.3").udp(from: 80)
        try check([3, 4, 11].map { ("type \($0)", error($0, sent(by: vip)), .ours) })
        try check(others.map { ("type \($0)", error($0, sent(by: vip)), .shared) })
        try check([
            ("a port of no service", error(3, sent(by: vip, from: 81)), .shared),
            ("no service by protocol", error(3, Array(udp.dropFirst(14))), .shared),
            ("another sender", error(3, sent(by: "192.168.142.4")), .shared),
            ("a first fragment quoted", error(3, sent(by: vip, fragment: 0x2000)), .ours),
            ("a later fragment quoted", error(3, sent(by: vip, fragment: 0x0001)), .shared),
            ("a short quote", error(3, Array(sent(by: vip).prefix(27))), .shared),
            ("the ports alone", error(3, Array(sent(by: vip).prefix(28))), .ours),
        ])
    }

    @Test(
        "ICMPv6 errors that quote a packet of a service are ours, with either kind of VIP",
        arguments: ["fd00::100", "fd00::101"])
    func errorsIPv6(vip: String) throws {
        func sent(by source: String, _ parts: TapFrame.Part...) -> [UInt8] {
            Array(TapFrame.ipv6(to: "fd00::3", from: source, parts: parts).dropFirst(14))
        }
        func error(_ type: UInt8, _ quote: [UInt8]) -> [UInt8] {
            TapFrame.ipv6(to: vip, .icmp(type, [0, 0, 5, 0] + quote))
        }
        let packet = sent(by: vip, .tcp(40000, from: 80))
        let eight = Array(repeating: TapFrame.Part.options(60), count: 8)
        try check([1, 2, 3, 4].map { ("type \($0)", error($0, packet), .ours) })
        try check([0, 5, 100, 129].map { ("type \($0)", error($0, packet), .shared) })
        try check([
            ("a port of no service", error(2, sent(by: vip, .tcp(40000, from: 81))), .shared),
            ("another sender", error(2, sent(by: "fd00::4", .tcp(40000, from: 80))), .shared),
            ("ICMP quoted", error(2, sent(by: vip, .icmp(129))), .shared),
            ("behind options", error(2, sent(by: vip, .options(0), .tcp(4, from: 80))), .ours),
            ("the first", error(2, sent(by: vip, .fragment(more: true), .tcp(4, from: 80))), .ours),
            ("a later", error(2, sent(by: vip, .fragment(at: 8), .tcp(4, from: 80))), .shared),
            (
                "behind eight",
                error(
                    2,
                    Array(
                        TapFrame.ipv6(to: "fd00::3", from: vip, parts: eight + [.tcp(4, from: 80)])
                            .dropFirst(14))), .ours
            ),
            ("a short quote", error(2, Array(packet.prefix(43))), .shared),
            ("the ports alone", error(2, Array(packet.prefix(44))), .ours),
        ])
    }
}
