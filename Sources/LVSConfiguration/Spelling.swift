// SPDX-License-Identifier: Apache-2.0

import LVSModel

/// How text of the file is shown in messages.
enum Quotation {
    private static let shown = 40

    /// The text in quotes, on one line and no longer than a message bears.
    static func quote(_ text: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars.prefix(shown) {
            result += scalar.isPrintable ? String(scalar) : "?"
        }
        return "\"\(result)\(text.unicodeScalars.count > shown ? "..." : "")\""
    }
}

/// Finds the word that was meant.
enum Spelling {
    /// The one of `words` that is at most two edits away from `text`; nil when none is.
    static func suggestion(for text: String, among words: [String]) -> String? {
        let nearest = words.map { ($0, distance(text, $0)) }.min { $0.1 < $1.1 }
        guard let nearest, nearest.1 <= 2, nearest.1 < nearest.0.count else { return nil }
        return nearest.0
    }

    /// How many letters have to be put in, taken out, changed or swapped with the next one.
    private static func distance(_ left: String, _ right: String) -> Int {
        let (left, right) = (Array(left.lowercased().utf8), Array(right.lowercased().utf8))
        guard abs(left.count - right.count) <= 2 else { return .max }
        var before: [Int] = []
        var last = Array(0...right.count)
        for row in left.indices {
            var line = [row + 1]
            for column in right.indices {
                let isSame = left[row] == right[column]
                var cost = min(
                    last[column] + (isSame ? 0 : 1), line[column] + 1, last[column + 1] + 1)
                if row > 0, column > 0, left[row] == right[column - 1],
                    left[row - 1] == right[column]
                {
                    cost = min(cost, before[column - 1] + 1)
                }
                line.append(cost)
            }
            (before, last) = (last, line)
        }
        return last[right.count]
    }
}
