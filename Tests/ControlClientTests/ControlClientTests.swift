// SPDX-License-Identifier: Apache-2.0

import ControlClient
import ControlMessages
import ControlTesting
import Testing

@Suite("The control client")
struct ControlClientTests {
    /// Why the client gets no status from the socket.
    private func failure(
        at socket: String, timeoutMilliseconds: UInt32 = 60_000
    ) async throws -> ControlClientError? {
        try await blocking { () -> ControlClientError? in
            let client = ControlClient(socket: socket, timeoutMilliseconds: timeoutMilliseconds)
            do throws(ControlClientError) {
                _ = try client.status()
                return nil
            } catch {
                return error
            }
        }
    }

    /// The same, from something that answers with `text` and hangs up.
    private func failure(after text: String) async throws -> ControlClientError.Reason? {
        try await withTemporaryDirectory { directory in
            let listener = try RawListener(at: directory + "/s")
            defer { listener.close() }
            async let answering: Void = blocking { listener.answerOnce(text) }
            let error = try await failure(at: directory + "/s")
            try await answering
            return error?.reason
        }
    }

    @Test("a director's state and services arrive as it said them")
    func answers() async throws {
        try await withDirector { socket in
            let (status, services) = try await blocking {
                let client = ControlClient(socket: socket, timeoutMilliseconds: 60_000)
                return (try client.status(), try client.services())
            }
            #expect(status == StatusMessage(SampleDirector.status))
            #expect(services == ServicesMessage(await SampleDirector().services()))
        }
    }

    @Test("a large answer arrives whole, byte for byte")
    func large() async throws {
        let director = SampleDirector(copies: 500)
        try await withDirector(director) { socket in
            let json = try await blocking {
                try ControlClient(socket: socket, timeoutMilliseconds: 60_000)
                    .json(at: ControlPath.services)
            }
            #expect(try json == ServicesMessage(await director.services()).json())
        }
    }

    @Test("no socket: the director does not run")
    func notRunning() async throws {
        let error = try await failure(at: "/tmp/lvsdr-nowhere/control.sock")
        #expect(error?.reason == .notRunning)
        #expect(
            error?.description == """
                cannot reach the director at /tmp/lvsdr-nowhere/control.sock: no such file; \
                is lvsdrd running? Start it with: systemctl start lvsdrd
                """)
    }

    @Test("a socket that nobody listens at is refused")
    func refused() async throws {
        try await withTemporaryDirectory { directory in
            try RawListener(at: directory + "/s").close()
            #expect(try await failure(at: directory + "/s")?.reason == .refused)
        }
    }

    @Test("a path that no socket can have is not tried", arguments: [0, 108, 10_000])
    func length(count: Int) async throws {
        let error = try await failure(at: String(repeating: "s", count: count))
        #expect(error?.reason == .unreachable("a socket's path has 1 to 107 bytes"))
    }

    @Test("a director that does not answer in time is given up")
    func timedOut() async throws {
        try await withTemporaryDirectory { directory in
            let listener = try RawListener(at: directory + "/s")
            defer { listener.close() }
            let error = try await failure(at: directory + "/s", timeoutMilliseconds: 100)
            #expect(error?.reason == .timedOut(milliseconds: 100))
        }
    }

    @Test("the director's own problem is shown")
    func problem() async throws {
        try await withDirector { socket in
            let error = try await #require(throws: ControlClientError.self) {
                try await blocking {
                    try ControlClient(socket: socket, timeoutMilliseconds: 60_000)
                        .json(at: "/v1/moon")
                }
            }
            #expect(
                error.description == """
                    the director at \(socket) answered 404 Not Found: \
                    there is no /v1/moon; there are /v1/status, /v1/services, /v1/flows, \
                    /v1/events, /v1/settings, /v1/differences, /v1/explain, /v1/capture, \
                    /v1/changes, /v1/reload, /v1/save, /v1/zero, /v1/role, /v1/log-level, \
                    /v1/openapi.json and /metrics
                    """)
        }
    }

    @Test(
        "what is no director is told from one",
        arguments: [
            "", "220 mail.example.org ESMTP\r\n",
            "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{",
            "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}",
            "HTTP/1.1 200 OK\r\n\r\n<html>",
            "HTTP/1.1 404 Not Found\r\nContent-Length: 6\r\n\r\n<html>",
            "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1/\r\nContent-Length: 0\r\n\r\n",
        ])
    func notADirector(answer: String) async throws {
        guard case .notADirector = try await failure(after: answer) else {
            Issue.record("not told from a director")
            return
        }
    }
}
