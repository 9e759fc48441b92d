// SPDX-License-Identifier: Apache-2.0

/// A key of a terminal, as far as `lvsdr top` knows it.
enum TopKey: Hashable {
    case letter(Character)
    case up
    case down
    case pageUp
    case pageDown
    case first
    case last
    case enter
    case erase
    case escape
    /// Ctrl-C.
    case interrupt
    /// Ctrl-Z.
    case suspend
    /// Ctrl-L.
    case redraw
}

/// The bytes that a terminal sends, in pieces of any size, to keys.
///
/// An escape byte is a key, and begins the sequences of other keys (ECMA-48, 5.4; xterm's control
/// sequences): which of the two it is, only the bytes that follow, or none for a while, can tell.
struct KeyReader {
    private static let escape: UInt8 = 0x1B
    /// Longer sequences are no key's.
    private static let longest = 16

    private var rest: [UInt8] = []

    /// Whether an escape byte may still become a sequence.
    var isWaiting: Bool { !rest.isEmpty }

    /// The keys that are whole with these bytes.
    mutating func add(_ bytes: [UInt8]) -> [TopKey] {
        bytes.compactMap { add($0) }
    }

    /// The key of what waited in vain for more.
    mutating func flush() -> [TopKey] {
        defer { rest = [] }
        return rest == [Self.escape] ? [.escape] : []
    }

    private mutating func add(_ byte: UInt8) -> TopKey? {
        guard !rest.isEmpty else {
            if byte != Self.escape { return Self.key(byte) }
            rest = [byte]
            return nil
        }
        if byte == Self.escape {
            defer { rest = [byte] }
            return rest.count == 1 ? .escape : nil
        }
        rest.append(byte)
        let isIntroducer =
            rest.count == 2 && (byte == UInt8(ascii: "[") || byte == UInt8(ascii: "O"))
        let isFinal = (0x40...0x7E).contains(byte) && !isIntroducer
        guard isFinal || rest.count >= Self.longest else { return nil }
        defer { rest = [] }
        return Self.keys[String(decoding: rest.dropFirst(), as: UTF8.self)]
    }

    /// What follows the escape byte.
    private static let keys: [String: TopKey] = [
        "[A": .up, "OA": .up, "[B": .down, "OB": .down, "[5~": .pageUp, "[6~": .pageDown,
        "[H": .first, "OH": .first, "[1~": .first, "[7~": .first, "[F": .last, "OF": .last,
        "[4~": .last, "[8~": .last,
    ]

    private static func key(_ byte: UInt8) -> TopKey? {
        switch byte {
        case 0x03: .interrupt
        case 0x08, 0x7F: .erase
        case 0x0A, 0x0D: .enter
        case 0x0C: .redraw
        case 0x1A: .suspend
        case 0x20...0x7E: .letter(Character(Unicode.Scalar(byte)))
        default: nil
        }
    }
}
