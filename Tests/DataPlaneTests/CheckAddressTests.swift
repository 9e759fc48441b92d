// SPDX-License-Identifier: Apache-2.0

import Glibc
import LVSModel
import Testing

@testable import DataPlane

/// Real sockets that ask real servers for their VIP.
@Suite(
    .serialized,
    .enabled("needs root, for the programs and networks of its own") { geteuid() == 0 }
)
struct CheckAddressTests {
    /// What else is at the director.
    enum Setting: CaseIterable {
        case alone, vipOfHost, guarded
    }

    static let port: UInt16 = 8080
    static let families: [IPAddress.Family] = [.ipv4, .ipv6]

    /// Serves the VIPs of both families in a network, and gives the body the mark for one.
    private func checking<Value>(
        _ family: IPAddress.Family, _ setting: Setting = .alone,
        _ body: @escaping (CheckNetwork, UInt32?) throws -> Value
    ) throws -> Value {
        try CheckNetwork.run { network in
            let checks = try CheckAddresses()
            try checks.serve(
                vips: Set(Self.families.map(CheckNetwork.vip)), interfaces: [network.director])
            let tap = setting == .guarded ? try Tap() : nil
            switch setting {
            case .alone: break
            case .vipOfHost:  // never the source of what the director itself sends
                try PrivateNetwork.shell(
                    """
                    ip address add \(CheckNetwork.vip(.ipv4))/32 dev eth0 &&
                    ip address add \(CheckNetwork.vip(.ipv6))/128 dev eth0 nodad preferred_lft 0
                    """)
            case .guarded:
                try tap?.admit(
                    TapTable.of(
                        on: network.director,
                        TapTable.service(CheckNetwork.vip(.ipv4).description, "8080"),
                        TapTable.service(CheckNetwork.vip(.ipv6).description, "8080")))
                _ = try tap?.guardInterface(network.director)
            }
            return try body(network, checks.mark(of: CheckNetwork.vip(family)))
        }
    }

    /// Sends bytes from one end to the other; returns what came.
    private static func pump(
        _ bytes: [UInt8], from: CheckSocket, to: CheckSocket
    ) throws -> [UInt8] {
        var rest = bytes[...]
        var received: [UInt8] = []
        while received.count < bytes.count {
            rest = rest.dropFirst(try from.send(rest))
            received += try to.receive()
        }
        return received
    }

    private static func anyAddress(_ family: IPAddress.Family) -> IPAddress {
        family == .ipv4 ? IPAddress(ipv4: 0) : IPAddress(high: 0, low: 0)
    }

    /// A listener on all addresses of a real server.
    private static func listener(
        _ network: CheckNetwork, _ server: Int, _ family: IPAddress.Family
    ) throws -> CheckSocket {
        try network.on(server: server) {
            let listener = try CheckSocket(.tcp, family)
            try listener.bind(to: Self.anyAddress(family), port: Self.port)
            try listener.listen()
            return listener
        }
    }

    @Test(
        "TCP with the mark speaks with the VIP of that very real server, both ways",
        arguments: families, Setting.allCases)
    func tcp(family: IPAddress.Family, setting: Setting) throws {
        let bytes = (0..<300_000).map { UInt8(truncatingIfNeeded: $0 * 7) }
        let seen = try checking(family, setting) { network, mark in
            try (0..<2).map { server in
                let rip = CheckNetwork.rip(server, family)
                let listener = try Self.listener(network, server, family)
                let client = try CheckSocket(.tcp, family, mark: mark)
                try client.connect(to: rip, port: Self.port)
                let accepted = try listener.accept()
                return try (
                    client.peerAddress(), accepted.localAddress(),
                    Self.pump(bytes, from: client, to: accepted) == bytes,
                    Self.pump(bytes, from: accepted, to: client) == bytes
                )
            }
        }
        for (server, seen) in seen.enumerated() {
            #expect(seen.0 == CheckNetwork.rip(server, family))
            #expect(seen.1 == CheckNetwork.vip(family))
            #expect(seen.2 && seen.3)
        }
    }

    @Test(
        "a closed port of the VIP refuses; without the VIP nobody answers, but the RIP does",
        arguments: families)
    func refusals(family: IPAddress.Family) throws {
        let codes = try checking(family) { network, mark in
            let listener = try Self.listener(network, CheckNetwork.bare, family)
            let rip = CheckNetwork.rip(CheckNetwork.bare, family)
            return try withExtendedLifetime(listener) {
                try [
                    CheckSocket(.tcp, family, mark: mark)
                        .attempt(CheckNetwork.rip(0, family), port: 9),
                    CheckSocket(.tcp, family, mark: mark)
                        .attempt(rip, port: Self.port, atMost: CheckSocket.impatience),
                    CheckSocket(.tcp, family).attempt(rip, port: Self.port),
                ]
            }
        }
        #expect(codes == [ECONNREFUSED, ETIMEDOUT, 0])
    }

