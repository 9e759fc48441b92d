// SPDX-License-Identifier: Apache-2.0

import ControlMessages

/// A stream of server-sent events, in pieces of any size, to events; what is none is passed over.
struct EventLines {
    /// Longer lines are none of a director's.
    private static let longest = 64 << 10

    private var rest: [UInt8] = []

    /// The events that are whole with this piece.
    mutating func add(_ piece: [UInt8]) -> [EventMessage] {
        rest += piece
        var events: [EventMessage] = []
        while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
            let line = rest[..<end]
            let prefix = Array("data: ".utf8)
            if line.starts(with: prefix),
                let event = try? EventMessage(json: Array(line.dropFirst(prefix.count)))
            {
                events.append(event)
            }
            rest.removeSubrange(...end)
        }
        if rest.count > Self.longest { rest = [] }
        return events
    }
}
