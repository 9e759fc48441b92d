// SPDX-License-Identifier: Apache-2.0

import ControlMessages
import ControlServer
import ControlTesting
import Testing

@Suite("Clients that send too much, or all at once")
struct HostileBodyTests {
    private func answer(
        _ socket: String, _ send: @escaping @Sendable (RawConnection) -> Void
    ) async throws -> String? {
        try await blocking {
            let connection = try RawConnection(to: socket)
            defer { connection.close() }
            send(connection)
            connection.finishSending()
            return connection.receiveAll()
        }
    }

    @Test(
        "a body without an end is refused once it is too long",
        arguments: ["Content-Length: 99999999999", "Transfer-Encoding: chunked"])
    func endless(field: String) async throws {
        try await withDirector { socket in
            let answer = try await answer(socket) { connection in
                connection.send("POST \(ControlPath.changes) HTTP/1.1\r\n\(field)\r\n\r\n")
                let piece = "10000\r\n" + String(repeating: "x", count: 65_536) + "\r\n"
                for _ in 0..<160 { connection.send(piece) }
            }
            #expect(answer?.hasPrefix("HTTP/1.1 413 ") == true)
            #expect(answer?.contains("more than 8 MiB") == true)
        }
    }

    @Test("a body that drips is cut off, though changes have longer")
    func drip() async throws {
        var limits = ControlServer.Limits.patient
        limits.lifetime = .milliseconds(400)
        try await withDirector(limits: limits) { socket in
            let wasCut = try await blocking {
                let connection = try RawConnection(to: socket)
                defer { connection.close() }
                connection.send(
                    "POST \(ControlPath.changes) HTTP/1.1\r\nContent-Length: 1000000\r\n\r\n")
                return connection.drip("x")
            }
            #expect(wasCut)
        }
    }

    @Test(
        "of requests in a row the first is answered",
        arguments: [
            "GET \(ControlPath.status) HTTP/1.1\r\nHost: x\r\n\r\n",
            "POST \(ControlPath.save) HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n",
        ])
    func pipelined(request: String) async throws {
        try await withDirector { socket in
            let answer = try await answer(socket) { connection in
                connection.send(String(repeating: request, count: 1_000))
            }
            let answers = (answer ?? "").split(separator: "HTTP/1.1 ")
            #expect(answers.count == 1)
            #expect(answers.first?.hasPrefix("200 OK\r\n") == true)
        }
    }

    @Test("everyone's socket may be full: the other one answers")
    func fullReaders() async throws {
        try await withTemporaryDirectory { directory in
            let director = SampleDirector()
            var limits = ControlServer.Limits.patient
            limits.connections = 4
            let stats = directory + "/stats.sock"
            try await serving(director, at: stats, access: .readOnly, limits: limits) { stats in
                let silent = try (0..<40).map { _ in try RawConnection(to: stats) }
                defer { for connection in silent { connection.close() } }
                try await serving(director, at: directory + "/control.sock") { socket in
                    let phase = try await phase(at: socket)
                    #expect(phase == "serving")
                }
            }
        }
    }
}
