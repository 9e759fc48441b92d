// SPDX-License-Identifier: Apache-2.0

/// A place in UTF-8 text that moves forward, and takes scalars where YAML delimits them.
struct TextCursor {
    private let bytes: [UInt8]
    private var index = 0
    private var line = 1
    private var column = 1
    /// True until the line has anything but blanks.
    private(set) var isInIndentation = true

    init(_ text: String) {
        bytes = Array(text.utf8)
    }

    var current: UInt8? { byte(at: index) }

    var position: Position { Position(line: line, column: column) }

    var isAtLineEnd: Bool { current.map(Self.isBreak) ?? true }

    /// True when the byte that is so far ahead is a blank, a break or the text's end.
    func isBlankOrEnd(after offset: Int) -> Bool {
        byte(at: index + offset).map { Self.isBlank($0) || Self.isBreak($0) } ?? true
    }

    func starts(with text: String) -> Bool {
        bytes[index...].starts(with: text.utf8)
    }

    static func isBlank(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t")
    }

    static func isBreak(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r")
    }

    private func byte(at index: Int) -> UInt8? {
        index < bytes.count ? bytes[index] : nil
    }
}

// MARK: - Moving

extension TextCursor {
    mutating func advance(by count: Int = 1) {
        for _ in 0..<count {
            guard let byte = current else { return }
            index += 1
            if byte == UInt8(ascii: "\n")
                || (byte == UInt8(ascii: "\r") && current != UInt8(ascii: "\n"))
            {
                line += 1
                column = 1
                isInIndentation = true
            } else {
                // Bytes that continue a scalar are no columns.
                if byte & 0xC0 != 0x80 { column += 1 }
                if !Self.isBlank(byte) { isInIndentation = false }
            }
        }
    }

    /// Moves to the end of the line.
    mutating func skipLine() {
        while !isAtLineEnd { advance() }
    }

    /// Takes a plain scalar without the blanks behind it, and moves to what delimits it: `: `, ` #`,
    /// the line's end, in a flow collection also its punctuation.
    mutating func takePlain(inFlow: Bool) -> ArraySlice<UInt8> {
        let start = index
        var end = index
        while let byte = current, !Self.isBreak(byte) {
            if byte == UInt8(ascii: ":"), isBlankOrEnd(after: 1) { break }
            if byte == UInt8(ascii: "#"), end < index { break }
            if inFlow, ",[]{}".utf8.contains(byte) { break }
            advance()
            if !Self.isBlank(byte) { end = index }
        }
        return bytes[start..<end]
    }

    /// Takes a quoted scalar and moves behind its closing quote; nil when the line ends first.
    mutating func takeQuoted() -> ArraySlice<UInt8>? {
        guard let quote = current else { return nil }
        let start = index + 1
        var end = start
        while let byte = byte(at: end), !Self.isBreak(byte) {
            let next = self.byte(at: end + 1)
            if byte == quote, quote != UInt8(ascii: "'") || next != quote {
                advance(by: end + 1 - index)
                return bytes[start..<end]
            }
            let isEscape = byte == UInt8(ascii: "\\") && quote == UInt8(ascii: "\"")
            end += (isEscape && next.map(Self.isBreak) != true) || byte == quote ? 2 : 1
        }
        return nil
    }
}
