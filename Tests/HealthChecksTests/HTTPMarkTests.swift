// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials
import Glibc
import LVSModel
import Testing

@testable import HealthChecks

@Suite(
    "HTTP: the mark of the socket", .timeLimit(.minutes(1)),
    .enabled("needs root, to make a network namespace") { geteuid() == 0 })
struct HTTPMarkTests {
    @Test("the socket has its mark from the first packet on", arguments: [0, 0xABCD_0001])
    func mark(_ mark: UInt32) async throws {
        let (marks, accepting) = AsyncStream.makeStream(of: UInt32?.self)
        let (probe, listener) = try await inPrivateNetwork {
            // An accepted socket takes the mark of the packet that it comes from.
            try Data("1".utf8).write(to: URL(filePath: "/proc/sys/net/ipv4/tcp_fwmark_accept"))
            let listener = try HTTPListener { connection in
                accepting.yield(connection.mark)
                connection.receive()
                connection.send("HTTP/1.1 200 OK\r\n\r\n")
                connection.waitForEnd()
            }
            let probe = try HTTPProbe()
            return (probe, listener)
        }
        defer { listener.close() }
        #expect(await probe.ask(of: listener, mark: mark) == .passed)
        #expect(await marks.first { _ in true } == mark)
    }
}

private struct Refused: Error {
    let step: String
    let errno: Int32
}

/// Runs the body on a thread of its own in a new network namespace, which lives as long as the
/// sockets and threads that it makes.
private func inPrivateNetwork<Value: Sendable>(
    _ body: @escaping @Sendable () throws -> Value
) async throws -> Value {
    try await withCheckedThrowingContinuation { continuation in
        let visit = Visit {
            continuation.resume(
                with: Result {
                    try enterPrivateNetwork()
                    return try body()
                })
        }
        var thread = pthread_t()
        let code = unsafe pthread_create(
            &thread, nil,
            { visit in
                guard let visit = unsafe visit else { return nil }
                unsafe Unmanaged<Visit>.fromOpaque(visit).takeRetainedValue().body()
                return nil
            }, Unmanaged.passRetained(visit).toOpaque())
        precondition(code == 0, "a thread can be started")
        pthread_detach(thread)
    }
}

private final class Visit: Sendable {
    let body: @Sendable () -> Void

    init(_ body: @escaping @Sendable () -> Void) {
        self.body = body
    }
}

private func enterPrivateNetwork() throws {
    // unshare(2) and CLONE_NEWNET, which Swift's view of glibc leaves out.
    let unshare = unsafe unsafeBitCast(
        dlsym(nil, "unshare"), to: (@convention(c) (Int32) -> Int32).self)
    guard unshare(0x4000_0000) == 0 else { throw Refused(step: "unshare", errno: errno) }
    guard let pipe = unsafe popen("ip link set lo up", "r"), unsafe pclose(pipe) == 0 else {
        throw Refused(step: "ip link set lo up", errno: errno)
    }
}
