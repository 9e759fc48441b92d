// SPDX-License-Identifier: Apache-2.0

import Glibc
import LVSModel
import Testing

@testable import HealthChecks

@Suite("HTTP: a hostile server costs bounded memory and time", .timeLimit(.minutes(2)))
struct HTTPHostileServerTests {
    private static let ok = "HTTP/1.1 200 OK\r\n"

    /// The server speaks once it has the request.
    private func ask(
        _ check: HTTPCheck = HTTPCheck(), timeout: Duration = .seconds(15),
        serve: @escaping @Sendable (HTTPConnection) -> Void
    ) async throws -> (outcome: CheckOutcome, time: Duration) {
        let probe = try HTTPProbe()
        let listener = try HTTPListener { connection in
            connection.receive()
            serve(connection)
        }
        defer { listener.close() }
        let start = ContinuousClock.now
        let outcome = await probe.ask(check, of: listener, timeout: timeout)
        return (outcome, start.duration(to: .now))
    }

    @Test("a check that wants no body ends with the header, whatever follows or does not")
    func noBodyWanted() async throws {
        for body in ["", "x", String(repeating: "x", count: 100_000)] {
            let (outcome, time) = try await ask {
                $0.send(Self.ok + "\r\n" + body)
                $0.waitForEnd()
            }
            #expect(outcome == .passed)
            #expect(time < .seconds(10))
        }
    }

    @Test("an endless body is broken off at 1 MiB where it is wanted")
    func endlessBody() async throws {
        let (outcome, _) = try await ask(HTTPCheck(bodyContains: "ok")) {
            $0.send(Self.ok + "\r\n")
            let block = String(repeating: "x", count: 65_536)
            // What both sockets hold comes on top of what was taken.
            #expect($0.flood(block, limit: 4_096) < 1_024)
        }
        #expect(outcome == .failed("more than 1 MiB of body"))
    }

    @Test("an endless header is broken off at 64 KiB, also when it is one line")
    func endlessHeader() async throws {
        for line in ["X-A: b\r\n", String(repeating: "y", count: 1_000)] {
            let (outcome, _) = try await ask {
                $0.send(Self.ok + "X: ")
                #expect($0.flood(line, limit: 10_000_000) < 10_000_000)
            }
            #expect(outcome == .failed("more than 64 KiB of header"))
        }
    }

    @Test("endless provisional answers count as header")
    func endlessProvisional() async throws {
        let (outcome, _) = try await ask {
            #expect($0.flood("HTTP/1.1 103 Early\r\nX: y\r\n\r\n", limit: 10_000_000) < 10_000_000)
        }
        #expect(outcome == .failed("more than 64 KiB of header"))
    }

    @Test("a slow drip ends at the deadline")
    func drip() async throws {
        let (outcome, time) = try await ask(timeout: .milliseconds(500)) {
            $0.send(Self.ok + "X: ")
            #expect($0.flood("y", limit: 1_000, pausing: 20_000) < 1_000)
        }
        #expect(outcome == .failed("no answer in 500 ms"))
        #expect(time >= .milliseconds(490))
        #expect(time < .seconds(10))
    }

    @Test("silence ends at the deadline")
    func silence() async throws {
        let (outcome, _) = try await ask(timeout: .seconds(1)) { $0.waitForEnd() }
        #expect(outcome == .failed("no answer in 1 s"))
    }

    @Test("a compressed body is taken as it is")
    func compressed() async throws {
        // gzip of "ok\n".
        let body: [UInt8] = [
            0x1F, 0x8B, 0x08, 0, 0, 0, 0, 0, 0, 0x03, 0xCB, 0xCF, 0xE6, 0x02, 0, 0x14, 0x0C, 0xA2,
            0x88, 0x03, 0, 0, 0,
        ]
        let (outcome, _) = try await ask(HTTPCheck(bodyMatches: "^\u{1F}")) {
            $0.send(Self.ok + "Content-Encoding: gzip\r\nContent-Length: 23\r\n\r\n")
            $0.send(body)
            $0.waitForEnd()
        }
        #expect(outcome == .passed)
    }

    @Test("a redirect is an answer, and is not followed")
    func redirect() async throws {
        let loop = "HTTP/1.1 302 Found\r\nLocation: /\r\nContent-Length: 0\r\n\r\n"
        let (outcome, _) = try await ask {
            $0.send(loop)
            #expect($0.receive() == "")
        }
        #expect(outcome == .failed("302, expected 200...299"))
    }

    @Test(
        "what is no HTTP is called so, and is not quoted",
        arguments: ["SSH-2.0-OpenSSH_9.2\r\n", "\u{1B}[2J\u{202E}\r\n", "\r\n\r\n"])
    func noHTTP(text: String) async throws {
        let (outcome, _) = try await ask {
            $0.send(text)
            $0.waitForEnd()
        }
        #expect(outcome == .failed("the answer is not HTTP/1.1"))
    }

    @Test("another version of HTTP, and bad chunks, are no HTTP/1.1 either")
    func wrongHTTP() async throws {
        let answers = [
            "HTTP/9.9 200 OK\r\n\r\n",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        ]
        for text in answers {
            let (outcome, _) = try await ask(HTTPCheck(bodyContains: "x")) {
                $0.send(text)
                $0.waitForEnd()
            }
            guard case .failed(let cause) = outcome else {
                Issue.record("\(outcome)")
                continue
            }
            #expect(cause.hasPrefix("the answer is not HTTP/1.1: "))
        }
    }

    @Test(
        "a connection that ends too early is called so",
        arguments: ["", "HTTP/1.1 2", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nshort"])
    func closedEarly(text: String) async throws {
        let (outcome, _) = try await ask(HTTPCheck(bodyContains: "x")) { $0.send(text) }
        #expect(outcome == .failed("the connection was closed before the answer was whole"))
    }
}
