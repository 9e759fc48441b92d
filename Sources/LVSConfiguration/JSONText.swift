// SPDX-License-Identifier: Apache-2.0

/// Writes JSON (RFC 8259) without blanks, on one line.
enum JSONText {
    static func append(_ value: Written, to text: inout String) {
        switch value {
        case .null: text += "null"
        case .flag(let flag): text += flag ? "true" : "false"
        case .number(let number): text += String(number)
        case .text(let string): append(string, to: &text)
        case .list(let items):
            text += "["
            for (index, item) in items.enumerated() {
                if index > 0 { text += "," }
                append(item, to: &text)
            }
            text += "]"
        case .mapping(let pairs):
            text += "{"
            for (index, pair) in pairs.enumerated() {
                if index > 0 { text += "," }
                append(pair.key, to: &text)
                text += ":"
                append(pair.value, to: &text)
            }
            text += "}"
        }
    }

    private static func append(_ string: String, to text: inout String) {
        QuotedText.append(string, to: &text) { scalar, text in
            for unit in UTF16.encode(scalar) ?? UTF16.encodedReplacementCharacter {
                text += "\\u" + Hexadecimal.text(unit, width: 4)
            }
        }
    }
}
