// SPDX-License-Identifier: Apache-2.0

import Glibc
import LVSModel
import Testing

@testable import HostNetwork

extension KernelTests {
    /// 10.9.0.100 and fd09::100 are the director's VIPs, and the web server's claims are heard.
    @Suite("Segment")
    struct Segments {
        private static let vip = IPAddress(ipv4: 0x0A09_0064)
        private static let vip6 = NamespacePair.address6(0x100)
        private static let other = IPAddress(ipv4: 0x0A09_0007)
        private static let other6 = NamespacePair.address6(7)
        private static let none = IPAddress(ipv4: 0)
        private static let none6 = IPAddress(high: 0, low: 0)
        private static let director = IPAddress(ipv4: 0x0A09_0001)

        /// A name, what is sent, and what it claims.
        private static let frames: [(String, [UInt8], VIPClaim?)] = [
            ("an answer", Frame.arp(2, from: vip, to: director), holder(vip)),
            ("an announcement that asks", Frame.arp(1, from: vip, to: vip), holder(vip)),
            ("an announcement that answers", Frame.arp(2, from: vip, to: vip), holder(vip)),
            ("a question in the VIP's name", Frame.arp(1, from: vip, to: other), sender(vip)),
            ("a probe", Frame.arp(1, from: none, to: vip), nil),
            ("a question for the VIP", Frame.arp(1, from: other, to: vip), nil),
            ("another host's answer", Frame.arp(2, from: other, to: director), nil),
            ("another operation", Frame.arp(3, from: vip, to: director), nil),
            ("a truncated answer", Array(Frame.arp(2, from: vip, to: vip).prefix(41)), nil),
            ("a head alone", Array(Frame.arp(2, from: vip, to: vip).prefix(14)), nil),
            (
                "an answer of another hardware",
                Frame.arp(2, from: vip, to: vip).replaced(at: 15, by: 6), nil
            ),
            (
                "the director's own, come back",
                Frame.arp(2, from: vip, to: vip).replaced(at: 27, by: 1), nil
            ),
            ("an advertisement", Frame.nd(136, from: other6, of: vip6), holder(vip6)),
            ("a solicitation from the VIP", Frame.nd(135, from: vip6, of: other6), sender(vip6)),
            ("a solicitation for the VIP", Frame.nd(135, from: other6, of: vip6), nil),
            ("a probe of IPv6", Frame.nd(135, from: none6, of: vip6), nil),
            ("a router's advertisement", Frame.nd(134, from: vip6, of: vip6), nil),
            (
                "an advertisement from another network",
                Frame.nd(136, from: vip6, of: vip6).replaced(at: 21, by: 254), nil
            ),
            (
                "a truncated advertisement",
                Array(Frame.nd(136, from: vip6, of: vip6).prefix(77)), nil
            ),
        ]

        private static func holder(_ vip: IPAddress) -> VIPClaim {
            VIPClaim(vip: vip, mac: NamespacePair.webMAC, kind: .holder)
        }

        private static func sender(_ vip: IPAddress) -> VIPClaim {
            VIPClaim(vip: vip, mac: NamespacePair.webMAC, kind: .sender)
        }

        @Test("answers, announcements and questions in a VIP's name are claims; nothing else is")
        func claims() async throws {
            try await NamespacePair.run { pair, network in
                let segment = try await pair.segment(network, [Self.vip, Self.vip6])
                let wire = try pair.wireOfWeb()
                // Behind each frame one that is known to be a claim.
                for (name, frame, claim) in Self.frames {
                    try wire.send(frame)
                    try wire.send(Frame.arp(1, from: Self.vip, to: Self.director))
                    var heard: [VIPClaim] = []
                    for _ in 0..<(claim == nil ? 1 : 2) { heard.append(try await segment.next()) }
                    let expected = [claim].compactMap(\.self) + [Self.sender(Self.vip)]
                    #expect(heard == expected, "\(name)")
                }
            }
        }

        @Test("only what is listened for now is a claim")
        func watch() async throws {
            try await NamespacePair.run { pair, network in
                let segment = try await pair.segment(network, [])
                let wire = try pair.wireOfWeb()
                try wire.send(Frame.arp(2, from: Self.vip, to: Self.vip))
                try segment.watch([Self.other])
                try wire.send(Frame.arp(2, from: Self.vip, to: Self.vip))
                try wire.send(Frame.arp(2, from: Self.other, to: Self.other))
                #expect(try await segment.next() == Self.holder(Self.other))
            }
        }

        @Test("who has an address answers when it is asked for, and learns nothing from that")
        func ask() async throws {
            try await NamespacePair.run { pair, network in
                let segment = try await pair.segment(network, NamespacePair.webAddresses)
                for address in NamespacePair.webAddresses {
                    try segment.ask(for: address)
                    #expect(try await segment.next() == Self.holder(address))
                }
                let known = try await pair.command("ip -n \(pair.web) neighbour show dev eth0")
                #expect(!known.contains("10.9.0.1") && !known.contains("fd09::1"))
                try segment.ask(for: Self.vip)
                try segment.ask(for: NamespacePair.webAddress)
                #expect(try await segment.next() == Self.holder(NamespacePair.webAddress))
            }
        }

