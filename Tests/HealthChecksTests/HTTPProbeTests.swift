// SPDX-License-Identifier: Apache-2.0

import Glibc
import LVSModel
import Synchronization
import Testing

@testable import HealthChecks

@Suite("HTTP: questions and answers", .timeLimit(.minutes(2)))
struct HTTPProbeTests {
    private static let answer = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"

    /// Carries a check out, and returns what the server received.
    private func request(_ check: HTTPCheck, isIPv6: Bool = false) async throws -> String {
        let probe = try HTTPProbe()
        let seen = Seen()
        let listener = try HTTPListener(isIPv6: isIPv6) { connection in
            seen.text.withLock { $0 = connection.receive() }
            connection.send(Self.answer)
            connection.waitForEnd()
        }
        defer { listener.close() }
        #expect(await probe.ask(check, of: listener) == .passed)
        return seen.text.withLock { $0 }
    }

    @Test("the request says what a client's would", arguments: [false, true])
    func request(isIPv6: Bool) async throws {
        let check = HTTPCheck(
            method: "OPTIONS", path: "/a/../b?c=d", host: "www.example.org:99",
            headers: [.init(name: "X-A", value: "1"), .init(name: "X-Empty", value: "")])
        let lines = [
            "OPTIONS /a/../b?c=d HTTP/1.1", "Host: www.example.org:99", "Accept: */*", "X-A: 1",
            "X-Empty:", "User-Agent: lvsdr/\(Version.current)",
        ]
        #expect(
            try await request(check, isIPv6: isIPv6) == lines.joined(separator: "\r\n") + "\r\n\r\n"
        )
    }

    @Test("a method that usually has content says that there is none", arguments: ["POST", "PUT"])
    func emptyContent(method: String) async throws {
        let text = try await request(HTTPCheck(method: method))
        #expect(text.hasPrefix("\(method) / HTTP/1.1\r\n"))
        #expect(text.contains("\r\nContent-Length: 0\r\n"))
        #expect(!text.contains("Content-Type"))
        #expect(!text.contains("Expect"))
    }

    @Test("a body that is wanted is judged whole, chunked or not, up to 1 MiB")
    func body() async throws {
        let probe = try HTTPProbe()
        let listener = try HTTPListener(answer: Self.answer)
        defer { listener.close() }
        let chunked = try HTTPListener(
            answer: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                + "3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n")
        defer { chunked.close() }
        // Of "hello", by sha256sum(1).
        let digest = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"
        for listener in [listener, chunked] {
            #expect(await probe.ask(HTTPCheck(bodyContains: "ell"), of: listener) == .passed)
            #expect(
                await probe.ask(HTTPCheck(bodyMatches: "^h(a|e)l+o$"), of: listener) == .passed)
            #expect(await probe.ask(HTTPCheck(bodySHA256: digest), of: listener) == .passed)
            #expect(
                await probe.ask(HTTPCheck(bodyContains: "ok"), of: listener)
                    == .failed("the body does not contain \"ok\""))
        }
    }

    @Test("a body of 1 MiB is taken, and one byte more is too much")
    func bodyLimit() async throws {
        let probe = try HTTPProbe()
        for (size, outcome) in [
            (1 << 20, CheckOutcome.passed), ((1 << 20) + 1, .failed("more than 1 MiB of body")),
        ] {
            let listener = try HTTPListener(
                answer: "HTTP/1.1 200 OK\r\nContent-Length: \(size)\r\n\r\n"
                    + String(repeating: "x", count: size))
            defer { listener.close() }
            #expect(await probe.ask(HTTPCheck(bodyContains: "x"), of: listener) == outcome)
        }
    }

    @Test("where nobody listens the connection is refused")
    func refused() async throws {
        let probe = try HTTPProbe()
        let (descriptor, port) = try HTTPListener.bound()
        defer { close(descriptor) }
        let outcome = await probe.ask(at: IPAddress(ipv4: 0x7F00_0001), port: port)
        #expect(outcome == .unanswered("connection refused"))
    }

    @Test("the connection is reset, so that nothing waits for a minute")
    func reset() async throws {
        let probe = try HTTPProbe()
        let (ends, ending) = AsyncStream.makeStream(of: Int32.self)
        let listener = try HTTPListener { connection in
            connection.receive()
            connection.send(Self.answer)
            ending.yield(connection.waitForEnd())
        }
        defer { listener.close() }
        #expect(await probe.ask(of: listener) == .passed)
        #expect(await ends.first { _ in true } == ECONNRESET)
    }

    @Test("cancelling a task ends its request at once")
    func cancellation() async throws {
        let probe = try HTTPProbe()
        let (requests, arrival) = AsyncStream.makeStream(of: Void.self)
        let listener = try HTTPListener { connection in
            connection.receive()
            arrival.yield()
            #expect(connection.waitForEnd() != EAGAIN)
        }
        defer { listener.close() }
        let task = Task { await probe.ask(of: listener, timeout: .seconds(3_600)) }
        for await _ in requests { break }
        task.cancel()
        #expect(await task.value == .failed("cancelled"))
        let late = Task { await probe.ask(of: listener) }
        late.cancel()
        #expect(await late.value == .failed("cancelled"))
    }

    @Test("one more than the capacity fails at once, and says so")
    func capacity() async throws {
        let transfers = try HTTPTransfers(capacity: 1)
        let (requests, arrival) = AsyncStream.makeStream(of: Void.self)
        let listener = try HTTPListener { connection in
            connection.receive()
            arrival.yield()
            connection.waitForEnd()
        }
        defer { listener.close() }
        let request = HTTPRequest(
            HTTPCheck(),
            ProbeQuestion(
                vip: listener.address, realServer: listener.address, port: listener.port,
                timeout: .seconds(3_600)))
        let task = Task { await transfers.run(request) }
        for await _ in requests { break }
        #expect(
            await transfers.run(request) == HTTPAnswer(end: .failed("too many checks at once")))
        task.cancel()
        #expect(await task.value.end == .cancelled)
    }

    @Test("many at once each get their own answer, again and again")
    func many() async throws {
        let probe = try HTTPProbe()
        let listeners = try (0..<8).map { number in
            try HTTPListener(
                answer: "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n<\(number)")
        }
        defer { for listener in listeners { listener.close() } }
        let wrong = await withTaskGroup(of: [CheckOutcome].self) { group in
            for number in 0..<64 {
                group.addTask {
                    var wrong: [CheckOutcome] = []
                    for _ in 0..<20 {
                        let outcome = await probe.ask(
                            HTTPCheck(bodyMatches: "^<\(number % 8)$"), of: listeners[number % 8],
                            timeout: .seconds(60))
                        if outcome != .passed { wrong.append(outcome) }
                    }
                    return wrong
                }
            }
            return await group.reduce(into: []) { $0 += $1 }
        }
        #expect(wrong == [])
    }

    @Test("requests that are cancelled in all states leave the others alone")
    func cancellations() async throws {
        let probe = try HTTPProbe()
        let listener = try HTTPListener(answer: Self.answer)
        defer { listener.close() }
        await withTaskGroup(of: Void.self) { group in
            for number in 0..<32 {
                group.addTask {
                    for turn in 0..<20 {
                        let task = Task { await probe.ask(of: listener, timeout: .seconds(60)) }
                        if number % 2 == 0 {
                            for _ in 0..<turn { await Task.yield() }
                            task.cancel()
                            _ = await task.value
                        } else {
                            #expect(await task.value == .passed)
                        }
                    }
                }
            }
        }
    }
}

/// What a listener's thread saw.
private final class Seen: Sendable {
    let text = Mutex("")
}
