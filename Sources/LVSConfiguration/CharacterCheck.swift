// SPDX-License-Identifier: Apache-2.0

/// Refuses the characters that are invisible or that YAML does not know, before anything reads the
/// text: NUL and other controls, and the Unicode line breaks, which an editor does not show as such.
enum CharacterCheck {
    static func run(_ text: String, file: String) throws(ConfigurationError) {
        var (line, column) = (1, 1)
        var last: Unicode.Scalar?
        for scalar in text.unicodeScalars {
            guard isAllowed(scalar) else {
                let digits = String(scalar.value, radix: 16, uppercase: true)
                let zeros = String(repeating: "0", count: max(0, 4 - digits.count))
                throw ConfigurationError(
                    file: file, position: Position(line: line, column: column),
                    found: "the invisible character U+\(zeros)\(digits)", expected: "plain text",
                    hint: "delete it")
            }
            // YAML's lines end in LF, CR LF, or CR alone.
            switch (last, scalar) {
            case ("\r", "\n"): break
            case (_, "\n"), (_, "\r"): (line, column) = (line + 1, 1)
            default: column += 1
            }
            last = scalar
        }
    }

    static func isAllowed(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x20...0x7E, 0x09, 0x0A, 0x0D: true
        case 0x2028, 0x2029, 0xFEFF: false
        case 0xA0...0xFFFD: true
        default: scalar.value >= 0x10000
        }
    }
}
