// SPDX-License-Identifier: Apache-2.0

import LVSModel

// Single values: each method notes what is wrong and returns nil.
extension SettingsDecoder {
    /// A whole number in decimal digits, without quotes, sign or leading zero.
    mutating func number<Number: FixedWidthInteger>(
        _ value: Value, named name: String, in range: ClosedRange<Number>,
        expected: @autoclosure () -> String? = nil
    ) -> Number? {
        if case .text(let text, isQuoted: false) = value.content,
            case .number(let count) = WholeNumber(text), let number = Number(exactly: count),
            range.contains(number)
        {
            return number
        }
        let expected =
            expected() ?? "a whole number of \(range.lowerBound)...\(range.upperBound)"
        guard let text = text(value, named: name, expected: expected) else { return nil }
        if case .text(_, isQuoted: true) = value.content {
            note(
                value, "\(name) \(Quotation.quote(text)) is text in quotes", expected: expected,
                hint: "take the quotes away")
        } else {
            note(
                value, "\(name) \(shown(text)) \(fault(of: WholeNumber(text), "a whole number"))",
                expected: expected)
        }
        return nil
    }

    /// A time as `90`, `90s`, `15m` or `2h`.
    mutating func seconds(
        _ value: Value, named name: String, in range: ClosedRange<UInt32>
    ) -> UInt32? {
        time(value, named: name, in: range, units: Self.secondUnits, perPlain: 1) {
            "a time of \(range.lowerBound)...\(range.upperBound) seconds, such as 90, 90s, 15m or 2h"
        }
    }

    /// A time as `2`, `2s`, `500ms`, `1m` or `1h`, in milliseconds.
    mutating func milliseconds(
        _ value: Value, named name: String, in range: ClosedRange<UInt32>
    ) -> UInt32? {
        let units =
            [(name: "ms", length: 1)]
            + Self.secondUnits.map { (name: $0.name, length: $0.length * 1_000) }
        return time(value, named: name, in: range, units: units, perPlain: 1_000) {
            "a time of \(TimeText.milliseconds(range.lowerBound))..."
                + "\(TimeText.milliseconds(range.upperBound)), such as 2, 2s, 500ms or 1m"
        }
    }

    private static let secondUnits: [(name: String, length: Int)] = [
        ("s", 1), ("m", 60), ("h", 3_600),
    ]

    /// - Parameter perPlain: what a number without a unit is multiplied by.
    private mutating func time(
        _ value: Value, named name: String, in range: ClosedRange<UInt32>,
        units: [(name: String, length: Int)], perPlain: Int, expected: () -> String
    ) -> UInt32? {
        guard let text = text(value, named: name, expected: expected()) else { return nil }
        let unit = units.first { text.hasSuffix($0.name) }
        let digits = WholeNumber(text.dropLast(unit?.name.utf8.count ?? 0))
        if case .number(let count) = digits {
            let (time, isOver) = count.multipliedReportingOverflow(by: unit?.length ?? perPlain)
            if !isOver, let time = UInt32(exactly: time), range.contains(time) { return time }
        }
        note(value, "\(name) \(shown(text)) \(fault(of: digits, "a time"))", expected: expected())
        return nil
    }

    private func fault(of number: WholeNumber, _ wanted: String) -> String {
        switch number {
        case .number, .overflow: "is out of range"
        case .leadingZero: "has a leading zero"
        case .other: "is not \(wanted)"
        }
    }

    /// One of the words that name `Choice`'s cases.
    mutating func choice<Choice: RawRepresentable<String> & CaseIterable>(
        _ value: Value, named name: String, as choices: Choice.Type
    ) -> Choice? {
        if case .text(let text, _) = value.content, let choice = Choice(rawValue: text) {
            return choice
        }
        let expected = "one of " + words(of: Choice.self)
        guard let text = text(value, named: name, expected: expected) else { return nil }
        let meant = Spelling.suggestion(for: text, among: Choice.allCases.map(\.rawValue))
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
    mutating func text(
        _ value: Value, named name: String, expected: @autoclosure () -> String
    ) -> String? {
        if case .text(let text, _) = value.content, !text.isEmpty { return text }
        note(value, "\(name) is \(kind(value))", expected: expected())
        return nil
    }

    /// Plain in a message where it is one short word, else in quotes.
    func shown(_ text: String) -> String {
        let isWord = text.utf8.count <= 24 && text.utf8.allSatisfy { (0x21...0x7E).contains($0) }
        return isWord ? text : Quotation.quote(text)
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
        let isNegative = text.utf8.first == UInt8(ascii: "-")
        let digits = text.utf8.dropFirst(isNegative ? 1 : 0)
        guard !digits.isEmpty, digits.allSatisfy({ (0x30...0x39).contains($0) }) else {
            self = .other
            return
        }
        if digits.count > 1, digits.first == UInt8(ascii: "0") {
            self = .leadingZero
        } else {
            self = Int(text).map { $0 < 0 ? .overflow : .number($0) } ?? .overflow
        }
    }
}
