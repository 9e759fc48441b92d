// SPDX-License-Identifier: Apache-2.0

import ControlMessages
import HTTPTypes
import HummingbirdCore
import LVSModel
import NIOCore

/// An answer that takes its time.
protocol AnswerStream: Sendable {
    var mediaType: String { get }
    /// How long it may take beside a connection's own time; nil: as long as it likes.
    var duration: Duration? { get }
    /// Writes all of it; throws when the client has gone.
    func write(to body: inout any ResponseBodyWriter) async throws
    /// Whatever way it ended.
    func end() async
}

extension AnswerStream {
    func end() async {}
}

/// All flows that match, a line of JSON each; a piece of the table at a time, when the client has
/// taken the one before.
struct FlowStream: AnswerStream {
    private static let portion = 512

    let source: any ControlSource
    let filter: FlowFilter

    var mediaType: String { "application/x-ndjson" }
    var duration: Duration? { .seconds(600) }

    func write(to body: inout any ResponseBodyWriter) async throws {
        var cursor: UInt64? = 0
        while let at = cursor {
            let page = await source.flows(from: at, matching: filter, atMost: Self.portion)
            cursor = page.next
            let lines = try page.flows.flatMap { try FlowMessage($0).json() }
            if !lines.isEmpty { try await body.write(ByteBuffer(bytes: lines)) }
        }
    }
}

/// Events as they happen (server-sent events, HTML standard section 9.2).
struct EventStream: AnswerStream {
    /// How often a comment shows whether the client is still there.
    private static let heartbeat = Duration.seconds(15)

    let source: any ControlSource
    let since: UInt64

    var mediaType: String { "text/event-stream" }
    var duration: Duration? { nil }

    func write(to body: inout any ResponseBodyWriter) async throws {
        let events = await source.followEvents(after: since)
        try await body.write(ByteBuffer(string: ": events follow\n\n"))
        let (pieces, feed) = AsyncStream<[UInt8]>.makeStream(bufferingPolicy: .bufferingOldest(64))
        let reader = Task {
            for await event in events {
                guard let json = try? EventMessage(event).json() else { continue }
                let text = "id: \(event.id)\nevent: \(event.kind)\ndata: "
                // When the client does not take them it is cut off, and asks again from its last.
                if case .dropped = feed.yield(Array(text.utf8) + json + [0x0A]) { break }
            }
            feed.finish()
        }
        let beat = Task {
            while (try? await Task.sleep(for: Self.heartbeat)) != nil {
                feed.yield(Array(":\n\n".utf8))
            }
        }
        defer {
            reader.cancel()
            beat.cancel()
        }
        for await piece in pieces {
            try await body.write(ByteBuffer(bytes: piece))
        }
    }
}
