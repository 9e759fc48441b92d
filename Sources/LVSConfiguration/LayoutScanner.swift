// SPDX-License-Identifier: Apache-2.0

/// Goes over the text once, before it is composed, and refuses what the file never needs.
///
/// Composing YAML recurses once a level, follows aliases, and compares the keys of a mapping by
/// value, so that a few bytes can cost a stack, or hours. Here the text is cut into tokens exactly
/// where the composer will cut it, at a bounded cost, and held to: no anchors, aliases, tags or
/// directives; keys and values of one line; bounded nesting and size; each key once in a mapping.
///
/// What is left is the composer's to judge: this refuses, it never accepts.
struct LayoutScanner {
    static let maximumDepth = 16
    /// Room for the greatest configuration with the keys that each real server and service may have,
    /// checks of their own aside.
    static let maximumTokens = 4_000_000

    /// Keys that a mapping has twice: the only errors after which the scan goes on.
    private(set) var duplicates: Findings

    private var cursor: TextCursor
    private var scopes: [Scope] = []
    private var tokens = 0
    private var document = DocumentPart.before
    /// The last token, when it was a scalar: a `:` makes it a key.
    private var scalar: Scalar?
    /// Set while a plain scalar has ended with its line: a token right of this column would belong
    /// to it.
    private var openIndent: Int?

    init(_ text: String, file: String) {
        cursor = TextCursor(text)
        duplicates = Findings(file: file)
    }

    /// - Throws: the first thing that is refused.
    mutating func scan() throws(ConfigurationError) {
        while try skipToToken() {
            tokens += 1
            guard tokens <= Self.maximumTokens else {
                throw refusal(
                    "more than \(Self.maximumTokens) keys and values",
                    "at most 16384 services with 131072 real servers")
            }
            try scanToken()
        }
    }

    private enum DocumentPart {
        case before
        case inside
        case after
    }

    private struct Scalar {
        let position: Position
        let text: ArraySlice<UInt8>
    }

    /// A mapping or a list that is open.
    private struct Scope {
        let isMapping: Bool
        let isFlow: Bool
        let start: Position
        /// The line of each key.
        var keys: [ArraySlice<UInt8>: Int] = [:]

        /// What stands right of it belongs to it; flow collections pay no heed to columns.
        var column: Int { isFlow ? 0 : start.column }
    }

    private var inFlow: Bool { scopes.last?.isFlow ?? false }

    private func refusal(
        _ found: String, _ expected: String, hint: String? = nil, at position: Position? = nil
    ) -> ConfigurationError {
        ConfigurationError(
            file: duplicates.file, position: position ?? cursor.position, found: found,
            expected: expected, hint: hint)
    }
}

// MARK: - Tokens

extension LayoutScanner {
    /// Moves over blanks, breaks and comments; false at the end of the text.
    private mutating func skipToToken() throws(ConfigurationError) -> Bool {
        while let byte = cursor.current {
            switch byte {
            case UInt8(ascii: "\t") where cursor.isInIndentation:
                throw refusal("a tab in the indentation", "spaces")
            case UInt8(ascii: "#"):
                cursor.skipLine()
                openIndent = nil
            case _ where TextCursor.isBlank(byte) || TextCursor.isBreak(byte):
                cursor.advance()
            default:
                return true
            }
        }
        return false
    }

    private mutating func scanToken() throws(ConfigurationError) {
        if try scanDocumentMarker() { return }
        guard document != .after else { throw secondDocument }
        document = .inside
        if !inFlow { closeScopes(rightOf: cursor.position.column) }
        try checkContinuation()
        let last = scalar
        scalar = nil
        let isSeparate = cursor.isBlankOrEnd(after: 1)
        switch cursor.current.map({ Unicode.Scalar($0) }) {
        case "[", "{":
            let isMapping = cursor.current == UInt8(ascii: "{")
            try open(Scope(isMapping: isMapping, isFlow: true, start: cursor.position))
            cursor.advance()
        case "]", "}":
            if inFlow { scopes.removeLast() }
            cursor.advance()
        case ",":
            cursor.advance()
        case "-" where isSeparate && !inFlow:
            try openItem()
            cursor.advance()
        case ":" where isSeparate || inFlow:
            try addKey(last)
            cursor.advance()
        case "?" where isSeparate || inFlow:
            throw refusal("a key that begins with ?", "a key of plain text")
        case "\"", "'":
            try scanQuoted()
        default:
            try checkIndicator()
            scanPlain()
        }
    }

