// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import lvsdr

@Suite("A table")
struct TableTests {
    @Test("columns are as wide as their widest cell, titles included")
    func alignment() {
        var table = Table(columns: [
            .init(title: "name"), .init(), .init(title: "count", alignment: .right),
        ])
        table.add(["a", "up", "1"])
        table.add(["longer", "", "123456"])
        #expect(
            table.lines == [
                "name         count",
                "a       up       1",
                "longer      123456",
            ])
        #expect(table.width == 18)
    }

    @Test("without titles there is no line for them, and no line ends in blanks")
    func plain() {
        var table = Table(columns: [.init(), .init()])
        table.add(["a", ""])
        table.add(["bb", "c"])
        #expect(table.lines == ["a", "bb  c"])
    }

    @Test("a table without rows is its titles, or nothing")
    func empty() {
        #expect(Table(columns: [.init(title: "a"), .init(title: "b")]).lines == ["a  b"])
        #expect(Table(columns: [.init()]).lines == [])
        #expect(Table(columns: []).width == 0)
    }
}
