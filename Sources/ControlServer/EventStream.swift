// SPDX-License-Identifier: Apache-2.0

import ControlMessages
import HummingbirdCore
import LVSModel
import NIOCore

/// Events as they happen (server-sent events, HTML standard section 9.2).
///
/// An event is asked for when the client has taken the one before, so that a slow client costs no
/// memory: the director's log tells it what it missed.
struct EventStream: AnswerStream {
    /// How often a comment shows whether the client is still there.
    private static let heartbeat = Duration.seconds(15)

    let source: any ControlSource
    let since: UInt64

    var mediaType: String { "text/event-stream" }
    var duration: Duration? { nil }

    private enum Piece {
        case event(EventRecord)
        case beat
    }

    func write(to body: inout any ResponseBodyWriter) async throws {
        let events = await source.followEvents(after: since)
        try await body.write(ByteBuffer(string: ": events follow\n\n"))
        let (pieces, feed) = AsyncStream<Piece>.makeStream()
        let (turns, turn) = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))
        let reader = Task {
            var turns = turns.makeAsyncIterator()
            for await event in events {
                feed.yield(.event(event))
                guard await turns.next() != nil else { break }
            }
            feed.finish()
        }
        let beat = Task {
            while (try? await Task.sleep(for: Self.heartbeat)) != nil { feed.yield(.beat) }
        }
        defer {
            reader.cancel()
            beat.cancel()
        }
        for await piece in pieces {
            guard case .event(let event) = piece else {
                try await body.write(ByteBuffer(string: ":\n\n"))
                continue
            }
            try await body.write(ByteBuffer(bytes: Self.text(of: event)))
            turn.yield()
        }
    }

    /// The kind is a word, and JSON has no line breaks.
    private static func text(of event: EventRecord) throws -> [UInt8] {
        let head = "id: \(event.id)\nevent: \(event.kind)\ndata: "
        return Array(head.utf8) + (try EventMessage(event).json()) + [UInt8(ascii: "\n")]
    }
}
