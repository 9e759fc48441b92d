// SPDX-License-Identifier: Apache-2.0

import LVSModel

/// Where a word stands, as editors count: lines and columns from 1, columns in Unicode scalars.
struct Place: Hashable {
    var line: Int
    var column: Int
}

/// A word of a line, with its place.
struct Word: Hashable {
    let text: String
    let place: Place

    /// In quotes for a message: on one line, and no longer than a message bears.
    var quoted: String {
        let shown = 40
        let plain = text.unicodeScalars.prefix(shown).map { $0.isPrintable ? String($0) : "?" }
        return "\"\(plain.joined())\(text.unicodeScalars.count > shown ? "..." : "")\""
    }
}

/// A text as its lines of words. Words are separated by blanks; a `#` and what follows it on the
/// line is a comment, as `ipvsadm -R` reads it.
struct RuleLines {
    /// Longer lines are refused: the longest that ipvsadm writes has some 150 bytes.
    static let longest = 1_024

    private var rest: ArraySlice<UInt8>
    private var number = 0

    init(_ text: String) {
        rest = Array(text.utf8)[...]
    }

    /// What a line is.
    enum Line {
        /// None, for an empty line or a comment.
        case words([Word])
        case tooLong(Place)
    }

    /// The next line; nil at the text's end.
    mutating func next() -> Line? {
        guard !rest.isEmpty else { return nil }
        number += 1
        let end = rest.firstIndex(of: UInt8(ascii: "\n")) ?? rest.endIndex
        let line = rest[..<end]
        rest = rest[end...].dropFirst()
        guard line.count <= Self.longest else {
            return .tooLong(Place(line: number, column: 1))
        }
        return .words(words(of: line.prefix { $0 != UInt8(ascii: "#") }))
    }

    private func words(of line: ArraySlice<UInt8>) -> [Word] {
        var words: [Word] = []
        var column = 1
        var start: (index: Int, column: Int)?
        func end(at index: Int) {
            guard let first = start else { return }
            words.append(
                Word(
                    text: String(decoding: line[first.index..<index], as: UTF8.self),
                    place: Place(line: number, column: first.column)))
            start = nil
        }
        for (index, byte) in zip(line.indices, line) {
            if Self.isBlank(byte) {
                end(at: index)
            } else if start == nil {
                start = (index, column)
            }
            // Bytes that continue a scalar are no columns.
            if byte & 0xC0 != 0x80 { column += 1 }
        }
        end(at: line.endIndex)
        return words
    }

    private static func isBlank(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: " ") || (0x09...0x0D).contains(byte)
    }
}
