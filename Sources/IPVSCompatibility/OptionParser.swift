// SPDX-License-Identifier: Apache-2.0

/// An option as it was given.
struct GivenOption {
    let option: Option
    /// As it was spelled: `-t` or `--tcp-service`.
    let spelling: String
    let place: Place
    let value: Word?
}

/// Words to options, as ipvsadm's parser takes them: `-w 3`, `-w3`, `--weight 3`, `--weight=3`, and
/// letters without a value in one word, as in `-At`.
struct OptionParser {
    private static let byLetter: [Character: Option] = Dictionary(
        Option.allCases.flatMap { option in option.letters.map { ($0, option) } },
        uniquingKeysWith: { first, _ in first })
    private static let byName: [String: Option] = Dictionary(
        uniqueKeysWithValues: Option.allCases.map { ($0.name, $0) })

    private var words: ArraySlice<Word>
    private var given: [GivenOption] = []
    private var isSound = true

    /// The line's options in their order; nil when something was found wrong.
    static func parse(_ words: [Word], _ findings: inout RuleFindings) -> [GivenOption]? {
        var parser = OptionParser(words: words[...])
        while let word = parser.words.popFirst() {
            if word.text.hasPrefix("--"), word.text != "--" {
                parser.takeName(word, &findings)
            } else if word.text.hasPrefix("-"), word.text != "-", word.text != "--" {
                parser.takeLetters(word, &findings)
            } else {
                parser.refuse(
                    "unexpected word \(word.quoted); expected an option such as -t", word.place,
                    &findings)
            }
        }
        return parser.isSound ? parser.given : nil
    }

    private init(words: ArraySlice<Word>) {
        self.words = words
    }

    private mutating func refuse(
        _ message: @autoclosure () -> String, _ place: Place, _ findings: inout RuleFindings
    ) {
        isSound = false
        findings.add(message(), at: place)
    }

    /// `--name`, `--name=value`.
    private mutating func takeName(_ word: Word, _ findings: inout RuleFindings) {
        let parts = word.text.dropFirst(2).split(
            separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        guard let option = Self.byName[String(parts[0])] else {
            refuse("unknown option \(word.quoted)", word.place, &findings)
            return
        }
        let spelling = "--" + option.name
        guard parts.count == 2 else {
            add(option, spelling, word.place, &findings)
            return
        }
        if option.value == .none {
            refuse("\(spelling) takes no value", word.place, &findings)
            return
        }
        let column = word.place.column + spelling.count + 1
        add(
            option, spelling, word.place,
            value: Word(
                text: String(parts[1]), place: Place(line: word.place.line, column: column)),
            &findings)
    }

    /// `-A`, `-At`, `-w3`.
    private mutating func takeLetters(_ word: Word, _ findings: inout RuleFindings) {
        var rest = word.text.dropFirst()
        var place = Place(line: word.place.line, column: word.place.column + 1)
        // The first letter's option begins at its dash.
        var start = word.place
        while let letter = rest.popFirst() {
            place.column += letter.unicodeScalars.count
            guard let option = Self.byLetter[letter] else {
                refuse(
                    "unknown option \(Word(text: "-\(letter)", place: start).quoted)", start,
                    &findings)
                return
            }
            if option.value != .none, !rest.isEmpty {
                let value = Word(text: String(rest), place: place)
                add(option, "-\(letter)", start, value: value, &findings)
                return
            }
            add(option, "-\(letter)", start, &findings)
            start = place
        }
    }

    /// Adds an option; its value is the next word unless it is given here.
    private mutating func add(
        _ option: Option, _ spelling: String, _ place: Place, value: Word? = nil,
        _ findings: inout RuleFindings
    ) {
        var value = value
        let next = words.first.flatMap { $0.text.hasPrefix("-") ? nil : $0 }
        if value == nil, option.value != .none, let next {
            value = next
            words.removeFirst()
        }
        if option.value == .required, value == nil {
            refuse("\(spelling) needs a value", place, &findings)
            return
        }
        if let first = given.first(where: { $0.option == option }) {
            refuse("\(spelling) again, after column \(first.place.column)", place, &findings)
            return
        }
        given.append(GivenOption(option: option, spelling: spelling, place: place, value: value))
    }
}
