// SPDX-License-Identifier: Apache-2.0

import ControlClient
import ControlMessages
import ControlServer
import ControlTesting
import Glibc
import LVSModel
import Synchronization
import Testing

@Suite("Changes over the control socket")
struct ChangeTests {
    private func curl(_ socket: String, _ words: String...) async throws -> ProgramResult {
        try await run(["curl", "-sSi", "-m", "60", "--unix-socket", socket] + words)
    }

    private func client(_ socket: String) -> ControlClient {
        ControlClient(socket: socket, timeoutMilliseconds: 60_000)
    }

    @Test("a body is handed on byte for byte, and the answer comes back")
    func change() async throws {
        try await withDirector { socket in
            let text = String(repeating: "ä{}\n", count: 100_000)
            let message = try await blocking { try client(socket).change(text) }
            #expect(message.changes == text.utf8.count)
        }
    }

    @Test(
        "a refusal has its status, and says why",
        arguments: [
            ("conflict", 409, "there is such a service"), ("missing", 404, "there is no such"),
            ("invalid", 422, "ports overlap"), ("unreadable", 400, "changes:1:1"),
            ("unavailable", 503, "is stopping"),
        ])
    func refusals(body: String, status: Int, detail: String) async throws {
        try await withDirector { socket in
            let answer = try await curl(
                socket, "-d", body, "http://localhost\(ControlPath.changes)")
            #expect(answer.output.hasPrefix("HTTP/1.1 \(status) "))
            #expect(answer.output.contains("application/problem+json"))
            #expect(answer.output.contains(detail))
        }
    }

    @Test("a text with errors names each place")
    func findings() async throws {
        try await withDirector { socket in
            let answer = try await curl(
                socket, "-d", "places", "http://localhost\(ControlPath.changes)")
            #expect(answer.output.hasPrefix("HTTP/1.1 422 "))
            #expect(
                answer.output.contains(
                    #""errors":[{"column":3,"detail":"a","line":2},"#
                        + #"{"column":null,"detail":"b","line":null}]"#))
        }
    }

    @Test("a body of more than 8 MiB is refused, and nothing of it is changed")
    func tooLarge() async throws {
        try await withDirector { socket in
            let text = String(repeating: "x", count: (8 << 20) + 1)
            await #expect(throws: ControlClientError.self) {
                try await blocking { try client(socket).change(text) }
            }
            let phase = try await phase(at: socket)
            #expect(phase == "serving")
        }
    }

    @Test("a change is asked for with POST, and what is read with GET")
    func methods() async throws {
        try await withDirector { socket in
            for route in Route.all where route.path != ControlPath.logLevel {
                let isChange = route.kind == .change
                let answer = try await curl(
                    socket, "-X", isChange ? "GET" : "POST", "http://localhost\(route.path)")
                #expect(answer.output.hasPrefix("HTTP/1.1 405 "), "\(route.path)")
                let methods = isChange ? "POST" : route.kind == .reading ? "GET, HEAD" : "GET"
                #expect(answer.output.contains("\r\nAllow: \(methods)\r\n"), "\(route.path)")
            }
        }
    }

    @Test("the other changes are told what was asked")
    func others() async throws {
        try await withDirector { socket in
            let service = try #require(ServiceAddress(name: "[fd00::1]:80,443/udp"))
            let (reload, zero, role, saved) = try await blocking {
                let client = client(socket)
                return (
                    try client.reload(ReloadQuery(isCheck: true, isExact: true)),
                    try client.zero(service), try client.setRole(.standby), try client.save()
                )
            }
            #expect(!reload.inForce && reload.applied == ["exact"])
            #expect(zero.done == service.name)
            #expect(role.done == "standby")
            #expect(saved.path == "/etc/lvsdr/lvsdr.yaml")
        }
    }