    private mutating func scanDocumentMarker() throws(ConfigurationError) -> Bool {
        guard cursor.position.column == 1, cursor.isBlankOrEnd(after: 3) else { return false }
        if cursor.starts(with: "...") {
            document = .after
        } else if cursor.starts(with: "---") {
            guard document == .before else { throw secondDocument }
            document = .inside
        } else {
            return false
        }
        scopes = []
        scalar = nil
        openIndent = nil
        cursor.advance(by: 3)
        return true
    }

    private var secondDocument: ConfigurationError {
        refusal("a second YAML document", "one document", hint: "a file holds one configuration")
    }

    /// What YAML has and the file does not need.
    private func checkIndicator() throws(ConfigurationError) {
        switch cursor.current.map({ Unicode.Scalar($0) }) {
        case "&": throw refusal("a YAML anchor (&)", "each value written out", hint: quoteHint)
        case "*": throw refusal("a YAML alias (*)", "each value written out", hint: quoteHint)
        case "!": throw refusal("a YAML tag (!)", "a value without a tag", hint: quoteHint)
        case "|", ">": throw refusal("a text block", "a value on one line", hint: quoteHint)
        case "%" where cursor.position.column == 1:
            throw refusal("a YAML directive (%)", "a key")
        default: return
        }
    }

    private var quoteHint: String { "quote a value that begins with this character" }

    private mutating func checkContinuation() throws(ConfigurationError) {
        defer { openIndent = nil }
        guard let openIndent, cursor.position.column > openIndent else { return }
        if inFlow {
            if let byte = cursor.current, ",]}".utf8.contains(byte) { return }
            throw refusal(
                "a value without a comma before it",
                "a comma, or what closes the bracket of line \(scopes.last?.start.line ?? 0)")
        }
        throw refusal(
            "text that continues the value of the line before", "a key or an item",
            hint: "a value stands on one line, and the keys of a mapping in one column")
    }

    private mutating func scanQuoted() throws(ConfigurationError) {
        let start = cursor.position
        guard let text = cursor.takeQuoted() else {
            throw refusal(
                "a quote that is not closed", "the closing quote on the same line", at: start)
        }
        scalar = Scalar(position: start, text: text)
    }

    private mutating func scanPlain() {
        let start = cursor.position
        let text = cursor.takePlain(inFlow: inFlow)
        scalar = Scalar(position: start, text: text)
        openIndent = cursor.isAtLineEnd ? (scopes.last?.column ?? 0) : nil
    }
}

// MARK: - Scopes

extension LayoutScanner {
    private mutating func open(_ scope: Scope) throws(ConfigurationError) {
        guard scopes.count < Self.maximumDepth else {
            throw refusal(
                "nesting deeper than \(Self.maximumDepth) levels",
                "services, their real servers and checks, and little below")
        }
        scopes.append(scope)
    }

    /// A token at this column ends the block collections that began right of it.
    private mutating func closeScopes(rightOf column: Int) {
        while let last = scopes.last, last.column > column { scopes.removeLast() }
    }

    /// `- `: opens a list, or goes on with the one of this column.
    private mutating func openItem() throws(ConfigurationError) {
        let start = cursor.position
        if let last = scopes.last, last.column == start.column, !last.isMapping { return }
        try open(Scope(isMapping: false, isFlow: false, start: start))
    }

    /// `:` after a scalar: opens a mapping, or goes on with the one of the scalar's column.
    private mutating func addKey(_ key: Scalar?) throws(ConfigurationError) {
        guard let key, key.position.line == cursor.position.line else {
            if inFlow { return }
            throw refusal("a colon without a key", "a key of plain text before it, on its line")
        }
        if !inFlow { try openMapping(at: key.position) }
        guard let last = scopes.indices.last, scopes[last].isMapping else { return }
        guard let first = scopes[last].keys.updateValue(key.position.line, forKey: key.text) else {
            return
        }
        let name = Quotation.quote(String(decoding: key.text, as: UTF8.self))
        duplicates.add(
            "duplicate key \(name), already on line \(first)",
            expected: "each key once in a mapping", at: key.position)
    }

    private mutating func openMapping(at start: Position) throws(ConfigurationError) {
        if let last = scopes.last, last.column == start.column {
            // A list may stand in its key's column: then this key ends it.
            if last.isMapping { return }
            scopes.removeLast()
            if scopes.last?.column == start.column { return }
        }
        try open(Scope(isMapping: true, isFlow: false, start: start))
    }
}
