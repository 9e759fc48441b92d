// SPDX-License-Identifier: Apache-2.0

import ControlClient
import ControlMessages
import ControlServer
import ControlTesting
import LVSModel
import Testing

@Suite("The control API, asked with curl")
struct ControlAPITests {
    private func curl(_ socket: String, _ words: String...) async throws -> ProgramResult {
        try await run(["curl", "-sSi", "-m", "60", "--unix-socket", socket] + words)
    }

    private func body(_ answer: ProgramResult) -> [UInt8] {
        Array((answer.output.split(separator: "\r\n\r\n").last ?? "").utf8)
    }

    @Test("GET answers with the director's state as JSON, and closes")
    func status() async throws {
        try await withDirector { socket in
            let answer = try await curl(socket, "http://localhost/v1/status")
            #expect(answer.status == 0)
            #expect(answer.output.hasPrefix("HTTP/1.1 200 OK\r\n"))
            #expect(answer.output.contains("\r\nContent-Type: application/json\r\n"))
            #expect(answer.output.contains("\r\nConnection: close\r\n"))
            #expect(try StatusMessage(json: body(answer)) == StatusMessage(SampleDirector.status))
        }
    }

    @Test("what a route does not know is refused, not left aside")
    func unknownParameter() async throws {
        try await withDirector { socket in
            for route in Route.all where route.kind == .reading {
                let answer = try await curl(socket, "http://localhost\(route.path)?moon=1")
                #expect(answer.output.hasPrefix("HTTP/1.1 400 "), "\(route.path)")
                #expect(answer.output.contains("there is no parameter 'moon'; there are "))
            }
        }
    }

    @Test("one service is found by its name, and none by another")
    func oneService() async throws {
        try await withDirector { socket in
            let (one, none) = try await blocking {
                let client = ControlClient(socket: socket, timeoutMilliseconds: 60_000)
                return (
                    try client.services(SampleDirector.names.address),
                    try client.services(ServiceAddress(name: "[fd00::1]:80,443/tcp"))
                )
            }
            #expect(one == ServicesMessage([SampleDirector.names]))
            #expect(none.services.isEmpty)
        }
    }

    @Test("the log's level is read and changed")
    func logLevel() async throws {
        let director = SampleDirector()
        try await withDirector(director) { socket in
            let levels = try await blocking {
                let client = ControlClient(socket: socket, timeoutMilliseconds: 60_000)
                return [
                    try client.logLevel().level, try client.setLogLevel(.debug).level,
                    try client.logLevel().level,
                ]
            }
            #expect(levels == ["info", "debug", "debug"])
            #expect(director.logLevel == .debug)
            let wrong = try await curl(
                socket, "-X", "POST", "http://localhost/v1/log-level?level=loud")
            #expect(wrong.output.hasPrefix("HTTP/1.1 400 "))
            #expect(wrong.output.contains("level is 'loud'; expected one of trace, "))
        }
    }

    @Test(
        "many services come as a stream, the same text; HEAD has its type", .timeLimit(.minutes(2)))
    func manyServices() async throws {
        let director = SampleDirector(copies: 500)
        try await withDirector(director) { socket in
            let answer = try await curl(socket, "http://localhost/v1/services")
            #expect(answer.output.lowercased().contains("\r\ntransfer-encoding: chunked\r\n"))
            let expected = try ServicesMessage(await director.services()).json()
            #expect(body(answer) == expected)
            let head = try await curl(socket, "-I", "http://localhost/v1/services")
            #expect(head.output.hasPrefix("HTTP/1.1 200 OK\r\n"))
            #expect(head.output.contains("\r\nContent-Type: application/json\r\n"))
        }
    }

    @Test("HEAD has the fields of GET and no body")
    func head() async throws {
        try await withDirector { socket in
            let answer = try await curl(socket, "-I", "http://localhost/v1/services")
            let length = try ServicesMessage(await SampleDirector().services()).json().count
            #expect(answer.output.hasPrefix("HTTP/1.1 200 OK\r\n"))
            #expect(answer.output.contains("\r\nContent-Length: \(length)\r\n"))
            #expect(answer.output.hasSuffix("\r\n\r\n"))
        }
    }

    @Test(
        "an unknown path is a 404 problem",
        arguments: ["/", "/v1", "/v1/status/", "/v1/STATUS", "//v1/status", "/v1/%73tatus", "/..."])
    func notFound(path: String) async throws {
        try await withDirector { socket in
            let answer = try await curl(socket, "http://localhost\(path)")
            #expect(answer.output.hasPrefix("HTTP/1.1 404 Not Found\r\n"))
            #expect(answer.output.contains("\r\nContent-Type: application/problem+json\r\n"))
            let problem = try ProblemMessage(json: body(answer))
            #expect(problem.status == 404)
            #expect(problem.title == "Not Found")
            #expect(problem.type == "about:blank")
            #expect(
                problem.detail
                    == "there is no \(path); there are /v1/status, /v1/services, /v1/flows, "
                    + "/v1/events, /v1/settings, /v1/differences, /v1/explain, /v1/capture, "
                    + "/v1/changes, /v1/reload, /v1/save, /v1/zero, /v1/role, /v1/log-level, "
                    + "/v1/openapi.json and /metrics")
        }
    }

    @Test(
        "another method is a 405 problem that says what is allowed",
        arguments: ["POST", "PUT", "DELETE", "PATCH", "OPTIONS"])
    func notAllowed(method: String) async throws {
        try await withDirector { socket in
            let answer = try await curl(socket, "-X", method, "http://localhost/v1/status")
            #expect(answer.output.hasPrefix("HTTP/1.1 405 Method Not Allowed\r\n"))
            #expect(answer.output.contains("\r\nAllow: GET, HEAD\r\n"))
            #expect(try ProblemMessage(json: body(answer)).status == 405)
        }
    }

    @Test("a body that nobody asked for is answered without being read")
    func upload() async throws {
        try await withDirector { socket in
            let curl = "curl -sSi -m 60 --unix-socket \(socket) -T - http://localhost/v1/status"
            let answer = try await run(["sh", "-c", "head -c 50000000 /dev/zero | \(curl)"])
            #expect(answer.output.contains("HTTP/1.1 405 Method Not Allowed\r\n"))
        }
    }
}
