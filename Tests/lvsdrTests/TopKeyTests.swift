// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import lvsdr

@Suite("The keys of a terminal")
struct TopKeyTests {
    private static let rows: [(String, [TopKey])] = [
        ("q", [.letter("q")]), ("\u{1B}[A\u{1B}OB", [.up, .down]),
        ("\u{1B}[5~j", [.pageUp, .letter("j")]),
        ("\u{1B}[6~\u{1B}[H\u{1B}[F", [.pageDown, .first, .last]),
        ("\u{1B}[1~\u{1B}[4~", [.first, .last]), ("\r\u{7F}\u{08}", [.enter, .erase, .erase]),
        ("\u{03}\u{0C}\u{1A}", [.interrupt, .redraw, .suspend]),
        ("\u{1B}\u{1B}[A", [.escape, .up]),
        ("\u{1B}[200~x\u{1B}[1;5Ay", [.letter("x"), .letter("y")]),
        ("\u{01}\t\u{E9}z", [.letter("z")]),
    ]

    @Test("bytes become keys, whatever the pieces they come in", arguments: rows)
    func keys(text: String, keys: [TopKey]) {
        var whole = KeyReader()
        #expect(whole.add(Array(text.utf8)) == keys)
        #expect(!whole.isWaiting)
        var single = KeyReader()
        #expect(text.utf8.flatMap { single.add([$0]) } == keys)
    }

    @Test("an escape byte is a key only when nothing follows it for a while")
    func escape() {
        var reader = KeyReader()
        #expect(reader.add([0x1B]) == [] && reader.isWaiting)
        #expect(reader.flush() == [.escape] && !reader.isWaiting)
        #expect(reader.add(Array("\u{1B}[".utf8)) == [] && reader.isWaiting)
        #expect(reader.flush() == [] && !reader.isWaiting)
        #expect(reader.add(Array("A".utf8)) == [.letter("A")])
    }

    @Test("a sequence without an end does not grow without one")
    func endless() {
        var reader = KeyReader()
        let keys = reader.add(Array("\u{1B}[".utf8) + Array(repeating: 0x31, count: 14))
        #expect(keys == [] && !reader.isWaiting)
    }
}