    @Test("who asks over the socket is named to the director")
    func author() async throws {
        let director = SampleDirector()
        try await withDirector(director) { socket in
            let answer = try await curl(
                socket, "-X", "POST", "http://localhost\(ControlPath.role)?role=standby")
            #expect(answer.output.hasPrefix("HTTP/1.1 200 "))
        }
        guard case .peer(_, let user, let process) = director.author.withLock(\.self) else {
            Issue.record("nobody was named")
            return
        }
        #expect(user == getuid())
        #expect(process > 1 && process != getpid())
    }

    @Test("the socket for everyone reads and changes nothing")
    func readOnly() async throws {
        try await withTemporaryDirectory { directory in
            let path = directory + "/stats.sock"
            try await serving(at: path, access: .readOnly) { socket in
                let phase = try await phase(at: socket)
                #expect(phase == "serving")
                for route in Route.all where route.kind == .change {
                    let path = "http://localhost\(route.path)"
                    let answer = try await curl(socket, "-d", "x", path)
                    #expect(answer.output.hasPrefix("HTTP/1.1 403 "), "\(path)")
                }
                let level = try await curl(socket, "http://localhost\(ControlPath.logLevel)")
                #expect(level.output.hasPrefix("HTTP/1.1 200 "))
                let capture = try await curl(socket, "http://localhost\(ControlPath.capture)")
                #expect(capture.output.hasPrefix("HTTP/1.1 404 "))
                let mode = try await run(["stat", "-c", "%a", socket])
                #expect(mode.output == "666\n")
            }
        }
    }
}

@Suite("Flows and events over the control socket")
struct StreamTests {
    private func client(_ socket: String) -> ControlClient {
        ControlClient(socket: socket, timeoutMilliseconds: 60_000)
    }

    @Test("pieces of the flow table follow each other by their cursors")
    func pages() async throws {
        try await withDirector { socket in
            let flows = try await blocking {
                var flows: [FlowMessage] = []
                var query = FlowQuery()
                query.filter.state = .finWait
                while true {
                    let page = try client(socket).flows(query)
                    flows += page.flows
                    guard let next = page.next else { return flows }
                    query.after = next
                }
            }
            let all = (0..<SampleDirector.flowCount).map(SampleDirector.flow)
            #expect(flows == all.filter { $0.state == .finWait }.map(FlowMessage.init))
        }
    }

    @Test("all flows come as lines, however they are cut")
    func lines() async throws {
        try await withDirector { socket in
            let bytes = try await blocking {
                let sink = Sink()
                try client(socket).streamFlows(FlowFilter(), stopDescriptor: -1) {
                    sink.bytes += $0
                    return true
                }
                return sink.bytes
            }
            let lines = bytes.split(separator: UInt8(ascii: "\n"))
            #expect(lines.count == Int(SampleDirector.flowCount))
            let last = try FlowMessage(json: Array(try #require(lines.last)))
            #expect(last == FlowMessage(SampleDirector.flow(SampleDirector.flowCount - 1)))
        }
    }

    @Test("events are read after an id, and followed until the reader has enough")
    func events() async throws {
        try await withDirector { socket in
            let (read, followed) = try await blocking {
                let sink = Sink()
                try client(socket).followEvents(since: 1, stopDescriptor: -1) {
                    sink.ids.append($0.id)
                    return sink.ids.count < 2
                }
                return (try client(socket).events(since: 2).events.map(\.id), sink.ids)
            }
            #expect(read == [3])
            #expect(followed == [2, 3])
        }
    }

    @Test(
        "what can not be asked is a 400 problem",
        arguments: [
            "/v1/flows?state=moon", "/v1/flows?limit=0", "/v1/flows?client=10/8",
            "/v1/events?since=-1", "/v1/events?moon=1", "/v1/flows?service=10.0.0.1",
        ])
    func badQueries(path: String) async throws {
        try await withDirector { socket in
            let answer = try await run(
                ["curl", "-sSi", "-m", "60", "--unix-socket", socket, "http://localhost\(path)"])
            #expect(answer.output.hasPrefix("HTTP/1.1 400 "))
        }
    }
}

/// Filled by one closure at a time.
private final class Sink {
    var bytes: [UInt8] = []
    var ids: [UInt64] = []
}
