// SPDX-License-Identifier: Apache-2.0

import Glibc

/// Prints at once, also where the output is not a terminal.
func say(_ text: String) {
    print(text)
    fflush(nil)
}

/// Does a step of the work, and says that it goes on while it takes over two seconds.
func step<Value>(_ name: String, _ work: () async throws -> Value) async throws -> Value {
    let reminder = Task {
        for seconds in stride(from: 2, to: 120, by: 2) {
            try await Task.sleep(for: .seconds(2))
            say("  ... \(name) (\(seconds) s)")
        }
    }
    defer { reminder.cancel() }
    return try await work()
}

/// Rows with their cells below one another, two spaces before each.
///
/// - Parameter right: the columns whose cells end below one another.
func table(_ rows: [[String]], right: Set<Int> = []) -> String {
    let columns = rows.map(\.count).max() ?? 0
    let widths = (0..<columns).map { column in
        rows.map { column < $0.count ? $0[column].count : 0 }.max() ?? 0
    }
    let lines = rows.map { row in
        let cells = row.indices.map { column in
            let blanks = String(repeating: " ", count: widths[column] - row[column].count)
            return "  " + (right.contains(column) ? blanks + row[column] : row[column] + blanks)
        }
        return trimmed(cells.joined())
    }
    return lines.joined(separator: "\n")
}

private func trimmed(_ line: String) -> String {
    String(line.reversed().drop { $0 == " " }.reversed())
}

/// A number of bytes as people say it: `312 B`, `9.8 KiB`, `8.0 MiB`.
func inBytes(_ count: UInt64) -> String {
    guard count >= 1024 else { return "\(count) B" }
    var (value, unit) = (Double(count) / 1024, "KiB")
    if value >= 1024 { (value, unit) = (value / 1024, "MiB") }
    let tenths = Int((value * 10).rounded())
    return "\(tenths / 10).\(tenths % 10) \(unit)"
}
