// SPDX-License-Identifier: Apache-2.0

import Glibc

/// Judges a POSIX extended regular expression (regex(7)) before anything is matched with it.
///
/// The C library repeats what a count or a `+` stands behind as often as it says, also within each
/// other: a few bytes can cost all memory. Hence the expression is measured first, and compiled only
/// when it is small.
enum Pattern {
    static let longest = 1_024
    /// How many single characters and brackets it may be when all its counts are written out.
    static let largest = 10_000

    /// What is wrong with it, in words that follow the pattern; nil when it is right.
    static func fault(_ text: String) -> String? {
        var measure = PatternMeasure(text)
        if let fault = measure.fault() { return fault }
        var expression = unsafe regex_t()
        let code = unsafe regcomp(&expression, text, REG_EXTENDED | REG_NOSUB)
        guard code == 0 else {
            var words = [CChar](repeating: 0, count: 128)
            _ = unsafe regerror(code, &expression, &words, words.count)
            let end = words.firstIndex(of: 0) ?? words.endIndex
            let bytes = words[..<end].map { UInt8(bitPattern: $0) }
            return "is no regular expression: " + String(decoding: bytes, as: UTF8.self)
        }
        unsafe regfree(&expression)
        return nil
    }
}

/// Counts what an expression is when all its counts are written out, and finds references back.
private struct PatternMeasure {
    private let bytes: [UInt8]
    private var index = 0
    /// Of each group that is open, the innermost last: what it has before its last piece, and that
    /// piece.
    private var groups: [(before: Int, last: Int)] = [(0, 0)]

    init(_ text: String) {
        bytes = Array(text.utf8)
    }

    mutating func fault() -> String? {
        while index < bytes.count {
            let byte = bytes[index]
            index += 1
            switch Unicode.Scalar(byte) {
            case "\\":
                let next = index < bytes.count ? bytes[index] : 0
                if (0x31...0x39).contains(next) { return "refers back to a group (\\1 to \\9)" }
                index += 1
                add(1)
            case "[":
                skipBracket()
                add(1)
            case "(":
                groups.append((0, 0))
            case ")" where groups.count > 1:
                let group = groups.removeLast()
                add(group.before + group.last + 1)
            case "+":
                multiply(by: 2)
            case "{":
                multiply(by: count())
            case "*", "?":
                break
            default:
                add(1)
            }
            if size > Pattern.largest { return "is too large with its counts written out" }
        }
        return nil
    }

    private var size: Int {
        groups.reduce(0) { $0 + $1.before + $1.last }
    }

    private mutating func add(_ piece: Int) {
        let last = groups.count - 1
        groups[last] = (groups[last].before + groups[last].last, piece)
    }

    private mutating func multiply(by count: Int) {
        let last = groups.count - 1
        let (product, isOver) = groups[last].last.multipliedReportingOverflow(by: count)
        groups[last].last = isOver ? Pattern.largest + 1 : product
    }

    /// The greatest number up to the brace that closes, and one more for a part that is repeated
    /// without end.
    private mutating func count() -> Int {
        var (greatest, number) = (0, 0)
        while index < bytes.count, bytes[index] != UInt8(ascii: "}") {
            let digit = Int(bytes[index]) - 0x30
            number = (0...9).contains(digit) ? min(number * 10 + digit, Pattern.largest) : 0
            greatest = max(greatest, number)
            index += 1
        }
        index += 1
        return greatest + 1
    }

    /// Moves behind the bracket that closes; one at the start, and those of classes, are its own.
    private mutating func skipBracket() {
        if index < bytes.count, bytes[index] == UInt8(ascii: "^") { index += 1 }
        let start = index
        while index < bytes.count {
            let byte = bytes[index]
            index += 1
            if byte == UInt8(ascii: "]"), index > start + 1 { return }
            guard byte == UInt8(ascii: "["), index < bytes.count, ":.=".utf8.contains(bytes[index])
            else { continue }
            skipClass(endingIn: bytes[index])
        }
    }

    private mutating func skipClass(endingIn mark: UInt8) {
        index += 1
        while index + 1 < bytes.count {
            index += 1
            if bytes[index - 1] == mark, bytes[index] == UInt8(ascii: "]") {
                index += 1
                return
            }
        }
    }
}
