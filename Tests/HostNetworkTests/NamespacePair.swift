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
/// ends, 10.9.0.1 and 02:00:00:00:00:01 here, 10.9.0.2 and 02:00:00:00:00:02 there.
struct NamespacePair: Sendable {
    static let webAddress = IPAddress(ipv4: 0x0A09_0002)
    static let webMAC = MACAddress(rawValue: 0x0200_0000_0002)

    let director: String
    let web: String

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

    private func make() async throws {
        for namespace in [director, web] {
            try await command("ip netns add \(namespace)")
            try await command("ip -n \(namespace) link set lo up")
        }
        try await ip(
            """
            link add eth0 address 02:00:00:00:00:01 type veth \
            peer name eth0 address 02:00:00:00:00:02 netns \(web)
            """)
        try await ip("address add 10.9.0.1/24 dev eth0")
        try await ip("link set eth0 up")
        try await ipAtWeb("address add 10.9.0.2/24 dev eth0")
        try await ipAtWeb("link set eth0 up")
    }

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
        let descriptor = unsafe open("/run/netns/\(director)", O_RDONLY | O_CLOEXEC)
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
            throw HostNetworkError(operation: "enter \(director)", errno: -code)
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
