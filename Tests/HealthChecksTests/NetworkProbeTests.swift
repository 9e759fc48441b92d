// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials
import Glibc
import LVSModel
import NIOCore
import Testing

@testable import HealthChecks

/// In a network of their own: what is behind `hole` takes every packet and never answers; packets
/// with the mark of a VIP go another way, which is closed.
@Suite(
    "Checks in a network of their own", .serialized, .timeLimit(.minutes(1)),
    .enabled("needs root, to make a network namespace") { geteuid() == 0 })
struct NetworkProbeTests {
    private static let mark: UInt32 = 0x4C56_0001
    private static let network = """
        ip link set lo up
        ip link add hole type veth peer name end
        ip link set end up
        ip addr add 10.9.0.1/24 dev hole
        ip addr add fd09::1/64 dev hole nodad
        ip link set hole arp off up
        ip route add unreachable 10.8.0.0/24
        ip rule add fwmark \(mark) lookup 100
        ip route add unreachable default table 100
        ip -6 rule add fwmark \(mark) lookup 100
        ip -6 route add unreachable default table 100
        """

    private static func probes() async throws -> Probes {
        try await inPrivateNetwork(network) { try Probes() }
    }

    private static let kinds: [CheckKind] = [
        .tcp, .icmp, .smtp(SMTPCheck()), .http(HTTPCheck()), .http(HTTPCheck(isEncrypted: true)),
        .dns(DNSCheck()), .udp(UDPCheck(payload: [1])),
    ]

    private static func address(_ text: String) throws -> IPAddress {
        try #require(IPAddress(text))
    }

    @Test("silence, and no way there, are told apart", arguments: kinds)
    func causes(kind: CheckKind) async throws {
        let probes = try await Self.probes()
        func ask(_ address: String) async throws -> CheckOutcome {
            await probes.ask(
                kind, at: try Self.address(address), port: 9, timeout: .milliseconds(300))
        }
        #expect(try await ask("10.9.0.2") == .unanswered("no answer in 300 ms"))
        #expect(try await ask("fd09::2") == .unanswered("no answer in 300 ms"))
        #expect(try await ask("10.8.0.2") == .unanswered("host unreachable"))
        #expect(try await ask("10.7.0.2") == .unanswered("no route"))
        #expect(try await ask("fd07::2") == .unanswered("no route"))
    }

    @Test("the first packet bears the mark already", arguments: kinds)
    func mark(kind: CheckKind) async throws {
        let probes = try await Self.probes()
        for address in ["10.9.0.2", "fd09::2"] {
            let outcome = await probes.ask(
                kind, at: try Self.address(address), port: 9, mark: Self.mark,
                timeout: .seconds(20))
            #expect(outcome == .unanswered("host unreachable"))
        }
    }

    @Test("an echo request is answered", arguments: ["127.0.0.1", "::1"])
    func echo(address: String) async throws {
        let probes = try await Self.probes()
        // Each socket sees the replies to all the others.
        let outcomes = await withTaskGroup(of: CheckOutcome.self) { group in
            for _ in 0..<20 {
                group.addTask {
                    guard let address = IPAddress(address) else { return .failed(address) }
                    return await probes.ask(.icmp, at: address)
                }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(outcomes == Array(repeating: .passed, count: 20))
    }

    @Test(
        "without the right to a raw socket a ping socket serves", arguments: ["127.0.0.1", "::1"])
    func ping(address: String) async throws {
        let address = try Self.address(address)
        let question = ProbeQuestion(
            vip: address, realServer: address, port: 0, timeout: .seconds(20))
        let (sockets, socket) = try await inPrivateNetwork(Self.network) {
            let range = URL(filePath: "/proc/sys/net/ipv4/ping_group_range")
            try Data("0 0".utf8).write(to: range)
            return (SocketProbe(), try ConnectedSocket.echo(question, mayBeRaw: false))
        }
        #expect(!socket.isRaw)
        let outcome = await sockets.run(question) { () throws(IOError) in
            (.connected(socket), ICMPConversation(over: socket, question))
        }
        #expect(outcome == .passed)
    }
}
