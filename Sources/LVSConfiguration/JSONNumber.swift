// SPDX-License-Identifier: Apache-2.0

/// The grammar of RFC 8259 section 6.
enum JSONNumber {
    static func isOne(_ text: String) -> Bool {
        var rest = text.utf8[...]
        if rest.first == UInt8(ascii: "-") { rest = rest.dropFirst() }
        let hasLeadingZero = rest.first == UInt8(ascii: "0")
        let whole = takeDigits(&rest)
        guard whole > 0, whole == 1 || !hasLeadingZero else { return false }
        if rest.first == UInt8(ascii: ".") {
            rest = rest.dropFirst()
            guard takeDigits(&rest) > 0 else { return false }
        }
        if let mark = rest.first, "eE".utf8.contains(mark) {
            rest = rest.dropFirst()
            if let sign = rest.first, "+-".utf8.contains(sign) { rest = rest.dropFirst() }
            guard takeDigits(&rest) > 0 else { return false }
        }
        return rest.isEmpty
    }

    private static func takeDigits(_ text: inout Substring.UTF8View) -> Int {
        let digits = text.prefix { (0x30...0x39).contains($0) }
        text = text[digits.endIndex...]
        return digits.count
    }
}
