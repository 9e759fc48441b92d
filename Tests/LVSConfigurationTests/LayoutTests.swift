// SPDX-License-Identifier: Apache-2.0

import Testing
import Yams

@testable import LVSConfiguration

@Suite("YAML that the file does not need is refused before it can cost anything")
struct LayoutTests {
    @Test("layout", arguments: layout)
    func refuses(_ row: Refusal) { row.check() }

    static let layout: [Refusal] = [
        Refusal("an empty file", "", nil, "the file is empty; expected a mapping with the keys"),
        Refusal("comments only", "# a\n\n  # b\n", nil, "the file is empty"),
        Refusal("an empty document", "---\n", (2, 1), "the file is empty"),
        Refusal("an anchor", "eth0", to: "&a eth0", (1, 12), "a YAML anchor (&); expected each "),
        Refusal("an alias", "tcp: 15m", to: "tcp: *a", (3, 8), "a YAML alias (*)"),
        Refusal("an anchor in a flow", "tcp: 15m", to: "{tcp: [\"&\",&a 1]}", (3, 14), "anchor"),
        Refusal("a tag", "eth0", to: "!!str eth0", (1, 12), "a YAML tag (!)"),
        Refusal("a text block", "eth0", to: "|\n  eth0", (1, 12), "a text block"),
        Refusal("a directive", "interface:", to: "%YAML 1.1\n---\ninterface:", (1, 1), "directive"),
        Refusal(
            "a second document", "timeouts:", to: "---\ntimeouts:", (2, 1), "a second YAML doc"),
        Refusal("text behind the end", "timeouts:", to: "...\ntimeouts:", (3, 1), "a second YAML"),
        Refusal(
            "a key of its own line", "interface: eth0", to: "? interface\n: eth0", (1, 1),
            "a key that begins with ?"),
        Refusal(
            "text of two lines", "eth0", to: "eth0\n  eth1", (2, 3),
            "text that continues the value of the line before; expected a key or an item"),
        Refusal(
            "a key too far right", "    port: 80", to: "     port: 80", (6, 6),
            "text that continues the value of the line before"),
        Refusal(
            "text of two lines in a flow", "tcp: 15m", to: "{tcp: a\n\"b\", udp: 1}", (4, 1),
            "a value without a comma before it"),
        Refusal(
            "a quote that stays open", "eth0", to: "\"eth0", (1, 12),
            "a quote that is not closed; expected the closing quote on the same line"),
        Refusal("a quote that ends below", "eth0", to: "'eth0\n  '", (1, 12), "not closed"),
        Refusal("a quote that is escaped", "eth0", to: "\"eth0\\\"", (1, 12), "not closed"),
        Refusal(
            "a quote, then an escaped break", "eth0", to: "\"eth0\\\n\"", (1, 12), "not closed"),
        Refusal(
            "a tab that indents", "    port: 80", to: "\tport: 80", (6, 1),
            "a tab in the indentation; expected spaces"),
        Refusal("NUL", "eth0", to: "eth0\0", (1, 16), "the invisible character U+0000"),
        Refusal("a control", "eth0", to: "et\u{1b}h0", (1, 14), "the invisible character U+001B"),
        Refusal("DEL in a comment", "eth0", to: "eth0 # \u{7f}", (1, 19), "character U+007F"),
        Refusal(
            "a control below a carriage return", "interface: eth0\rservices: []\r\n\u{1b}", (3, 1),
            "U+001B"),
        Refusal("a line break of Unicode", "eth0", to: "eth0 # \u{2028} x", (1, 19), "U+2028"),
        Refusal("a byte order mark inside", "tcp:", to: "\u{feff}tcp:", (3, 3), "U+FEFF"),
        Refusal(
            "a mapping in a value", "eth0", to: "a: b", (1, 13), "text that is not YAML: mapping"),
        Refusal("a reserved character", "eth0", to: "@eth0", (1, 12), "cannot start any token"),
        Refusal(
            "a list that stays open", "tcp: 15m", to: "tcp: [1,", (6, 5),
            "what closes the bracket of line 3"),
        Refusal("a key too far left", "    port: 80", to: "   port: 80", (7, 5), "in one column"),
        Refusal("a key without a colon", "    port: 80", to: "    port 80", (7, 5), "not YAML"),
        Refusal("an undefined escape", "eth0", to: "\"\\q\"", (1, 13), "unknown escape"),
    ]

