// SPDX-License-Identifier: Apache-2.0

import Glibc
import LVSModel
import Testing

@testable import HealthChecks

@Suite("Checks over TCP", .timeLimit(.minutes(1)))
struct StreamProbeTests {
    private let probes: Probes

    init() throws {
        probes = try Probes()
    }

    @Test(
        "a connection that is accepted passes, and is ended by a reset", arguments: [false, true])
    func accepted(isIPv6: Bool) async throws {
        let (ends, ending) = AsyncStream.makeStream(of: Int32.self)
        let listener = try HTTPListener(isIPv6: isIPv6) { ending.yield($0.waitForEnd()) }
        defer { listener.close() }
        #expect(await probes.ask(.tcp, of: listener) == .passed)
        #expect(await ends.first { _ in true } == ECONNRESET)
    }

    @Test("nobody listens")
    func refused() async throws {
        let (descriptor, port) = try HTTPListener.bound()
        defer { close(descriptor) }
        #expect(await probes.ask(.tcp, port: port) == .unanswered("connection refused"))
    }

    @Test("a check that is cancelled ends at once")
    func cancelled() async throws {
        let (accepted, accepting) = AsyncStream.makeStream(of: Void.self)
        let listener = try HTTPListener {
            accepting.yield()
            $0.waitForEnd()
        }
        defer { listener.close() }
        let check = Task { [probes] in
            await probes.ask(.smtp(SMTPCheck()), of: listener, timeout: .seconds(3_600))
        }
        _ = await accepted.first { _ in true }
        check.cancel()
        #expect(await check.value == .failed("cancelled"))
    }

    @Test("a mail server that greets and answers passes, and is taken leave of")
    func mail() async throws {
        let (heard, hearing) = AsyncStream.makeStream(of: String.self)
        let listener = try HTTPListener { connection in
            // In two pieces, and over several lines.
            connection.send("220-mail.example\r\n220-is gla")
            connection.send("d\r\n220 to serve\r\n")
            hearing.yield(connection.receive())
            connection.send("250-mail.example\r\n250 SIZE 1000\r\n")
            hearing.yield(connection.receive())
        }
        defer { listener.close() }
        let outcome = await probes.ask(
            .smtp(SMTPCheck(helloName: "director.example")), of: listener)
        #expect(outcome == .passed)
        var words = heard.makeAsyncIterator()
        #expect(await words.next() == "HELO director.example\r\n")
        #expect(await words.next() == "QUIT\r\n")
    }

    @Test(
        "a mail server that does not serve fails with what it says",
        arguments: [
            ("554 no service\u{1B}[31m here\r\n", "\"554 no service?[31m here\", expected 220"),
            ("220 hello\r\n", "\"502 what?\", expected 250"),
            ("\r\n", "\"\", expected 220"),
            ("HTTP/1.1 400 Bad Request\r\n", "\"HTTP/1.1 400 Bad Request\", expected 220"),
            (
                "554 " + String(repeating: "x", count: 5_000) + "\r\n",
                "\"554 \(String(repeating: "x", count: 76))...\", expected 220"
            ),
        ])
    func mailRefused(greeting: String, cause: String) async throws {
        let listener = try HTTPListener { connection in
            connection.send(greeting)
            connection.receive()
            connection.send("502 what?\r\n")
            connection.waitForEnd()
        }
        defer { listener.close() }
        #expect(await probes.ask(.smtp(SMTPCheck()), of: listener) == .failed(cause))
    }

    @Test(
        "an endless greeting ends the check, with lines or without",
        arguments: ["220-and then\r\n", "220 and then"])
    func endless(piece: String) async throws {
        let listener = try HTTPListener { $0.flood(piece, limit: 1_000_000) }
        defer { listener.close() }
        #expect(
            await probes.ask(.smtp(SMTPCheck()), of: listener)
                == .failed("a reply of more than 16384 bytes"))
    }

    @Test("the time is for the whole check: a slow drip does not prolong it")
    func drip() async throws {
        let listener = try HTTPListener { $0.flood("2", limit: 4_000, pausing: 5_000) }
        defer { listener.close() }
        let outcome = await probes.ask(
            .smtp(SMTPCheck()), of: listener, timeout: .milliseconds(300))
        #expect(outcome == .failed("no answer in 300 ms"))
    }

    @Test("silence fails")
    func silence() async throws {
        let listener = try HTTPListener { $0.waitForEnd() }
        defer { listener.close() }
        let outcome = await probes.ask(
            .smtp(SMTPCheck()), of: listener, timeout: .milliseconds(300))
        #expect(outcome == .failed("no answer in 300 ms"))
    }

    @Test("a connection that is closed at once fails")
    func closed() async throws {
        let listener = try HTTPListener { _ in }
        defer { listener.close() }
        #expect(
            await probes.ask(.smtp(SMTPCheck()), of: listener) == .failed("connection closed"))
    }
}
