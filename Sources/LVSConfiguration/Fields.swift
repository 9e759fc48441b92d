// SPDX-License-Identifier: Apache-2.0

/// The values of a mapping by their keys. They are few: to look through them is the quickest.
struct Fields<Key: Equatable> {
    private(set) var entries: [(key: Key, place: Position, value: Value)] = []

    mutating func add(_ value: Value, for key: Key, at place: Position) {
        entries.append((key, place, value))
    }

    subscript(key: Key) -> Value? {
        for entry in entries where entry.key == key { return entry.value }
        return nil
    }
}

/// What was not given, or was wrong, leaves the default.
func put<Setting>(_ value: Setting?, in setting: inout Setting) {
    if let value { setting = value }
}

extension SettingsDecoder {
    /// The mapping's values by key; notes unknown and missing keys. nil when it is no mapping.
    mutating func fields<Key: RawRepresentable<String> & CaseIterable & Equatable>(
        of value: Value, named name: String, as keys: Key.Type, required: [Key]
    ) -> Fields<Key>? {
        guard case .mapping(let pairs) = value.content else {
            note(
                value, "\(name) is \(kind(value))",
                expected: "a mapping with the keys \(words(of: Key.self))")
            return nil
        }
        var fields = Fields<Key>()
        for pair in pairs {
            if case .text(let text, _) = pair.key.content, let key = Key(rawValue: text) {
                fields.add(pair.value, for: key, at: pair.key.position)
            } else {
                noteUnknown(pair.key, among: Key.self)
            }
        }
        for key in required where fields[key] == nil {
            note(
                value, "missing key \(Quotation.quote(key.rawValue)) in \(name)",
                expected: "at least " + required.map(\.rawValue).joined(separator: ", "))
        }
        return fields
    }

    private mutating func noteUnknown<Key: RawRepresentable<String> & CaseIterable>(
        _ key: Value, among keys: Key.Type
    ) {
        let expected = "one of " + words(of: Key.self)
        guard case .text(let text, _) = key.content else {
            note(key, "a key that is \(kind(key))", expected: expected)
            return
        }
        let known = Key.allCases.map(\.rawValue)
        let meant = findings.isFull ? nil : Spelling.suggestion(for: text, among: known)
        note(
            key, "unknown key \(Quotation.quote(text))", expected: expected,
            hint: meant.map { "did you mean \(Quotation.quote($0))?" })
    }

    /// All that a key or a value can be, in the order of their declaration.
    func words<Word: RawRepresentable<String> & CaseIterable>(of words: Word.Type) -> String {
        Word.allCases.map(\.rawValue).joined(separator: ", ")
    }

    /// The list's values; notes what is no list.
    mutating func items(of value: Value, named name: String) -> [Value] {
        if case .list(let items) = value.content { return items }
        note(
            value, "\(name) is \(kind(value))", expected: "a list of `- ` items",
            hint: "write [] for none")
        return []
    }

    mutating func note(_ value: Value, _ found: String, expected: String, hint: String? = nil) {
        findings.add(found, expected: expected, hint: hint, at: value.position)
    }

    func kind(_ value: Value) -> String {
        switch value.content {
        case .text("", isQuoted: false): "empty"
        case .text(let text, _): Quotation.quote(text)
        case .list: "a list"
        case .mapping: "a mapping"
        }
    }
}
