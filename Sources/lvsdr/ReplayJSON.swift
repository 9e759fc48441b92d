// SPDX-License-Identifier: Apache-2.0

import ControlMessages
import DataPlane
import LVSModel

/// What `lvsdr replay --json` prints: one object a line, keys in alphabetical order.
///
/// The lines are put together by hand, for there are millions of them; nothing in them needs to be
/// escaped.
enum ReplayJSON {
    /// Such as `{"frame":3,"realServer":"192.168.142.6","reason":"scheduled",
    /// "service":"TCP 192.168.142.100:80","time":0.041,"verdict":"TX"}`, in one line; `realServer`
    /// and `service` are null where none was picked.
    static func line(of frame: ReplayedFrame) -> String {
        let real = frame.realServer
        return """
            {"frame":\(frame.number),"realServer":\(text(real?.address)),\
            "reason":\(text(frame.outcome.reason)),"service":\(text(real?.service)),\
            "time":\(ReplayText.seconds(frame.milliseconds)),\
            "verdict":\(text(frame.outcome.verdict.rawValue))}
            """
    }

    /// The last line: `{"totals":{...}}`.
    static func line(of totals: ReplayTotals) -> String {
        let message = ReplayMessage(
            totals: ReplayMessage.Totals(
                frames: totals.frames, sent: totals.counters.framesSent,
                time: Double(totals.milliseconds) / 1_000,
                exits: totals.counters.exits.map {
                    ReplayMessage.Exit(
                        verdict: $0.verdict.rawValue, reason: $0.reason, frames: $0.frames)
                },
                services: totals.services.services))
        guard let text = try? message.json() else {
            preconditionFailure("names and figures become JSON")
        }
        return String(decoding: text.dropLast(), as: UTF8.self)
    }

    private static func text(_ value: (some CustomStringConvertible)?) -> String {
        value.map { "\"\($0)\"" } ?? "null"
    }
}

/// The totals of a replay as JSON.
struct ReplayMessage: ControlMessage {
    var totals: Totals

    struct Totals: Codable, Hashable {
        var frames: UInt64
        /// Frames of the capture that were forwarded, and the director's own answers.
        var sent: UInt64
        /// Seconds from the first frame to the last.
        var time: Double
        /// One for each exit of the pipeline, as in `GET /v1/status`.
        var exits: [Exit]
        /// As in `GET /v1/services`.
        var services: [ServiceMessage]
    }

    struct Exit: Codable, Hashable {
        var verdict: String
        var reason: String
        var frames: UInt64
    }
}
