// SPDX-License-Identifier: Apache-2.0

import Glibc
import LVSModel

/// A text of a fuzzer's input.
enum FuzzedText {
    /// The longest text that is made: what takes more than linear time shows in it.
    private static let longest = 1 << 18
    /// No UTF-8 begins so: the byte behind says how often the rest is repeated, as a power of two.
    private static let repeats: UInt8 = 0xFF

    /// nil for what is no UTF-8: no reader of ours comes to see it.
    static func make(from input: Span<UInt8>) -> String? {
        let isRepeated = input.count > 2 && input[0] == repeats
        var bytes: [UInt8] = []
        for index in (isRepeated ? 2 : 0)..<input.count {
            bytes.append(input[index])
        }
        var left = isRepeated ? Int(input[1] % 16) : 0
        while left > 0, bytes.count * 2 <= longest {
            bytes += bytes
            left -= 1
        }
        return String(validating: bytes, as: UTF8.self)
    }
}

/// What a reader of ours says of a text that it refuses.
struct Refusal {
    let line: Int
    let column: Int
    let description: String

    /// It is one line for a person at a terminal, and points into the text.
    func check(in text: String) {
        require(description.unicodeScalars.allSatisfy(\.isPrintable), description)
        let lines = text.unicodeScalars.split(
            separator: "\n", maxSplits: line, omittingEmptySubsequences: false)
        // Behind the last line is where a text ends too early.
        require(line >= 1 && line <= lines.count + 1, description)
        let length = line <= lines.count ? lines[line - 1].count : 0
        require(column >= 1 && column <= length + 1, description)
    }
}

/// Ends the run as a finding.
func require(
    _ holds: Bool, _ what: @autoclosure () -> String = "", file: StaticString = #fileID,
    line: UInt = #line
) {
    if holds { return }
    let message = Array("\(file):\(line): does not hold \(what())\n".utf8)
    _ = unsafe write(STDERR_FILENO, message, message.count)
    abort()
}
