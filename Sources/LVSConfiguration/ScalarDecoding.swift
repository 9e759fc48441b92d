// SPDX-License-Identifier: Apache-2.0

import LVSModel

// Single values: each method notes what is wrong and returns nil.
extension SettingsDecoder {
    /// A whole number in decimal digits, without quotes, sign or leading zero.
    mutating func number<Number: FixedWidthInteger>(
        _ value: Value, named name: String, in range: ClosedRange<Number>, expected: String? = nil
    ) -> Number? {
        let expected =
            expected ?? "a whole number of \(range.lowerBound)...\(range.upperBound)"
        guard let text = text(value, named: name, expected: expected) else { return nil }
        if case .text(_, isQuoted: true) = value.content {
            note(
                value, "\(name) \(Quotation.quote(text)) is text in quotes", expected: expected,
                hint: "take the quotes away")
            return nil
        }
        switch WholeNumber(text) {
        case .number(let count):
            if let number = Number(exactly: count), range.contains(number) { return number }
            note(value, "\(name) \(shown(text)) is out of range", expected: expected)
        case .overflow:
            note(value, "\(name) \(shown(text)) is out of range", expected: expected)
        case .leadingZero:
            note(value, "\(name) \(shown(text)) has a leading zero", expected: expected)
        case .other:
            note(value, "\(name) \(shown(text)) is not a whole number", expected: expected)
        }
        return nil
    }

    /// A time as `90`, `90s`, `15m` or `2h`.
    mutating func seconds(
        _ value: Value, named name: String, in range: ClosedRange<UInt32>
    ) -> UInt32? {
        let expected =
            "a time of \(range.lowerBound)...\(range.upperBound) seconds, such as 90, 90s, 15m or 2h"
        guard let text = text(value, named: name, expected: expected) else { return nil }
        let units: [Character: Int] = ["s": 1, "m": 60, "h": 3_600]
        let unit = text.last.flatMap { units[$0] }
        switch WholeNumber(unit == nil ? text[...] : text.dropLast()) {
        case .number(let count):
            let (time, isOver) = count.multipliedReportingOverflow(by: unit ?? 1)
            if !isOver, let time = UInt32(exactly: time), range.contains(time) { return time }
            note(value, "\(name) \(shown(text)) is out of range", expected: expected)
        case .overflow:
            note(value, "\(name) \(shown(text)) is out of range", expected: expected)
        case .leadingZero:
            note(value, "\(name) \(shown(text)) has a leading zero", expected: expected)
        case .other:
            note(value, "\(name) \(shown(text)) is not a time", expected: expected)
        }
        return nil
    }

    /// One of the words that name `Choice`'s cases.
    mutating func choice<Choice: RawRepresentable<String> & CaseIterable>(
        _ value: Value, named name: String, as choices: Choice.Type
    ) -> Choice? {
        let words = Choice.allCases.map(\.rawValue)
        let expected = "one of " + words.joined(separator: ", ")
        guard let text = text(value, named: name, expected: expected) else { return nil }
        if let choice = Choice(rawValue: text) { return choice }
        let meant = Spelling.suggestion(for: text, among: words)
        note(
            value, "unknown \(name) \(Quotation.quote(text))", expected: expected,
            hint: meant.map { "did you mean \($0)?" })
        return nil
    }

    /// `true` or `false`.
    mutating func flag(_ value: Value, named name: String) -> Bool? {
        choice(value, named: name, as: Flag.self).map { $0 == .true }
    }

    /// The text of a scalar that is not empty.
    mutating func text(_ value: Value, named name: String, expected: String) -> String? {
        if case .text(let text, _) = value.content, !text.isEmpty { return text }
        note(value, "\(name) is \(kind(value))", expected: expected)
        return nil
    }

    /// Plain in a message where it is one short word, else in quotes.
    func shown(_ text: String) -> String {
        let isWord = text.utf8.count <= 24 && text.utf8.allSatisfy { (0x21...0x7E).contains($0) }
        return isWord ? text : Quotation.quote(text)
    }
}

// MARK: - Names

extension SettingsDecoder {
    /// A name that the kernel takes for an interface.
    mutating func interfaceName(_ value: Value) -> String? {
        let expected = "an interface's name of 1...15 bytes without blanks, / and :"
        guard let text = text(value, named: "interface", expected: expected) else { return nil }
        let isName =
            text.utf8.count <= 15 && text != "." && text != ".."
            && text.unicodeScalars.allSatisfy {
                !$0.properties.isWhitespace && $0.isPrintable && $0 != "/" && $0 != ":"
            }
        if isName { return text }
        let hint = text.contains(":") ? "a label such as eth0:0 is no interface: write eth0" : nil
        note(
            value, "interface \(Quotation.quote(text)) is no name of an interface",
            expected: expected, hint: hint)
        return nil
    }

    /// An absolute path that leaves room for the control socket's name.
    mutating func directory(_ value: Value) -> String? {
        // sockaddr_un has 108 bytes for the path, the NUL at its end included.
        let longest = 108 - "/control.sock".utf8.count - 1
        let expected = "an absolute path of at most \(longest) bytes"
        guard let text = text(value, named: "runtime-directory", expected: expected) else {
            return nil
        }
        let reason: String
        if text.utf8.count > longest {
            reason = "has \(text.utf8.count) bytes, too many for the control socket in it"
        } else if !text.hasPrefix("/") {
            reason = "is no absolute path"
        } else if !text.unicodeScalars.allSatisfy(\.isPrintable) {
            reason = "has characters that can not be shown"
        } else {
            return text
        }
        note(
            value, "runtime-directory \(Quotation.quote(text)) \(reason)", expected: expected,
            hint: "such as /run/lvsdr")
        return nil
    }
}

private enum Flag: String, CaseIterable {
    case `true`
    case `false`
}

/// What a text is as a whole number in decimal digits.
enum WholeNumber {
    case number(Int)
    /// A number, but none that fits, or a negative one.
    case overflow
    /// Some programs would read it as octal.
    case leadingZero
    case other

    init(_ text: some StringProtocol) {
        let digits = text.hasPrefix("-") ? text.dropFirst() : text[...]
        guard !digits.isEmpty, digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else {
            self = .other
            return
        }
        if digits.count > 1, digits.hasPrefix("0") {
            self = .leadingZero
        } else {
            self = Int(text).map { $0 < 0 ? .overflow : .number($0) } ?? .overflow
        }
    }
}
