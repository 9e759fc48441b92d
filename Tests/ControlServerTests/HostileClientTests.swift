// SPDX-License-Identifier: Apache-2.0

import ControlServer
import ControlTesting
import Testing

/// A well-behaved client is answered beside them, or they are cut off, or both.
@Suite("Clients that mean no good")
struct HostileClientTests {
    private var shortLived: ControlServer.Limits {
        var limits = ControlServer.Limits.patient
        limits.lifetime = .milliseconds(400)
        return limits
    }

    @Test(
        "what is not HTTP is refused and closed",
        arguments: [
            "garbage\r\n\r\n", "\u{16}\u{3}\u{1}\u{0}\u{A5}\u{1}\r\n\r\n", "GET\r\n\r\n",
            "GET /v1/status HTTP/9.9\r\n\r\n", "GET /v1/status HTTP/1.1\r\nHost x\r\n\r\n",
            "GET /v1/status HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
            "GET /v1/status HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n"
                + "Transfer-Encoding: chunked\r\n\r\n",
        ])
    func garbage(request: String) async throws {
        try await withDirector { socket in
            let answer = try await blocking {
                let connection = try RawConnection(to: socket)
                defer { connection.close() }
                connection.send(request)
                connection.finishSending()
                return connection.receiveAll()
            }
            #expect(answer == "" || answer?.hasPrefix("HTTP/1.1 400 Bad Request\r\n") == true)
            #expect(try await phase(at: socket) == "serving")
        }
    }

    @Test(
        "a huge header is refused",
        arguments: [
            String(repeating: "x", count: 1 << 20),
            "a: b\r\n" + String(repeating: "a: b\r\n", count: 100_000),
        ])
    func hugeHeader(field: String) async throws {
        try await withDirector(limits: shortLived) { socket in
            let answer = try await blocking {
                let connection = try RawConnection(to: socket)
                defer { connection.close() }
                connection.send("GET /v1/status HTTP/1.1\r\nX: \(field)\r\n\r\n")
                connection.finishSending()
                return connection.receiveAll()
            }
            #expect(answer == "" || answer?.hasPrefix("HTTP/1.1 400 Bad Request\r\n") == true)
        }
    }

    @Test(
        "a request that drips without end is cut off",
        arguments: [
            ("GET /v1/status HTTP/1.1\r\n", "a: b\r\n"),
            ("GET /v1/status HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n", "1\r\nx\r\n"),
        ])
    func drip(beginning: String, drop: String) async throws {
        try await withDirector(limits: shortLived) { socket in
            let wasCut = try await blocking {
                let connection = try RawConnection(to: socket)
                defer { connection.close() }
                connection.send(beginning)
                return connection.drip(drop)
            }
            #expect(wasCut)
        }
    }

    @Test("a client that says nothing is cut off")
    func silence() async throws {
        try await withDirector(limits: shortLived) { socket in
            let answer = try await blocking {
                let connection = try RawConnection(to: socket)
                defer { connection.close() }
                return connection.receiveAll()
            }
            #expect(answer == "")
        }
    }

    @Test("a client that says it is done still gets its answer")
    func halfClosed() async throws {
        try await withDirector { socket in
            let answer = try await blocking {
                let connection = try RawConnection(to: socket)
                defer { connection.close() }
                connection.send("GET /v1/status HTTP/1.1\r\nHost: x\r\n\r\n")
                connection.finishSending()
                return connection.receiveAll()
            }
            #expect(answer?.hasPrefix("HTTP/1.1 200 OK\r\n") == true)
        }
    }

    @Test(
        "half a request and a hang-up harm nobody",
        arguments: ["", "GET /v1/sta", "GET /v1/status HTTP/1.1\r\nHost: x\r\n"])
    func hangUp(request: String) async throws {
        try await withDirector { socket in
            try await blocking {
                for _ in 0..<100 {
                    let connection = try RawConnection(to: socket)
                    connection.send(request)
                    connection.close()
                }
            }
            #expect(try await phase(at: socket) == "serving")
        }
    }

    @Test("a client that leaves amid a large answer harms nobody")
    func leaves() async throws {
        try await withDirector(SampleDirector(copies: 500)) { socket in
            try await blocking {
                for _ in 0..<5 {
                    let connection = try RawConnection(to: socket)
                    connection.send("GET /v1/services HTTP/1.1\r\nHost: x\r\n\r\n")
                    _ = connection.receive(atMost: 10)
                    connection.close()
                }
            }
            #expect(try await phase(at: socket) == "serving")
        }
    }

    @Test("clients over the limit wait until there is room")
    func tooMany() async throws {
        var limits = ControlServer.Limits.patient
        limits.connections = 4
        try await withDirector(limits: limits) { socket in
            let silent = try (0..<40).map { _ in try RawConnection(to: socket) }
            let late = try RawConnection(to: socket)
            defer { late.close() }
            late.send("GET /v1/status HTTP/1.1\r\nHost: x\r\n\r\n")
            let isAnswered = try await blocking { late.hasSomething(withinMilliseconds: 300) }
            for connection in silent { connection.close() }
            #expect(!isAnswered)
            #expect(try await blocking { late.hasSomething(withinMilliseconds: 60_000) })
        }
    }

    @Test("a hundred clients at once are all answered")
    func crowd() async throws {
        try await withDirector { socket in
            let answered = try await withThrowingTaskGroup { group in
                for _ in 0..<100 { group.addTask { try await phase(at: socket) } }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(answered == Array(repeating: "serving", count: 100))
        }
    }
}