    @Test("a real server without the VIP is not taken for the one to which it forwards")
    func forwarding() throws {
        let codes = try checking(.ipv4) { network, mark in
            let listener = try Self.listener(network, 0, .ipv4)
            try network.on(server: CheckNetwork.bare) {
                try PrivateNetwork.shell(
                    """
                    sysctl -qw net.ipv4.ip_forward=1 &&
                    ip route add \(CheckNetwork.vip(.ipv4)) via \(CheckNetwork.rip(0, .ipv4))
                    """)
            }
            return try withExtendedLifetime(listener) {
                try [0, CheckNetwork.bare].map {
                    try CheckSocket(.tcp, .ipv4, mark: mark).attempt(
                        CheckNetwork.rip($0, .ipv4), port: Self.port,
                        atMost: CheckSocket.impatience)
                }
            }
        }
        #expect(codes == [0, ETIMEDOUT])
    }

    @Test("one local port asks two real servers of a VIP at once", arguments: families)
    func samePort(family: IPAddress.Family) throws {
        let answers = try checking(family) { network, mark in
            let servers = try (0..<2).map { try Self.listener(network, $0, family) }
            let clients = try (0..<2).map { server in
                let client = try CheckSocket(.tcp, family, mark: mark)
                try client.bind(to: Self.anyAddress(family), port: 40000)
                try client.connect(to: CheckNetwork.rip(server, family), port: Self.port)
                return client
            }
            let accepted = try servers.map { try $0.accept() }
            for (number, end) in accepted.enumerated().reversed() {
                _ = try end.send([UInt8(number)])
            }
            return try clients.map { try $0.receive() }
        }
        #expect(answers == [[0], [1]])
    }

    @Test(
        "UDP with the mark reaches the VIP, in fragments too, and hears that a port is closed",
        arguments: families, Setting.allCases)
    func udp(family: IPAddress.Family, setting: Setting) throws {
        let payloads = [[1, 2, 3], (0..<6000).map { UInt8(truncatingIfNeeded: $0 * 3) }]
        let seen = try checking(family, setting) { network, mark in
            let rip = CheckNetwork.rip(1, family)
            let server = try network.on(server: 1) {
                let server = try CheckSocket(.udp, family)
                try server.bind(to: CheckNetwork.vip(family), port: 53)
                return server
            }
            let client = try CheckSocket(.udp, family, mark: mark)
            try client.connect(to: rip, port: 53)
            let answers = try payloads.map { payload in
                _ = try client.send(payload[...])
                try server.echo()
                return try client.receive()
            }
            let refused = try CheckSocket(.udp, family, mark: mark)
            try refused.connect(to: rip, port: 54)
            _ = try refused.send([1])
            return (answers, Self.refusal { try refused.receive() })
        }
        #expect(seen.0 == payloads)
        #expect(seen.1 == ECONNREFUSED)
    }

    private static func refusal(_ body: () throws -> [UInt8]) -> Int32? {
        do {
            _ = try body()
            return nil
        } catch let refusal as CheckSocket.Refused {
            return refusal.code
        } catch {
            return -1
        }
    }

    @Test(
        "an echo request with the mark is answered by the real server that has the VIP",
        arguments: families, Setting.allCases)
    func echo(family: IPAddress.Family, setting: Setting) throws {
        let payloads = [[1, 2, 3], (0..<4000).map { UInt8(truncatingIfNeeded: $0 * 3) }]
        let request: [UInt8] = [family == .ipv4 ? 8 : 128, 0, 0, 0, 0, 0, 0, 1]
        let seen = try checking(family, setting) { network, mark in
            let answers = try payloads.map { payload in
                let client = try CheckSocket(.echo, family, mark: mark)
                try client.connect(to: CheckNetwork.rip(0, family), port: 0)
                _ = try client.send((request + payload)[...])
                return Array(try client.receive().dropFirst(8))
            }
            let unanswered = try CheckSocket(.echo, family, mark: mark)
            try unanswered.connect(to: CheckNetwork.rip(CheckNetwork.bare, family), port: 0)
            _ = try unanswered.send(request[...])
            return (
                answers,
                Self.refusal { try unanswered.receive(atMost: CheckSocket.impatience) }
            )
        }
        #expect(seen.0 == payloads)
        #expect(seen.1 == EAGAIN)
    }
}
