// SPDX-License-Identifier: Apache-2.0

import Glibc
import LVSModel
import Testing

@testable import DataPlane

/// The programs for checks over single frames: director .4, real servers .5 and .6, VIP .100.
@Suite(
    .serialized,
    .enabled("needs root, for the programs and a network of its own") { geteuid() == 0 }
)
struct CheckFrameTests {
    private static let mark: UInt32 = 7
    private static let web1 = MACAddress(rawValue: 0x0200_0000_0005)
    private static let web2 = MACAddress(rawValue: 0x0200_0000_0006)
    private static let otherNIC = MACAddress(rawValue: 0x0200_0000_0015)

    private static func prefix(_ family: IPAddress.Family) -> String {
        family == .ipv4 ? "192.168.142." : "fd00::8e:"
    }

    /// A packet of the director's to `host` by a real server's MAC address.
    private static func out(
        _ family: IPAddress.Family, to host: String, by mac: MACAddress = web1
    ) -> any Packet {
        packet(family, from: "4", to: host, source: Frame.director, destination: mac)
    }

    /// A packet for the director.
    private static func back(
        _ family: IPAddress.Family, from host: String, by mac: MACAddress = web1
    ) -> any Packet {
        packet(family, from: host, to: "4", source: mac, destination: Frame.director)
    }

    private static func packet(
        _ family: IPAddress.Family, from: String, to: String, source: MACAddress,
        destination: MACAddress
    ) -> any Packet {
        let frame = Frame.ethernet(to: destination, from: source)
        let (from, to) = (prefix(family) + from, prefix(family) + to)
        return family == .ipv4 ? frame.ipv4(from: from, to: to) : frame.ipv6(from: from, to: to)
    }

    /// What becomes of frames, one after the other.
    private enum Step {
        case sent([UInt8], mark: UInt32 = CheckFrameTests.mark)
        case received([UInt8])
    }

    private func run(_ family: IPAddress.Family, _ steps: [Step]) throws -> [[UInt8]] {
        try PrivateNetwork.run { network in
            let program = try CheckProgram()
            try program.tell(ip(Self.prefix(family) + "100"), mark: Self.mark)
            return try steps.map { step in
                switch step {
                case .sent(let frame, let mark): try program.sent(frame, mark: mark)
                case .received(let frame): try program.received(frame, on: network.eth0)
                }
            }
        }
    }

    @Test(
        "TCP, UDP and echo: RIP becomes VIP, VIP becomes RIP, and all checksums are right",
        arguments: CheckAddressTests.families)
    func turns(family: IPAddress.Family) throws {
        let reply: UInt8 = family == .ipv4 ? 0 : 129
        let kinds: [(any Packet, any Packet) -> ([UInt8], [UInt8])] = [
            { ($0.tcp(.syn), $1.tcp([.syn, .ack], from: 80, to: 40000)) },
            { ($0.udp(), $1.udp(from: 53, to: 40000)) },
            { ($0.icmp(), $1.icmp(type: reply)) },
        ]
        for kind in kinds {
            let (plain, answer) = kind(Self.out(family, to: "5"), Self.back(family, from: "5"))
            let (turned, came) = kind(Self.out(family, to: "100"), Self.back(family, from: "100"))
            let seen = try run(family, [.sent(plain), .received(came)])
            #expect(seen == [turned, answer])
            #expect(seen.allSatisfy(checksOut))
        }
    }

