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