    @Test(
        "what is nested too deep",
        arguments: [
            ("lists", "[", 17), ("mappings", "{a: ", 16 * 4 + 1), ("items", "- ", 15 * 2 + 1),
        ])
    func depth(_ name: String, _ opening: String, _ column: Int) {
        let nested = String(repeating: opening, count: 10_000)
        let text = name == "items" ? "interface:\n \(nested)" : nested
        let place = name == "items" ? (2, column + 1) : (1, column)
        Refusal(name, text, place, "nesting deeper than 16 levels").check()
    }

    @Test("aliases that would multiply, and keys that would be compared by value")
    func bombs() {
        let levels = (1...30).map { "a\($0): &a\($0) [*a\($0 - 1), *a\($0 - 1)]\n" }
        Refusal("values", "a0: &a0 x\n" + levels.joined(), (1, 5), "a YAML anchor").check()
        let keys = String(repeating: "? ", count: 1_000)
        Refusal("keys", keys + "a", (1, 1), "a key that begins with ?").check()
    }

    @Test("more keys and values than any configuration has")
    func tokens() {
        let text = "interface: [" + String(repeating: ",", count: 4_000_000)
        Refusal("commas", text, (1, 4_000_010), "more than 4000000 keys and values").check()
    }

    /// Random text, cut from the pieces that YAML gives a meaning: whatever the scanner lets pass
    /// and the composer understands holds no anchor and no deeper nesting. The composer's view is
    /// the reference, so the two can not disagree on where a quote or a comment ends.
    @Test("the scanner sees every anchor, alias and level that the composer sees")
    func agreement() {
        var random = Xorshift(state: 88_172_645_463_325_252)
        var composed = 0
        for _ in 0..<4_000 {
            let text = (0..<Int.random(in: 1...24, using: &random))
                .map { _ in Self.pieces.randomElement(using: &random) ?? "" }.joined()
            var scanner = LayoutScanner(text, file: "random")
            guard (try? scanner.scan()) != nil,
                let parser = try? Parser(yaml: text, resolver: .basic, encoding: .utf8),
                let root = try? parser.singleRoot()
            else { continue }
            composed += 1
            #expect(scanner.duplicates.failure == nil, "\(text.debugDescription)")
            withExtendedLifetime(parser) {
                #expect(isPlain(root, levels: 2 * LayoutScanner.maximumDepth), "\(text)")
            }
        }
        #expect(composed > 100)
    }

    private func isPlain(_ root: Node, levels: Int) -> Bool {
        guard levels > 0, root.anchor == nil else { return false }
        switch root {
        case .sequence(let items):
            return items.allSatisfy { isPlain($0, levels: levels - 1) }
        case .mapping(let pairs):
            return pairs.allSatisfy {
                isPlain($0.key, levels: levels - 1) && isPlain($0.value, levels: levels - 1)
            }
        case .scalar: return true
        case .alias: return false
        }
    }

    private static let pieces = [
        "a", "b", "0", "&x ", "*x ", "*x", "&y", ": ", ":", "- ", "-", "? ", "\n", "\n", "\n ",
        "\n  ", "\n   ", " ", "  ", "\"", "'", "#", " # ", "[", "]", "{", "}", ", ", ",", "\\",
        "---", "...", "\t", "\r", "!", "|", ">", "%", "@", "\"a\"", "'b'", "a: ", "- a: ",
        "b: c\n", "[a, ", "key: \n", "''", "\\\"", "--- ", "\n---\n", "\u{fc}",
    ]
}
