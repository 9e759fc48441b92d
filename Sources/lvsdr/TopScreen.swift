// SPDX-License-Identifier: Apache-2.0

import ControlMessages

/// What `lvsdr top` shows: its state as lines.
struct TopScreen {
    /// Lines that are no real server's: the head, the titles and the foot.
    static let linesAround = 6

    var state: TopState

    /// As many as the screen has rows, or fewer; none wider than the screen.
    var lines: [Line] {
        let (width, height) = (state.size.columns, state.size.rows)
        let middle = state.mode == .help ? Self.help : page
        let space = max(height - 1, 0)
        var lines = Array((head + middle).prefix(space))
        lines += Array(repeating: Line(), count: space - lines.count)
        return (lines + [foot]).prefix(height).map { $0.clipped(to: width) }
    }

    /// All real servers, without what only a keyboard can use.
    func plainLines(width: Int) -> [Line] {
        (head + table(state.rows[...], marking: nil).lines(within: width)).map {
            $0.clipped(to: width)
        }
    }

    private var head: [Line] {
        let (status, rate) = (state.status, state.status.rates[state.period])
        let uptime = Figures.duration(seconds: status.uptimeSeconds)
        let up = state.rows.count(where: \.real.isUp)
        let order = state.isReversed ? "\(state.order), turned round" : "\(state.order)"
        return [
            Line(
                "Director \(status.role), \(status.phase), up \(uptime)  "
                    + "\(up) of \(Figures.plural(UInt64(state.rows.count), "real server")) up",
                .heading),
            Line(
                "\(Figures.rate(rate?.connections)) connections/s  "
                    + "\(Figures.rate(rate?.packets)) packets/s  "
                    + "\(Figures.rate(rate?.bytes)) bytes/s  replies n/a  "
                    + Figures.plural(status.flows.count, "flow")),
            trouble,
            Line("Sorted by \(order); on the average of the last \(state.period.name)"),
        ]
    }

    private var trouble: Line {
        if let failure = state.failure { return Line("NO NEW FIGURES: \(failure)", .bad) }
        guard let first = state.status.problems.first else { return "No problems" }
        let count = state.status.problems.count
        return Line("\(Figures.plural(UInt64(count), "problem")): \(first)", .bad)
    }

    /// The page with the selection.
    private var page: [Line] {
        guard !state.rows.isEmpty else { return ["", "No real servers."] }
        let start = state.selected / state.pageLength * state.pageLength
        let rows = state.rows[start...].prefix(state.pageLength)
        var lines = table(rows, marking: state.selected).lines(within: state.size.columns)
        let line = state.selected - start + 1
        lines[line] = lines[line].marked(.selected, width: state.size.columns)
        return lines
    }

    private func table(_ rows: ArraySlice<TopRow>, marking selected: Int?) -> Table {
        let titles = ["conns/s", "pkts/s", "bytes/s", "active", "inactive"]
        let gone = [Int.max, 6, 5, Int.max, 2]
        var table = Table(
            columns: [
                .init(title: "  real server"), .init(title: "service", shortFrom: 3, goneFrom: 7),
                .init(title: "state", shortFrom: 1), .init(title: "weight", goneFrom: 4),
            ]
                + zip(titles, gone).map {
                    .init(title: $0, alignment: .right, shortFrom: 1, goneFrom: $1)
                })
        for (index, row) in zip(rows.indices, rows) {
            let (real, rate) = (row.real, row.real.rates[state.period])
            let weight =
                real.effectiveWeight == real.weight
                ? "\(real.weight)" : "\(real.effectiveWeight) of \(real.weight)"
            table.add(
                [
                    Table.Cell((index == selected ? "> " : "  ") + real.address),
                    Table.Cell(row.service.name, short: row.service.shortName),
                    row.service.state(of: real), Table.Cell(weight),
                ]
                    + [rate?.connections, rate?.packets, rate?.bytes].map {
                        Table.Cell(Figures.rate($0))
                    }
                    + [real.activeFlows, real.inactiveFlows].map {
                        Table.Cell(
                            Figures.grouped(UInt64($0)), short: Figures.compact(UInt64($0)))
                    })
        }
        return table
    }

    private var foot: Line {
        switch state.mode {
        case .drain(let name):
            Line("Drain \(name)? No new flows; removed when its flows ended. y/n", .heading)
        case .weight(let name, let digits):
            Line("Weight of \(name), 0...65535, then Enter: \(digits)_", .heading)
        case .help: "Any key goes back."
        case .table:
            state.notice
                ?? "q quit  ? help  c/p/b/a/n sort  r reverse  d drain  u undrain  w weight"
        }
    }

    private static let help: [Line] = [
        "",
        "c p b a n    sort by connections, packets, bytes, active flows, name",
        "r            turn the order round",
        "o            on the average of 1, 10, 60 seconds",
        "up k down j  move the selection; PgUp, PgDn or space, Home g, End G",
        "d            drain the selected real server; asks first",
        "u            take its drain back",
        "w            set its weight",
        "Ctrl-L       draw again        Ctrl-Z  suspend",
        "q Ctrl-C     quit",
    ]
}
