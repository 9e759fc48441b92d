// SPDX-License-Identifier: Apache-2.0

import ControlClient
import ControlMessages
import ControlServer
import ControlTesting
import Testing

@Suite("Those who follow events")
struct FollowerTests {
    private static let request =
        "GET \(ControlPath.events)?follow=true HTTP/1.1\r\nHost: x\r\n\r\n"

    @Test("a reader gets all of them in order, however many there are at once")
    func all() async throws {
        let count: UInt64 = 5_000
        try await withDirector(SampleDirector(eventCount: count)) { socket in
            let ids = try await blocking {
                let sink = IDs()
                try ControlClient(socket: socket, timeoutMilliseconds: 60_000).followEvents(
                    since: 0, stopDescriptor: -1
                ) { event in
                    sink.ids.append(event.id)
                    return event.id < count
                }
                return sink.ids
            }
            #expect(ids == Array(1...count))
        }
    }

    @Test("one that comes back goes on behind its last event")
    func comesBack() async throws {
        try await withDirector { socket in
            let text = try await blocking {
                let follower = try RawConnection(to: socket)
                defer { follower.close() }
                follower.send(
                    "GET \(ControlPath.events) HTTP/1.1\r\nAccept: text/event-stream\r\n"
                        + "Last-Event-ID: 2\r\n\r\n")
                var text = ""
                while !text.contains("}\n\n"), let piece = follower.receive(), !piece.isEmpty {
                    text += String(decoding: piece, as: UTF8.self)
                }
                return text
            }
            #expect(text.contains("\r\nContent-Type: text/event-stream\r\n"))
            #expect(text.contains("id: 3\nevent: real-server-up\ndata: {"))
            #expect(!text.contains("id: 2\n"))
        }
    }

    @Test("they are so many at most, and there is room when one goes")
    func tooMany() async throws {
        var limits = ControlServer.Limits.patient
        limits.streams = 2
        try await withDirector(limits: limits) { socket in
            try await blocking {
                let followers = try (0..<2).map { _ in
                    let follower = try RawConnection(to: socket)
                    follower.send(Self.request)
                    #expect(follower.receive()?.isEmpty == false)
                    return follower
                }
                let status = try Self.statuses(socket, until: "503", tries: 1)
                #expect(status == ["503"])
                followers[0].close()
                #expect(try Self.statuses(socket, until: "200", tries: 1_000).last == "200")
                followers[1].close()
            }
        }
    }

    /// What followers are answered, one after the other, up to an answer of this status.
    private static func statuses(
        _ socket: String, until last: String, tries: Int
    ) throws -> [String] {
        var statuses: [String] = []
        while statuses.last != last, statuses.count < tries {
            let connection = try RawConnection(to: socket)
            defer { connection.close() }
            connection.send(Self.request)
            let head = String(decoding: connection.receive() ?? [], as: UTF8.self)
            statuses.append(String(head.split(separator: " ").dropFirst().first ?? ""))
        }
        return statuses
    }

    @Test("one that takes nothing while much happens is cut off")
    func deaf() async throws {
        var limits = ControlServer.Limits.patient
        limits.silence = .milliseconds(500)
        try await withDirector(SampleDirector(eventCount: .max), limits: limits) { socket in
            let wasCut = try await blocking {
                let connection = try RawConnection(to: socket)
                defer { connection.close() }
                connection.send(Self.request)
                return connection.drip("x")
            }
            #expect(wasCut)
        }
    }

    @Test("they do not hold up a stop")
    func stop() async throws {
        var limits = ControlServer.Limits.patient
        limits.grace = .milliseconds(100)
        let time = try await ContinuousClock().measure {
            let follower = try await withDirector(limits: limits) { socket in
                try await blocking {
                    let follower = try RawConnection(to: socket)
                    follower.send(Self.request)
                    #expect(follower.receive()?.isEmpty == false)
                    return follower
                }
            }
            #expect(try await blocking { follower.receiveAll() } != nil)
            follower.close()
        }
        #expect(time < .seconds(30))
    }
}

/// Filled by one closure at a time.
private final class IDs {
    var ids: [UInt64] = []
}
