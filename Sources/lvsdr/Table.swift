// SPDX-License-Identifier: Apache-2.0

/// Rows of cells as aligned lines; a column is as wide as its widest cell.
///
/// Where it is to fit a terminal, its columns give way by levels, in an order that they name: at level
/// 0 all is shown, at each further one some columns are shorter or gone.
struct Table {
    enum Alignment {
        case left
        case right
    }

    struct Column {
        /// Empty for a column that needs none.
        var title = ""
        var alignment = Alignment.left
        /// The level from which cells are short.
        var shortFrom = Int.max
        /// The level from which it is not there.
        var goneFrom = Int.max
    }

    struct Cell: Hashable {
        var text: String
        /// What is shown where there is little room; nil: the same.
        var short: String?
        var style: Line.Style?

        init(_ text: String, short: String? = nil, style: Line.Style? = nil) {
            self.text = text
            self.short = short
            self.style = style
        }
    }

    /// What stands between two columns.
    private static let gap = "  "

    var columns: [Column]
    /// Each as long as `columns`.
    private(set) var rows: [[Cell]] = []

    init(columns: [Column]) {
        self.columns = columns
    }

    /// - Precondition: There is a cell for each column.
    mutating func add(_ row: [Cell]) {
        precondition(row.count == columns.count, "a row has a cell for each column")
        rows.append(row)
    }

    mutating func add(_ row: [String]) {
        add(row.map { Cell($0) })
    }

    /// All of it: the titles, unless all are empty, and the rows, without blanks at their ends.
    var lines: [String] {
        lines(at: 0).map(\.text)
    }

    /// The first level that fits, else the last one.
    func level(within width: Int) -> Int {
        let levels = columns.flatMap { [$0.shortFrom, $0.goneFrom] }.filter { $0 < .max }
        let last = levels.max() ?? 0
        return (0...last).first { self.width(at: $0) <= width } ?? last
    }

    /// As much as fits; what no column gives up is cut off at the ends of lines.
    func lines(within width: Int) -> [Line] {
        lines(at: level(within: width)).map { $0.clipped(to: width) }
    }

    /// Of a line with all its cells filled.
    func width(at level: Int) -> Int {
        let widths = widths(at: level)
        return widths.reduce(0) { $0 + $1.width } + Self.gap.count * max(widths.count - 1, 0)
    }

    func lines(at level: Int) -> [Line] {
        let widths = widths(at: level)
        return titleAndRows.map { row in
            var line = Line()
            for (index, width) in widths {
                if index != widths.first?.index { line.append(Self.gap) }
                let text = text(of: row[index], in: columns[index], at: level)
                let blanks = String(repeating: " ", count: width - text.count)
                let isLeft = columns[index].alignment == .left
                if !isLeft { line.append(blanks) }
                line.append(text, row[index].style)
                if isLeft { line.append(blanks) }
            }
            return line.trimmed
        }
    }

    private var titleAndRows: [[Cell]] {
        guard columns.contains(where: { !$0.title.isEmpty }) else { return rows }
        return [columns.map { Cell($0.title, style: .heading) }] + rows
    }

    private func text(of cell: Cell, in column: Column, at level: Int) -> String {
        level >= column.shortFrom ? cell.short ?? cell.text : cell.text
    }

    /// The columns that are there, and their widths.
    private func widths(at level: Int) -> [(index: Int, width: Int)] {
        let rows = titleAndRows
        return columns.indices.filter { level < columns[$0].goneFrom }.map { index in
            let width = rows.reduce(0) {
                max($0, text(of: $1[index], in: columns[index], at: level).count)
            }
            return (index, width)
        }
    }
}
