// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import lvsdr

@Suite("A line for a terminal")
struct LineTests {
    private var line: Line {
        var line = Line("web is ")
        line.append("down", .bad)
        line.append("   ")
        return line
    }

    @Test("styles are escapes around their piece, and only where they are shown")
    func rendered() {
        #expect(line.rendered(withStyles: true) == "web is \u{1B}[1;31mdown\u{1B}[0m   ")
        #expect(line.rendered(withStyles: false) == "web is down   ")
    }

    @Test(
        "it is cut where it is too wide, with a mark of it",
        arguments: [
            (14, "web is down   "), (13, "web is dow..."), (8, "web i..."), (3, "..."), (2, ".."),
            (0, ""), (-1, ""),
        ])
    func clipped(width: Int, text: String) {
        #expect(line.clipped(to: width).text == text)
    }

    @Test("blanks at the end go, words stay")
    func trimmed() {
        #expect(line.trimmed.text == "web is down")
        #expect(line.trimmed.pieces.last == Line.Piece(text: "down", style: .bad))
        #expect(Line("   ").trimmed == Line())
    }

    @Test("a marked line is one piece, as wide as asked for")
    func marked() {
        let pieces = line.marked(.selected, width: 16).pieces
        #expect(pieces == [Line.Piece(text: "web is down     ", style: .selected)])
        #expect(line.marked(.selected, width: 5).text == "we...")
    }

    @Test(
        "a sentence that is too wide is parted between words, and within one that is too long",
        arguments: [
            (40, ["  why:  two blanks stay"]), (19, ["  why: two blanks", "       stay"]),
            (11, ["  why: two", "       blan", "       ks", "       stay"]),
        ])
    func wrapped(width: Int, lines: [String]) {
        let text = width == 40 ? " two blanks stay" : "two blanks stay"
        #expect(Line.wrapped(text, head: "  why: ", width: width).map(\.text) == lines)
    }

    @Test("however narrow, each line has a letter more")
    func narrowest() {
        #expect(Line.wrapped("abc", head: "->", width: 0).map(\.text) == ["->a", "  b", "  c"])
    }
}
