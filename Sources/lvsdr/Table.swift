// SPDX-License-Identifier: Apache-2.0

/// Rows of cells as aligned lines; a column is as wide as its widest cell.
struct Table {
    enum Alignment {
        case left
        case right
    }

    struct Column {
        /// Empty for a column that needs none.
        var title = ""
        var alignment = Alignment.left
    }

    /// What stands between two columns.
    private static let gap = "  "

    var columns: [Column]
    /// Each as long as `columns`.
    private(set) var rows: [[String]] = []

    init(columns: [Column]) {
        self.columns = columns
    }

    /// - Precondition: There is a cell for each column.
    mutating func add(_ row: [String]) {
        precondition(row.count == columns.count, "a row has a cell for each column")
        rows.append(row)
    }

    /// Of a line with all its cells filled.
    var width: Int {
        widths.reduce(0, +) + Self.gap.count * max(columns.count - 1, 0)
    }

    /// The titles, unless all are empty, and the rows, without blanks at their ends.
    var lines: [String] {
        let widths = widths
        return titleAndRows.map { row in
            var line = ""
            for (index, cell) in row.enumerated() {
                let blanks = String(repeating: " ", count: widths[index] - cell.count)
                let isLeft = columns[index].alignment == .left
                line += (index == 0 ? "" : Self.gap) + (isLeft ? cell + blanks : blanks + cell)
            }
            while line.hasSuffix(" ") { line.removeLast() }
            return line
        }
    }

    private var titleAndRows: [[String]] {
        let titles = columns.map(\.title)
        return titles.allSatisfy(\.isEmpty) ? rows : [titles] + rows
    }

    private var widths: [Int] {
        titleAndRows.reduce(into: Array(repeating: 0, count: columns.count)) { widths, row in
            for (index, cell) in row.enumerated() {
                widths[index] = max(widths[index], cell.count)
            }
        }
    }
}
