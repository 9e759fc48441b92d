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
        #expect(table.width(at: 0) == 18)
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
        #expect(Table(columns: []).width(at: 0) == 0)
    }

    @Test("columns get short and go in their order, and only then lines are cut")
    func narrow() {
        var table = Table(columns: [
            .init(title: "name"), .init(title: "detail", goneFrom: 2),
            .init(title: "count", alignment: .right, shortFrom: 1),
        ])
        table.add([.init("a"), .init("why so", style: .bad), .init("1,000,000", short: "1M")])
        #expect(
            table.lines(within: 23).map(\.text) == [
                "name  detail      count", "a     why so  1,000,000",
            ])
        #expect(
            table.lines(within: 22).map(\.text) == ["name  detail  count", "a     why so     1M"])
        #expect(table.lines(within: 18).map(\.text) == ["name  count", "a        1M"])
        #expect(table.lines(within: 8).map(\.text) == ["name ...", "a    ..."])
        #expect(
            table.lines(within: 23).last?.pieces.contains {
                $0 == .init(text: "why so", style: .bad)
            } == true)
    }
}
