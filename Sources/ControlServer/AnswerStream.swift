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
    private static let portion = 128

    let source: any ControlSource
    let filter: FlowFilter

    var mediaType: String { "application/x-ndjson" }
    var duration: Duration? { .seconds(600) }

    func write(to body: inout any ResponseBodyWriter) async throws {
        var cursor: UInt64? = 0
        // Cancelled when the client has gone: then nobody wants the rest of the table.
        while let at = cursor, !Task.isCancelled {
            let page = await source.flows(from: at, matching: filter, atMost: Self.portion)
            cursor = page.next
            guard !page.flows.isEmpty else { continue }
            var lines = ByteBuffer()
            for flow in page.flows { lines.writeBytes(try FlowMessage(flow).json()) }
            try await body.write(lines)
        }
    }
}
