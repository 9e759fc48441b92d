// SPDX-License-Identifier: Apache-2.0

/// Reads one JSON text (RFC 8259) into values with their places.
///
/// What stands without quotes, a number, `true`, `false` or `null`, is plain text as in the file:
/// what it means is the decoder's to say. Nesting and size are bounded, and a key stands once in an
/// object. Columns count Unicode scalars.
struct JSONReader {
    static let maximumDepth = 16
    static let maximumValues = 600_000

    private let file: String
    private let bytes: [UInt8]
    private var index = 0
    private var position = Position(line: 1, column: 1)
    private var depth = 0
    private var values = 0

    private init(_ bytes: [UInt8], file: String) {
        self.bytes = bytes
        self.file = file
    }

    /// - Parameter bytes: valid UTF-8.
    /// - Throws: the first thing that is no JSON.
    static func read(_ bytes: [UInt8], file: String) throws(ConfigurationError) -> Value {
        var reader = JSONReader(bytes, file: file)
        let value = try reader.value()
        reader.skipBlanks()
        guard reader.current == nil else { throw reader.refusal("text behind the end", "nothing") }
        return value
    }

    private func refusal(
        _ found: String, _ expected: String, at place: Position? = nil
    ) -> ConfigurationError {
        ConfigurationError(
            file: file, position: place ?? position, found: found, expected: expected)
    }
}

// MARK: - Moving

extension JSONReader {
    private var current: UInt8? { index < bytes.count ? bytes[index] : nil }

    /// What stands here, for messages.
    private var found: String {
        guard current != nil else { return "the end of the text" }
        let rest = String(decoding: bytes[index...].prefix(16), as: UTF8.self)
        return Quotation.quote(String(rest.unicodeScalars.prefix(1)))
    }

    private mutating func advance() {
        guard let byte = current else { return }
        index += 1
        if byte == UInt8(ascii: "\n") {
            position = Position(line: position.line + 1, column: 1)
        } else if byte & 0xC0 != 0x80 {
            position = Position(line: position.line, column: position.column + 1)
        }
    }

    private mutating func skipBlanks() {
        while let byte = current, " \t\n\r".utf8.contains(byte) { advance() }
    }

    /// Takes the byte, if it stands here.
    private mutating func take(_ byte: UInt8) -> Bool {
        guard current == byte else { return false }
        advance()
        return true
    }
}

// MARK: - Values

extension JSONReader {
    private mutating func value() throws(ConfigurationError) -> Value {
        skipBlanks()
        values += 1
        guard values <= Self.maximumValues else {
            throw refusal("more than \(Self.maximumValues) values", "a shorter text")
        }
        let start = position
        let content: Value.Content
        switch current.map({ Unicode.Scalar($0) }) {
        case "{": content = .mapping(try object())
        case "[": content = .list(try array())
        case "\"": content = .text(try string(), isQuoted: true)
        default: content = .text(try word(), isQuoted: false)
        }
        return Value(position: start, content: content)
    }

    /// Goes through what stands between two brackets, with commas between each two.
    private mutating func collection(
        _ closing: UInt8, _ item: (inout JSONReader) throws(ConfigurationError) -> Void
    ) throws(ConfigurationError) {
        depth += 1
        guard depth <= Self.maximumDepth else {
            throw refusal("nesting deeper than \(Self.maximumDepth) levels", "changes")
        }
        advance()
        skipBlanks()
        if !take(closing) {
            while true {
                try item(&self)
                skipBlanks()
                if take(closing) { break }
                guard take(UInt8(ascii: ",")) else {
                    let mark = Unicode.Scalar(closing)
                    throw refusal("\(found) in JSON", "a comma or \(mark)")
                }
                skipBlanks()
            }
        }
        depth -= 1
    }

    private mutating func array() throws(ConfigurationError) -> [Value] {
        var items: [Value] = []
        try collection(UInt8(ascii: "]")) { reader throws(ConfigurationError) in
            items.append(try reader.value())
        }
        return items
    }