    @Test("a UDP checksum of 0 stays 0", arguments: CheckAddressTests.families)
    func noChecksum(family: IPAddress.Family) throws {
        func bare(_ packet: any Packet, _ from: UInt16, _ to: UInt16) -> [UInt8] {
            packet.payloadFrame(17, from.bytes + to.bytes + [0, 9, 0, 0, 1])
        }
        let seen = try run(
            family,
            [
                .sent(bare(Self.out(family, to: "5"), 40000, 53)),
                .received(bare(Self.back(family, from: "100"), 53, 40000)),
            ])
        #expect(
            seen == [
                bare(Self.out(family, to: "100"), 40000, 53),
                bare(Self.back(family, from: "5"), 53, 40000),
            ])
    }

    @Test("what has no mark, or another, or is no check's, stays as it is")
    func untouched() throws {
        let out = Self.out(.ipv4, to: "5")
        let back = Self.back(.ipv4, from: "100")
        let frames: [Step] = [
            .sent(out.tcp(.syn), mark: 0), .sent(out.tcp(.syn), mark: 8),
            .sent(out.icmp(type: 0)), .sent(out.payloadFrame(47, [0, 0, 8, 0])),
            .sent(Self.out(.ipv6, to: "5").tcp(.syn)), .sent(Self.out(.ipv4, to: "100").udp()),
            .sent(Frame.ethernet(type: 0x0806).arp()), .sent(out.payloadFrame(6, [1, 2])),
            .received(back.tcp(.ack, from: 80, to: 40000)),
            .received(back.icmp(type: 0)),
        ]
        let before = frames.map {
            switch $0 {
            case .sent(let frame, _), .received(let frame): frame
            }
        }
        #expect(try run(.ipv4, frames) == before)
    }

    @Test("what is not the answer to what was asked stays as it is")
    func otherReplies() throws {
        let asked = Self.out(.ipv4, to: "5").tcp(.syn)
        let back = Self.back(.ipv4, from: "100")
        let others = [
            back.tcp(.ack, from: 81, to: 40000), back.tcp(.ack, from: 80, to: 40001),
            back.udp(from: 80, to: 40000), Self.back(.ipv4, from: "101").tcp(.ack, from: 80),
            Frame.ethernet(to: Frame.client, from: Self.web1)
                .ipv4(from: "192.168.142.100", to: "192.168.142.4")
                .tcp(.ack, from: 80, to: 40000),
            Frame.ethernet(from: Self.web1).ipv4(from: "192.168.142.100", to: "192.168.142.9")
                .tcp(.ack, from: 80, to: 40000),
        ]
        let seen = try run(.ipv4, [.sent(asked)] + others.map(Step.received))
        #expect(seen.dropFirst() == others[...])
    }

    @Test("the MAC address tells whose reply it is; an unknown one is of who was asked last")
    func replyMACs() throws {
        func reply(from host: String, by mac: MACAddress) -> [UInt8] {
            Self.back(.ipv4, from: host, by: mac).tcp(.ack, from: 80, to: 40000)
        }
        let seen = try run(
            .ipv4,
            [
                .sent(Self.out(.ipv4, to: "5").tcp(.syn)),
                .sent(Self.out(.ipv4, to: "6", by: Self.web2).tcp(.syn)),
                .sent(Self.out(.ipv4, to: "6", by: Self.web2).tcp(.syn, from: 40001)),
                .received(reply(from: "100", by: Self.web1)),
                .received(reply(from: "100", by: Self.web2)),
                .received(reply(from: "100", by: Self.otherNIC)),
            ])
        #expect(
            seen.suffix(3) == [
                reply(from: "5", by: Self.web1), reply(from: "6", by: Self.web2),
                reply(from: "6", by: Self.otherNIC),
            ])
    }

    @Test("a reply by a real server that was asked something else is nobody's")
    func stranger() throws {
        let reply = Self.back(.ipv4, from: "100", by: Self.web1)
            .tcp([.syn, .ack], from: 80, to: 40001)
        let seen = try run(
            .ipv4,
            [
                .sent(Self.out(.ipv4, to: "5").tcp(.syn)),
                .sent(Self.out(.ipv4, to: "6", by: Self.web2).tcp(.syn, from: 40001)),
                .received(reply),
            ])
        #expect(seen[2] == reply)
    }

    @Test(
        "the packet that an ICMP error quotes went to the RIP, and a VIP that says so is the RIP",
        arguments: CheckAddressTests.families)
    func errors(family: IPAddress.Family) throws {
        let types: [UInt8] = family == .ipv4 ? [3, 4, 11] : [1, 2, 3, 4]
        func error(_ type: UInt8, from host: String, about asked: String, cut: Int) -> [UInt8] {
            let quote = Self.out(family, to: asked).udp(payload: Array(repeating: 7, count: 64))
            // The quoted packet's own checksum is nobody's to look at, and stays the wire's.
            var bytes = Array(quote.dropFirst(14))
            let at = (family == .ipv4 ? 20 : 40) + 6
            bytes.replaceSubrange(at..<at + 2, with: [0xAB, 0xCD])
            return Self.back(family, from: host).icmp(
                type: type, rest: 1400, payload: Array(bytes.prefix(cut)))
        }
        let short = family == .ipv4 ? 28 : 48
        for (host, wanted) in [("100", "5"), ("1", "1")] {
            for (type, cut) in types.flatMap({ type in [short, 1000].map { (type, $0) } }) {
                let seen = try run(
                    family,
                    [
                        .sent(Self.out(family, to: "5").udp()),
                        .received(error(type, from: host, about: "100", cut: cut)),
                    ])
                #expect(seen[1] == error(type, from: wanted, about: "5", cut: cut))
                #expect(checksOut(seen[1]))
            }
        }
    }

    @Test("an error about a packet that was no check stays as it is", arguments: [3, 5, 8, 11])
    func otherErrors(type: UInt8) throws {
        let quoted: [[UInt8]] = [
            Self.out(.ipv4, to: "100").udp(from: 40001),
            Self.out(.ipv4, to: "100").udp(to: 54),
            Self.out(.ipv4, to: "101").udp(),
            Frame.ethernet().ipv4(from: "192.168.142.9", to: "192.168.142.100").udp(),
            Array(Self.out(.ipv4, to: "100").udp().prefix(14 + 23)),
        ]
        let errors = quoted.map {
            Self.back(.ipv4, from: "100").icmp(type: type, payload: Array($0.dropFirst(14)))
        }
        let seen = try run(
            .ipv4, [.sent(Self.out(.ipv4, to: "5").udp())] + errors.map(Step.received))
        #expect(seen.dropFirst() == errors[...])
    }

    @Test("later fragments follow the mark, and come back by the MAC address")
    func fragments() throws {
        func out(_ host: String) -> [UInt8] {
            Frame.ethernet(to: Self.web1, from: Frame.director)
                .ipv4(from: "192.168.142.4", to: "192.168.142." + host, fragment: 0x0002)
                .payloadFrame(17, Array(0..<16))
        }
        func back(_ host: String, _ mac: MACAddress) -> [UInt8] {
            Frame.ethernet(from: mac)
                .ipv4(from: "192.168.142." + host, to: "192.168.142.4", fragment: 0x0002)
                .payloadFrame(17, Array(0..<16))
        }
        let seen = try run(
            .ipv4,
            [
                .sent(Self.out(.ipv4, to: "5").udp()), .sent(out("5")),
                .received(back("100", Self.web1)), .received(back("100", Self.otherNIC)),
            ])
        #expect(
            seen.dropFirst() == [
                out("100"), back("5", Self.web1), back("100", Self.otherNIC),
            ])
    }
}
