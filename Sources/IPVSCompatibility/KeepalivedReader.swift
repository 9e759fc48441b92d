// SPDX-License-Identifier: Apache-2.0

/// keepalived.conf as text, with what it includes, to directives (keepalived.conf(5)).
///
/// `#` and `!` begin a comment; quotes hold words together; `include PATTERN` stands for the files;
/// `$NAME=VALUE` defines a variable, `$NAME` and `${NAME}` stand for its value; a line that begins
/// with `@ID` is for the instance ID alone, and left out.
struct KeepalivedReader {
    /// The files that a pattern names, each with its text, in order.
    typealias Files = (_ pattern: String, _ from: String) -> [(path: String, text: String)]

    private static let maximumDepth = 16
    private static let maximumLines = 1_000_000
    private static let maximumExpansion = 65_536

    private let files: Files
    private var variables: [String: String] = [:]
    private var lineCount = 0
    private(set) var notes: [KeepalivedNote] = []

    init(files: @escaping Files) {
        self.files = files
    }

    /// - Throws: where braces do not fit, or the files are more than any configuration has.
    mutating func read(
        _ text: String, file: String
    ) throws(KeepalivedError) -> [KeepalivedDirective] {
        var blocks = KeepalivedBlocks()
        try read(text, file: file, depth: 0, into: &blocks)
        return try blocks.finish()
    }

    private mutating func read(
        _ text: String, file: String, depth: Int, into blocks: inout KeepalivedBlocks
    ) throws(KeepalivedError) {
        guard depth < Self.maximumDepth else {
            throw KeepalivedError(
                file: file, line: 0, message: "included more than \(Self.maximumDepth) files deep")
        }
        for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false)
            .enumerated()
        {
            lineCount += 1
            let place = KeepalivedPlace(file: file, line: index + 1)
            guard lineCount <= Self.maximumLines else {
                throw KeepalivedError(file: file, line: place.line, message: "too many lines")
            }
            let line = line.drop { $0 == " " || $0 == "\t" }
            if line.hasPrefix("@") {
                note(place, "\(line.prefix { $0 != " " }): lines for one instance are left out")
            } else if line.hasPrefix("$"), let name = definition(line) {
                variables[name.name] = try expanded(name.value, place)
            } else {
                let words = Self.words(Substring(try expanded(line, place)))
                if words.first == "include", words.count > 1 {
                    try include(words[1], at: place, depth: depth, into: &blocks)
                } else {
                    try blocks.add(words, at: place)
                }
            }
        }
    }

    private mutating func include(
        _ pattern: String, at place: KeepalivedPlace, depth: Int,
        into blocks: inout KeepalivedBlocks
    ) throws(KeepalivedError) {
        let found = files(pattern, place.file)
        if found.isEmpty { note(place, "include \(pattern): no such file") }
        for file in found {
            try read(file.text, file: file.path, depth: depth + 1, into: &blocks)
        }
    }

    private mutating func note(_ place: KeepalivedPlace, _ text: String) {
        notes.append(KeepalivedNote(file: place.file, line: place.line, text: text))
    }

    /// `$NAME=VALUE`.
    private func definition(_ line: Substring) -> (name: String, value: Substring)? {
        let name = line.dropFirst().prefix { Self.isName($0) }
        let rest = line.dropFirst(1 + name.count)
        guard !name.isEmpty, rest.hasPrefix("=") else { return nil }
        let value = rest.dropFirst().prefix { $0 != "#" && $0 != "!" && $0 != "\r" }
        let end = value.lastIndex { $0 != " " && $0 != "\t" }.map { value.index(after: $0) }
        return (String(name), value[..<(end ?? value.startIndex)])
    }

    /// The text with its variables' values; those that nobody defined stay.
    private func expanded(
        _ text: Substring, _ place: KeepalivedPlace
    ) throws(KeepalivedError) -> String {
        var result = ""
        var rest = text
        while let dollar = rest.firstIndex(of: "$") {
            result += rest[..<dollar]
            let behind = rest[dollar...].dropFirst()
            let isBraced = behind.hasPrefix("{")
            let name = behind.dropFirst(isBraced ? 1 : 0).prefix { Self.isName($0) }
            let end = behind.dropFirst(name.count + (isBraced ? 1 : 0))
            if let value = variables[String(name)], !isBraced || end.hasPrefix("}") {
                result += value
                rest = isBraced ? end.dropFirst() : end
            } else {
                result += "$"
                rest = behind
            }
            guard result.utf8.count <= Self.maximumExpansion else {
                throw KeepalivedError(
                    file: place.file, line: place.line,
                    message: "its variables' values are too long")
            }
        }
        return result + rest
    }

    private static func isName(_ character: Character) -> Bool {
        character == "_" || (character.isASCII && (character.isLetter || character.isNumber))
    }

    /// Words, with braces as words of their own.
    private static func words(_ line: Substring) -> [String] {
        var words: [String] = []
        var word: String?
        var quote: Character?
        for character in line {
            if let open = quote {
                if character == open { quote = nil } else { word?.append(character) }
                continue
            }
            switch character {
            case "\"", "'":
                quote = character
                word = word ?? ""
            case "#", "!":
                return words + [word].compactMap(\.self)
            case " ", "\t", "\r", "{", "}":
                words += [word].compactMap(\.self)
                word = nil
                if character == "{" || character == "}" { words.append(String(character)) }
            default: word = (word ?? "") + String(character)
            }
        }
        return words + [word].compactMap(\.self)
    }
}

/// Directives as their braces nest them.
private struct KeepalivedBlocks {
    private static let maximumDepth = 32

    /// What is open, outermost first; the last one's children come next.
    private var open: [KeepalivedDirective] = []
    private var done: [KeepalivedDirective] = []

    mutating func add(_ words: [String], at place: KeepalivedPlace) throws(KeepalivedError) {
        var current: [String] = []
        for word in words {
            switch word {
            case "{":
                guard open.count < Self.maximumDepth else {
                    throw KeepalivedError(
                        file: place.file, line: place.line, message: "blocks nest too deep")
                }
                // A brace on a line of its own belongs to the line before.
                let owner =
                    current.isEmpty
                    ? takeLast() : KeepalivedDirective(words: current, place: place)
                open.append(owner ?? KeepalivedDirective(words: [], place: place))
                current = []
            case "}":
                close(current, at: place)
                current = []
                guard let block = open.popLast() else {
                    throw KeepalivedError(
                        file: place.file, line: place.line, message: "a } without its {")
                }
                append(block)
            default: current.append(word)
            }
        }
        close(current, at: place)
    }

    func finish() throws(KeepalivedError) -> [KeepalivedDirective] {
        guard let first = open.first else { return done }
        throw KeepalivedError(
            file: first.place.file, line: first.place.line,
            message: "the block of \"\(first.words.joined(separator: " "))\" is not closed")
    }

    private mutating func close(_ words: [String], at place: KeepalivedPlace) {
        if !words.isEmpty { append(KeepalivedDirective(words: words, place: place)) }
    }

    private mutating func append(_ directive: KeepalivedDirective) {
        if open.isEmpty {
            done.append(directive)
        } else {
            open[open.count - 1].children.append(directive)
        }
    }

    private mutating func takeLast() -> KeepalivedDirective? {
        open.isEmpty ? done.popLast() : open[open.count - 1].children.popLast()
    }
}
