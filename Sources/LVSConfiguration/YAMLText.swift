// SPDX-License-Identifier: Apache-2.0

/// Writes YAML as a person would: mappings in blocks, lists of words on one line, quotes where they
/// are needed.
enum YAMLText {
    /// - Parameter indent: the column of the keys, from 0.
    static func append(
        _ pairs: [Written.Pair], indent: Int, to text: inout String
    ) {
        for (index, pair) in pairs.enumerated() {
            if index > 0 { pad(indent, &text) }
            append(pair.key, inFlow: false, to: &text)
            text += ":"
            append(pair.value, below: indent, to: &text)
        }
    }

    /// What stands behind a key's colon, with the line's end.
    private static func append(_ value: Written, below indent: Int, to text: inout String) {
        guard value.isBlock else {
            text += " "
            append(value, to: &text)
            text += "\n"
            return
        }
        text += "\n"
        switch value {
        case .mapping(let pairs):
            pad(indent + 2, &text)
            append(pairs, indent: indent + 2, to: &text)
        case .list(let items):
            for item in items { appendItem(item, indent: indent + 2, to: &text) }
        default: break
        }
    }

    /// `- ` and the item, with the line's end.
    static func appendItem(_ item: Written, indent: Int, to text: inout String) {
        pad(indent, &text)
        text += "- "
        if case .mapping(let pairs) = item, !pairs.isEmpty {
            append(pairs, indent: indent + 2, to: &text)
        } else {
            append(item, to: &text)
            text += "\n"
        }
    }

    /// What has room on a line.
    private static func append(_ value: Written, to text: inout String) {
        switch value {
        case .null: text += "null"
        case .flag(let flag): text += flag ? "true" : "false"
        case .number(let number): text += String(number)
        case .text(let string): append(string, inFlow: false, to: &text)
        case .mapping: text += "{}"
        case .list(let items):
            text += "["
            for (index, item) in items.enumerated() {
                if index > 0 { text += ", " }
                if case .text(let string) = item {
                    append(string, inFlow: true, to: &text)
                } else {
                    append(item, to: &text)
                }
            }
            text += "]"
        }
    }

    private static func pad(_ count: Int, _ text: inout String) {
        for _ in 0..<count { text.unicodeScalars.append(" ") }
    }
}

// MARK: - Scalars

extension YAMLText {
    /// Words that one or the other version of YAML takes for something else than text.
    private static let taken: Set<String> = [
        "true", "false", "null", "yes", "no", "on", "off", "y", "n",
    ]

    private static func append(_ string: String, inFlow: Bool, to text: inout String) {
        if isPlain(string, inFlow: inFlow) {
            text += string
            return
        }
        QuotedText.append(string, to: &text) { scalar, text in
            text += "\\U" + Hexadecimal.text(scalar.value, width: 8)
        }
    }

    /// Whether every reader of YAML takes it for the same text without quotes.
    private static func isPlain(_ string: String, inFlow: Bool) -> Bool {
        guard let first = string.utf8.first, first != UInt8(ascii: "-"),
            string.utf8.last != UInt8(ascii: ":"),
            string.utf8.allSatisfy({ isPlain($0, inFlow: inFlow) })
        else { return false }
        let begins = Unicode.Scalar(first)
        if begins == "/" || string.utf8.count > 40 { return true }
        let isNumber =
            (begins.properties.numericType != nil || begins == ".") && Double(string) != nil
        return !isNumber && (string.utf8.count > 5 || !taken.contains(string.lowercased()))
    }

    private static func isPlain(_ byte: UInt8, inFlow: Bool) -> Bool {
        switch Unicode.Scalar(byte) {
        case "a"..."z", "A"..."Z", "0"..."9", ".", "_", "/", "-": true
        case ":": !inFlow
        default: false
        }
    }
}
