// SPDX-License-Identifier: Apache-2.0

import CHostNetwork
import Glibc
import HostNetwork
import LVSModel
import Subprocess
import Testing

/// Tests against the running kernel, each in network namespaces of its own.
@Suite(
    "Kernel", .serialized, .timeLimit(.minutes(1)),
    .enabled("needs root, to make network namespaces") { geteuid() == 0 })
struct KernelTests {}

/// A director and a web server in namespaces of their own, joined by a veth pair: `eth0` at both
/// ends; 10.9.0.1, fd09::1 and 02:00:00:00:00:01 here, 10.9.0.2, fd09::2 and 02:00:00:00:00:02
/// there.
struct NamespacePair: Sendable {
    static let webAddress = IPAddress(ipv4: 0x0A09_0002)
    static let webAddress6 = address6(2)
    /// Of both families.
    static let webAddresses = [webAddress, webAddress6]
    static let webMAC = MACAddress(rawValue: 0x0200_0000_0002)

    let director: String
    let web: String

    /// fd09::NUMBER.
    static func address6(_ number: UInt64) -> IPAddress {
        IPAddress(high: 0xFD09 << 48, low: number)
    }

    /// Makes them, hands them to the body with the director's network, and takes them away.
    static func run(
        _ body: (NamespacePair, HostNetwork) async throws -> Void
    ) async throws {
        let name = "lvsdr-test-\(getpid())-\(UInt32.random(in: 0...UInt32.max))"
        let pair = NamespacePair(director: "\(name)-d", web: "\(name)-w")
        let outcome: Result<Void, any Error>
        do {
            try await pair.make()
            let network = try pair.inDirector { try HostNetwork() }
            try await body(pair, network)
            await network.close()
            outcome = .success(())
        } catch {
            outcome = .failure(error)
        }
        await pair.remove()
        try outcome.get()
    }

    /// IPv6 waits for news of the carrier, which the kernel tells at once where the two ends differ
    /// in their index, and otherwise up to a second later.
    private func make() async throws {
        for namespace in [director, web] {
            try await command("ip netns add \(namespace)")
            try await command(
                "ip netns exec \(namespace) sysctl -q -w \(Self.kernelSettings)")
        }
        try await ip(lines: [
            "link set lo up",
            "link add eth0 index 7 address 02:00:00:00:00:01 type veth"
                + " peer name eth0 index 8 address 02:00:00:00:00:02 netns \(web)",
            "address add 10.9.0.1/24 dev eth0",
            "address add \(Self.address6(1))/64 dev eth0 nodad",
            "link set eth0 up",
        ])
        try await command(
            "ip -n \(web) -batch -",
            input: """
                link set lo up
                address add \(Self.webAddress)/24 dev eth0
                address add \(Self.webAddress6)/64 dev eth0 nodad
                link set eth0 up

                """)
    }

    /// Addresses are usable at once and outlive an interface that is down, as IPv4's do.
    private static let kernelSettings = [
        "all.accept_dad=0", "default.accept_dad=0", "default.accept_ra=0",
        "default.keep_addr_on_down=1",
    ].map { "net.ipv6.conf.\($0)" }.joined(separator: " ")

    /// In a task of its own: it also runs to its end where the test's was cancelled.
    private func remove() async {
        await Task {
            for namespace in [director, web] {
                _ = try? await command("ip netns delete \(namespace)")
            }
        }.value
    }

    /// Runs `ip` for the director.
    func ip(_ words: String) async throws {
        try await command("ip -n \(director) \(words)")
    }

    func ipAtWeb(_ words: String) async throws {
        try await command("ip -n \(web) \(words)")
    }

    /// The director's neighbours as `ip` shows them.
    func neighbours() async throws -> String {
        try await command("ip -n \(director) neighbour show dev eth0")
    }

    /// Runs many commands of `ip` for the director, a line each.
    func ip(lines: some Sequence<String> & Sendable) async throws {
        try await command(
            "ip -n \(director) -batch -", input: lines.joined(separator: "\n") + "\n")
    }

    /// Returns what the command wrote.
    @discardableResult
    func command(_ words: String, input: String = "") async throws -> String {
        let words = words.split(separator: " ").map(String.init)
        let result = try await Subprocess.run(
            .name(words[0]), arguments: Arguments(Array(words.dropFirst())), input: .string(input),
            output: .string(limit: 65_536), error: .string(limit: 65_536))
        guard result.terminationStatus.isSuccess else {
            throw CommandFailed(words: words, errors: result.standardError)
        }
        return result.standardOutput
    }

    /// Runs the body on a thread in the director's namespace.
    func inDirector<Value>(_ body: @escaping () throws -> Value) throws -> Value {
        try inNamespace(director, body)
    }

    /// Runs the body on a thread in one of the two namespaces.
    func inNamespace<Value>(
        _ namespace: String, _ body: @escaping () throws -> Value
    ) throws -> Value {
        let descriptor = unsafe open("/run/netns/\(namespace)", O_RDONLY | O_CLOEXEC)
        defer { close(descriptor) }
        var result: Result<Value, any Error>?
        let visit = Visit { result = Result(catching: body) }
        let code = unsafe hn_run_in_namespace(
            descriptor,
            { visit in
                guard let visit = unsafe visit else { return }
                unsafe Unmanaged<Visit>.fromOpaque(visit).takeUnretainedValue().body()
            },
            Unmanaged.passUnretained(visit).toOpaque())
        guard let result else {
            throw HostNetworkError(operation: "enter \(namespace)", errno: -code)
        }
        return try result.get()
    }
}

private final class Visit {
    let body: () -> Void

    init(_ body: @escaping () -> Void) {
        self.body = body
    }
}

extension HostNetwork {
    func index(of name: String) throws -> Int32 {
        try #require(try link(named: name)).index
    }
}

struct CommandFailed: Error {
    let words: [String]
    let errors: String
}
