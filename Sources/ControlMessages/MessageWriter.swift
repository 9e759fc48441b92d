// SPDX-License-Identifier: Apache-2.0

/// Writes JSON by hand, for the messages that have hundreds of thousands of parts: the JSON coder takes
/// ten times as long for them.
///
/// Keys stand in the order in which they are added.
struct MessageWriter {
    private(set) var text: [UInt8] = []
    private var needsComma = false

    mutating func object(_ body: (inout MessageWriter) -> Void) {
        nest("{", "}", body)
    }

    mutating func object(_ key: StaticString, _ body: (inout MessageWriter) -> Void) {
        add(key)
        object(body)
    }

    mutating func list<Element>(
        _ key: StaticString, _ elements: [Element], _ body: (Element, inout MessageWriter) -> Void
    ) {
        add(key)
        nest("[", "]") { writer in
            for element in elements { body(element, &writer) }
        }
    }

    mutating func add(_ key: StaticString, _ number: some BinaryInteger & CustomStringConvertible) {
        add(key)
        add(word: number.description)
    }

    mutating func add(_ key: StaticString, _ flag: Bool) {
        add(key)
        add(word: flag ? "true" : "false")
    }

    mutating func add(_ key: StaticString, _ value: String) {
        add(key)
        add(value)
    }

    mutating func add(_ value: String) {
        separate()
        quote(value)
        needsComma = true
    }

    mutating func addNull(_ key: StaticString) {
        add(key)
        add(word: "null")
    }

    /// A number as the JSON coder writes it: whole ones without a fraction.
    mutating func add(_ key: StaticString, _ number: Double) {
        add(key)
        let text = number.description
        add(word: text.hasSuffix(".0") ? String(text.dropLast(2)) : text)
    }

    private mutating func add(word: String) {
        separate()
        text += word.utf8
        needsComma = true
    }

    private mutating func add(_ key: StaticString) {
        separate()
        text.append(UInt8(ascii: "\""))
        unsafe text.append(
            contentsOf: UnsafeBufferPointer(start: key.utf8Start, count: key.utf8CodeUnitCount))
        text += "\":".utf8
        needsComma = false
    }

    private mutating func nest(
        _ begin: Unicode.Scalar, _ end: Unicode.Scalar, _ body: (inout MessageWriter) -> Void
    ) {
        separate()
        text.append(UInt8(ascii: begin))
        needsComma = false
        body(&self)
        text.append(UInt8(ascii: end))
        needsComma = true
    }

    private mutating func separate() {
        if needsComma { text.append(UInt8(ascii: ",")) }
    }

    /// RFC 8259, section 7.
    private mutating func quote(_ value: String) {
        text.append(UInt8(ascii: "\""))
        for byte in value.utf8 {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"): text += [UInt8(ascii: "\\"), byte]
            case 0x08: text += #"\b"#.utf8
            case 0x09: text += #"\t"#.utf8
            case 0x0A: text += #"\n"#.utf8
            case 0x0C: text += #"\f"#.utf8
            case 0x0D: text += #"\r"#.utf8
            case 0..<0x20:
                let digits = String(byte, radix: 16)
                text += (digits.count == 1 ? #"\u000"# : #"\u00"#).utf8
                text += digits.utf8
            default: text.append(byte)
            }
        }
        text.append(UInt8(ascii: "\""))
    }
}

extension MessageWriter {
    /// null where there is none.
    mutating func add(
        _ key: StaticString, _ number: (some BinaryInteger & CustomStringConvertible)?
    ) {
        if let number { add(key, number) } else { addNull(key) }
    }

    mutating func add(_ key: StaticString, _ value: String?) {
        if let value { add(key, value) } else { addNull(key) }
    }
}
