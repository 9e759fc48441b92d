// SPDX-License-Identifier: Apache-2.0

import ControlClient
import ControlMessages
import ControlServer
import ControlTesting
import LVSModel
import Testing

@Suite("The API's description in OpenAPI")
struct OpenAPITests {
    private static let query = "client=192.168.142.3:40000&service=192.168.142.100:80"

    /// A question of each kind that has a JSON answer: path, query, body.
    static let questions: [(path: String, query: String, body: String?, status: Int)] = [
        (ControlPath.status, "", nil, 200), (ControlPath.services, "", nil, 200),
        (ControlPath.flows, "", nil, 200), (ControlPath.events, "", nil, 200),
        (ControlPath.differences, "", nil, 200), (ControlPath.explain, query, nil, 200),
        (ControlPath.logLevel, "", nil, 200), (ControlPath.description, "", nil, 200),
        (ControlPath.changes, "", "x", 200), (ControlPath.changes, "", "places", 422),
        (ControlPath.changes, "", "unreadable", 400), (ControlPath.changes, "", "conflict", 409),
        (ControlPath.changes, "", "missing", 404), (ControlPath.changes, "", "unavailable", 503),
        (ControlPath.reload, "", "", 200), (ControlPath.save, "", "", 200),
        (ControlPath.zero, "", "", 200), (ControlPath.role, "role=standby", "", 200),
        (ControlPath.logLevel, "level=debug", "", 200), (ControlPath.role, "", "", 400),
        (ControlPath.flows, "limit=0", nil, 400), (ControlPath.explain, "", nil, 400),
    ]

    private func description(_ socket: String) async throws -> JSONValue {
        let json = try await blocking {
            try ControlClient(socket: socket, timeoutMilliseconds: 60_000)
                .json(at: ControlPath.description)
        }
        return try JSONValue(json)
    }

    /// With what its reference refers to.
    private func operations(
        _ document: JSONValue
    ) -> [(path: String, method: String, operation: JSONValue)] {
        (document["paths"]?.members ?? [:]).flatMap { path, methods in
            methods.members.map { (path, $0.key, $0.value) }
        }
    }

    @Test("every route is described, and nothing else is")
    func routes() async throws {
        try await withDirector { socket in
            let document = try await description(socket)
            #expect(document["openapi"] == .text("3.1.0"))
            let described = operations(document).map { "\($0.method) \($0.path)" }
            let routes = Route.all.map { "\($0.kind == .change ? "post" : "get") \($0.path)" }
            #expect(described.sorted() == routes.sorted())
        }
    }

    @Test("every route's parameters are described, and no others are", arguments: Route.all)
    func parameters(route: Route) async throws {
        try await withDirector { socket in
            let document = try await description(socket)
            let method = route.kind == .change ? "post" : "get"
            let parameters = document["paths"]?[route.path]?[method]?["parameters"]?.items ?? []
            #expect(Set(parameters.compactMap { $0["name"]?.text }) == route.parameters)
            #expect(parameters.allSatisfy { $0["in"] == .text("query") && $0["schema"] != nil })
        }
    }

    @Test("every reference leads somewhere, and every schema is referred to")
    func references() async throws {
        try await withDirector { socket in
            let document = try await description(socket)
            var found: Set<String> = []
            func collect(_ value: JSONValue) {
                if let reference = value["$ref"]?.text { found.insert(reference) }
                for member in value.members.values { collect(member) }
                for item in value.items { collect(item) }
            }
            collect(document)
            let schema = Schema(document: document)
            #expect(found.filter { schema.resolve($0) == nil } == [])
            let named = ["schemas", "responses"].flatMap { kind in
                (document["components"]?[kind]?.members ?? [:]).keys.map {
                    "#/components/\(kind)/\($0)"
                }
            }
            #expect(Set(named).subtracting(found) == [])
        }
    }

    @Test("answers and problems are as their schemas say", arguments: questions)
    func answers(
        question: (path: String, query: String, body: String?, status: Int)
    ) async throws {
        try await withDirector { socket in
            let document = try await description(socket)
            let url = "http://localhost\(question.path)?\(question.query)"
            let body = question.body.map { ["-d", $0] } ?? []
            let answer = try await run(
                ["curl", "-sS", "-m", "60", "-w", "\n%{http_code} %{content_type}"]
                    + ["--unix-socket", socket, url] + body)
            let lines = answer.output.split(separator: "\n", omittingEmptySubsequences: false)
            let words = try #require(lines.last).split(separator: " ")
            #expect(words.first == "\(question.status)")
            let schema = Schema(document: document)
            let method = question.body == nil ? "get" : "post"
            var response = try #require(
                document["paths"]?[question.path]?[method]?["responses"]?["\(question.status)"])
            if let reference = response["$ref"]?.text {
                response = try #require(schema.resolve(reference))
            }
            let mediaType = String(try #require(words.last))
            let described = try #require(response["content"]?[mediaType]?["schema"])
            let json = try JSONValue(lines.dropLast().joined(separator: "\n").utf8)
            #expect(schema.faults(of: json, against: described, at: question.path) == [])
        }
    }

    @Test("the check of schemas finds what offends them")
    func checker() throws {
        let schema = Schema(document: .null)
        let described = try JSONValue(
            #"{"type":"object","required":["a"],"properties":{"a":{"type":["integer","null"]}}}"#
                .utf8)
        for (text, isRight) in [
            (#"{"a":1}"#, true), (#"{"a":null}"#, true), (#"{"a":1.5}"#, false), ("{}", false),
            (#"{"a":1,"b":2}"#, false), ("[]", false), (#"{"a":"1"}"#, false),
        ] {
            let faults = schema.faults(
                of: try JSONValue(text.utf8), against: described, at: "x")
            #expect(faults.isEmpty == isRight, "\(text)")
        }
    }
}