        @Test("what is announced is known at once to who had another MAC address for it")
        func announce() async throws {
            try await NamespacePair.run { pair, network in
                let segment = try await pair.segment(network, [])
                for vip in [Self.vip, Self.vip6] {
                    try await pair.ipAtWeb(
                        "neighbour add \(vip) dev eth0 lladdr 02:00:00:00:00:99 nud stale")
                    try segment.announce(vip)
                    var known = ""
                    for _ in 0..<500 where !known.contains("02:00:00:00:00:01") {
                        known = try await pair.command(
                            "ip -n \(pair.web) neighbour show \(vip) dev eth0")
                    }
                    #expect(known.contains("02:00:00:00:00:01"))
                }
            }
        }

        @Test("a link that was down is listened to again; while it is, nobody can be asked")
        func linkDown() async throws {
            try await NamespacePair.run { pair, network in
                let segment = try await pair.segment(network, NamespacePair.webAddresses)
                try await pair.ip("link set eth0 down")
                #expect(throws: HostNetworkError.self) { try segment.ask(for: Self.vip) }
                try await pair.ip("link set eth0 up")
                // The kernel sets the other end going on its own time; what is sent there before is lost.
                let asking = Task {
                    while true {
                        try segment.ask(for: NamespacePair.webAddress)
                        try await Task.sleep(for: .milliseconds(50))
                    }
                }
                defer { asking.cancel() }
                #expect(try await segment.next() == Self.holder(NamespacePair.webAddress))
            }
        }

        @Test("claims end with the segment")
        func ends() async throws {
            try await NamespacePair.run { pair, network in
                let index = try await network.index(of: "eth0")
                let claims = try pair.inDirector { try Segment(interface: index).claims }
                for await _ in claims {}
                #expect(throws: HostNetworkError.self) {
                    try pair.inDirector { _ = try Segment(interface: 4_711) }
                }
            }
        }
    }
}

extension NamespacePair {
    /// One of the director's `eth0`.
    fileprivate func segment(
        _ network: HostNetwork, _ vips: [IPAddress]
    ) async throws -> Segment {
        let index = try await network.index(of: "eth0")
        let segment = try inDirector { try Segment(interface: index) }
        try segment.watch(vips)
        return segment
    }

    fileprivate func wireOfWeb() throws -> Wire {
        try inNamespace(web) { try Wire(interface: 8) }
    }
}

extension Segment {
    /// The next claim, within five seconds.
    fileprivate func next() async throws -> VIPClaim {
        let claims = claims
        let reading = Task {
            for await claim in claims { return claim }
            throw CancellationError()
        }
        let limit = Task {
            try await Task.sleep(for: .seconds(5))
            reading.cancel()
        }
        defer { limit.cancel() }
        return try await reading.value
    }
}

/// Sends frames as they are.
private final class Wire {
    private let descriptor: Int32
    /// `struct sockaddr_ll` (packet(7)).
    private let place: [UInt8]

    init(interface: UInt8) throws {
        place =
            [UInt8(AF_PACKET), 0, 0, 0, interface, 0, 0, 0, 0, 0, 0, 6]
            + [UInt8](repeating: 0, count: 8)
        descriptor = socket(AF_PACKET, Int32(SOCK_RAW.rawValue), 0)
        if descriptor < 0 { throw HostNetworkError(operation: "open a wire", errno: errno) }
    }

    deinit {
        close(descriptor)
    }

    func send(_ frame: [UInt8]) throws {
        let sent = unsafe place.withUnsafeBytes { place in
            unsafe sendto(
                descriptor, frame, frame.count, 0,
                place.assumingMemoryBound(to: sockaddr.self).baseAddress,
                socklen_t(place.count))
        }
        try #require(sent == frame.count)
    }
}

/// Frames of the web server to everybody.
private enum Frame {
    static let head = [UInt8](repeating: 0xFF, count: 6) + NamespacePair.webMAC.bytes

    static func arp(_ operation: UInt8, from sender: IPAddress, to asked: IPAddress) -> [UInt8] {
        head + [8, 6, 0, 1, 8, 0, 6, 4, 0, operation] + NamespacePair.webMAC.bytes
            + sender.wireBytes + [0, 0, 0, 0, 0, 0] + asked.wireBytes
    }

    /// Without a checksum: who listens needs none.
    static func nd(_ type: UInt8, from source: IPAddress, of address: IPAddress) -> [UInt8] {
        let group: [UInt8] = [0xFF, 2] + [UInt8](repeating: 0, count: 13) + [1]
        return head + [0x86, 0xDD, 0x60, 0, 0, 0, 0, 24, 58, 255] + source.wireBytes + group
            + [type, 0, 0, 0, 0, 0, 0, 0] + address.wireBytes
    }
}

extension [UInt8] {
    fileprivate func replaced(at index: Int, by byte: UInt8) -> [UInt8] {
        var bytes = self
        bytes[index] = byte
        return bytes
    }
}

extension IPAddress {
    fileprivate var wireBytes: [UInt8] {
        ipv4 == nil ? bytes : Array(bytes.suffix(4))
    }
}
