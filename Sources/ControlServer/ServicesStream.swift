// SPDX-License-Identifier: Apache-2.0

import ControlMessages
import HummingbirdCore
import LVSModel
import NIOCore

/// The services as a document that is made while the client takes it: a full director's has more
/// than fifty megabytes.
struct ServicesStream: AnswerStream {
    /// With more real servers than this it is worth it; fewer make a document of known length.
    static let least = 1_000
    /// Bytes that are written together.
    private static let portion = 64 << 10

    let services: [ServiceStatus]

    var mediaType: String { "application/json" }
    var duration: Duration? { .seconds(60) }

    func write(to body: inout any ResponseBodyWriter) async throws {
        var text: [UInt8] = []
        for piece in ServicesMessage.pieces(of: services) {
            text += piece
            guard text.count > Self.portion else { continue }
            try await body.write(ByteBuffer(bytes: text))
            text.removeAll(keepingCapacity: true)
        }
        if !text.isEmpty { try await body.write(ByteBuffer(bytes: text)) }
    }
}
