// SPDX-License-Identifier: Apache-2.0

/// A line of text for a terminal, in pieces of one style each.
struct Line: Hashable {
    /// What a piece means; a colour stands beside words that say the same.
    enum Style: Hashable {
        case good
        case doubtful
        case bad
        case heading
        case selected

        /// The parameters of SGR (ECMA-48, 8.3.117).
        fileprivate var parameters: String {
            switch self {
            case .good: "32"
            case .doubtful: "33"
            case .bad: "1;31"
            case .heading: "1"
            case .selected: "7"
            }
        }
    }

    struct Piece: Hashable {
        var text: String
        var style: Style?
    }

    private(set) var pieces: [Piece] = []

    init(_ text: String = "", _ style: Style? = nil) {
        append(text, style)
    }

    mutating func append(_ text: String, _ style: Style? = nil) {
        guard !text.isEmpty else { return }
        if let last = pieces.last, last.style == style {
            pieces[pieces.count - 1].text += text
            return
        }
        pieces.append(Piece(text: text, style: style))
    }

    var text: String { pieces.map(\.text).joined() }

    var width: Int { pieces.reduce(0) { $0 + $1.text.count } }

    /// Without blanks at its end.
    var trimmed: Line {
        var line = self
        while let last = line.pieces.last, last.style == nil, last.text.hasSuffix(" ") {
            line.pieces.removeLast()
            line.append(String(last.text.reversed().drop { $0 == " " }.reversed()))
        }
        return line
    }

    /// At most so wide; what is cut off is `...`.
    func clipped(to width: Int) -> Line {
        guard self.width > width else { return self }
        let mark = String("...".prefix(max(width, 0)))
        var line = Line()
        var room = max(width, 0) - mark.count
        for piece in pieces where room > 0 {
            line.append(String(piece.text.prefix(room)), piece.style)
            room -= piece.text.count
        }
        line.append(mark, line.pieces.last?.style)
        return line
    }

    /// In one style, and as wide as asked for.
    func marked(_ style: Style, width: Int) -> Line {
        let clipped = clipped(to: width).text
        return Line(clipped + String(repeating: " ", count: max(0, width - clipped.count)), style)
    }

    /// As a terminal takes it.
    func rendered(withStyles: Bool) -> String {
        guard withStyles else { return text }
        return pieces.map { piece in
            piece.style.map { "\u{1B}[\($0.parameters)m\(piece.text)\u{1B}[0m" } ?? piece.text
        }.joined()
    }

    /// A sentence as lines that are at most `width` wide, parted between words; the first begins with
    /// `head`, and the others with as many blanks.
    static func wrapped(
        _ text: String, head: String = "", width: Int, style: Style? = nil
    ) -> [Line] {
        guard head.count + text.count > width else { return [Line(head + text, style)] }
        let indent = String(repeating: " ", count: head.count)
        let room = max(width - head.count, 1)
        var rows: [String] = []
        for word in text.split(separator: " ").map(String.init) {
            if let last = rows.last, last.count + 1 + word.count <= room {
                rows[rows.count - 1] = last + " " + word
            } else {
                rows += pieces(of: word, room: room)
            }
        }
        return rows.enumerated().map { Line(($0 == 0 ? head : indent) + $1, style) }
    }

    /// A word that is longer than a line is parted.
    private static func pieces(of word: String, room: Int) -> [String] {
        stride(from: 0, to: word.count, by: room).map {
            String(word.dropFirst($0).prefix(room))
        }
    }
}

extension Line: ExpressibleByStringInterpolation {
    init(stringLiteral value: String) {
        self.init(value)
    }
}
