// SPDX-License-Identifier: Apache-2.0

import ControlMessages

/// What `lvsdr capture` prints for eyes: a line for each frame as it came.
struct CaptureText {
    /// Room for the longest reason, and for an IPv4 address with a port.
    private static let reasonWidth = 22
    private static let realServerWidth = 21

    private var frames: UInt64 = 0
    /// Nanoseconds since 1970.
    private var start: UInt64?

    /// The block's line with its line feed, below the titles when it is the first; empty for what is
    /// no frame as it came.
    mutating func line(of block: PcapngReader.Block) -> String {
        guard case .packet(let packet) = block.content, !packet.isSent else { return "" }
        let first = start ?? packet.time
        let title =
            start == nil
            ? Self.line("frame", "time", ["verdict", "reason", "real server"], "packet") : ""
        start = first
        frames += 1
        let words = packet.comment.split(separator: " ", maxSplits: 2).map(String.init)
        return title
            + Self.line(
                "\(frames)", Self.seconds(Int64(bitPattern: packet.time &- first)), words,
                PacketText.line(of: packet.bytes, length: packet.length))
    }

    /// With six places: `1.136042`.
    static func seconds(_ nanoseconds: Int64) -> String {
        let (whole, rest) = (nanoseconds.magnitude / 1_000)
            .quotientAndRemainder(dividingBy: 1_000_000)
        return "\(nanoseconds < 0 ? "-" : "")\(whole).\("\(rest + 1_000_000)".dropFirst())"
    }

    private static func line(
        _ number: String, _ time: String, _ words: [String], _ packet: String
    ) -> String {
        let words = words + Array(repeating: "", count: max(0, 3 - words.count))
        return [
            padded(number, 8, onLeft: true), padded(time, 12, onLeft: true), padded(words[0], 7),
            padded(words[1], reasonWidth), padded(words[2], realServerWidth), packet,
        ].joined(separator: "  ") + "\n"
    }

    private static func padded(_ text: String, _ width: Int, onLeft: Bool = false) -> String {
        let blanks = String(repeating: " ", count: max(0, width - text.utf8.count))
        return onLeft ? blanks + text : text + blanks
    }
}