    private mutating func object() throws(ConfigurationError) -> [(key: Value, value: Value)] {
        var pairs: [(key: Value, value: Value)] = []
        var keys: Set<String> = []
        try collection(UInt8(ascii: "}")) { reader throws(ConfigurationError) in
            let start = reader.position
            guard reader.current == UInt8(ascii: "\"") else {
                throw reader.refusal("\(reader.found) in JSON", "a key in double quotes")
            }
            let key = try reader.string()
            guard keys.insert(key).inserted else {
                throw reader.refusal(
                    "duplicate key \(Quotation.quote(key))", "each key once in an object", at: start
                )
            }
            reader.skipBlanks()
            guard reader.take(UInt8(ascii: ":")) else {
                throw reader.refusal("\(reader.found) in JSON", "a colon behind the key")
            }
            let place = Value(position: start, content: .text(key, isQuoted: true))
            pairs.append((place, try reader.value()))
        }
        return pairs
    }

    /// A number, `true`, `false` or `null`.
    private mutating func word() throws(ConfigurationError) -> String {
        let start = position
        let first = index
        while let byte = current, Self.isWordByte(byte) { advance() }
        let text = String(decoding: bytes[first..<index], as: UTF8.self)
        if ["true", "false", "null"].contains(text) || JSONNumber.isOne(text) { return text }
        let found = text.isEmpty ? "\(found) in JSON" : "\(Quotation.quote(text)) in JSON"
        throw refusal(
            found, "a value: text in double quotes, a number, true, false, null", at: start)
    }

    private static func isWordByte(_ byte: UInt8) -> Bool {
        switch Unicode.Scalar(byte) {
        case "a"..."z", "A"..."Z", "0"..."9", "+", "-", ".", "_": true
        default: false
        }
    }
}

// MARK: - Strings

extension JSONReader {
    private mutating func string() throws(ConfigurationError) -> String {
        let start = position
        advance()
        var text: [UInt8] = []
        while let byte = current, byte >= 0x20 {
            switch Unicode.Scalar(byte) {
            case "\"":
                advance()
                return String(decoding: text, as: UTF8.self)
            case "\\":
                text += String(try escape()).utf8
            default:
                text.append(byte)
                advance()
            }
        }
        guard current == nil else {
            throw refusal(
                "a control character in a JSON string", "an escape such as \\n or \\u0009")
        }
        throw refusal("a string that is not closed", "the closing quote", at: start)
    }

    private mutating func escape() throws(ConfigurationError) -> Unicode.Scalar {
        let start = position
        advance()
        let letter = current.map { Unicode.Scalar($0) }
        advance()
        switch letter {
        case "\"", "\\", "/": return letter ?? "/"
        case "b": return "\u{8}"
        case "f": return "\u{c}"
        case "n": return "\n"
        case "r": return "\r"
        case "t": return "\t"
        case "u":
            if let scalar = scalar() { return scalar }
            throw refusal(
                "an escape that is no character",
                "\\u and four hexadecimal digits, or two such for "
                    + "a character above U+FFFF", at: start)
        default:
            throw refusal(
                "an escape that JSON does not have", "one of \\\" \\\\ \\/ \\b \\f \\n \\r \\t \\u",
                at: start)
        }
    }

    /// The digits behind `\u`, and a second escape where the first is the half of a character.
    private mutating func scalar() -> Unicode.Scalar? {
        guard let first = codeUnit() else { return nil }
        guard UTF16.isLeadSurrogate(first) else { return Unicode.Scalar(first) }
        guard take(UInt8(ascii: "\\")), take(UInt8(ascii: "u")), let second = codeUnit(),
            UTF16.isTrailSurrogate(second)
        else { return nil }
        return UTF16.decode(UTF16.EncodedScalar([first, second]))
    }

    private mutating func codeUnit() -> UInt16? {
        var unit: UInt16 = 0
        for _ in 0..<4 {
            guard let digit = current.flatMap(Hexadecimal.digit) else { return nil }
            unit = unit << 4 | UInt16(digit)
            advance()
        }
        return unit
    }
}
