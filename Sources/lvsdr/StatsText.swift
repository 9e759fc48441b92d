// SPDX-License-Identifier: Apache-2.0

import ControlMessages

/// What `lvsdr stats` prints: a table of traffic and flows, then what became of all frames.
struct StatsText {
    var status: StatusMessage
    var services: ServicesMessage
    /// nil: totals.
    var period: Period?
    /// Columns of the terminal.
    var width: Int

    var lines: [Line] {
        traffic + (period == nil ? [Line()] + exits : [])
    }

    private var traffic: [Line] {
        guard !services.services.isEmpty else { return ["No virtual services."] }
        let table =
            period.map { StatsTable.rates(services.services, over: $0) }
            ?? StatsTable.totals(services.services)
        let kind = period.map { "On the average of the last \($0.name). " } ?? ""
        return table.lines(within: width) + [Line()]
            + Line.wrapped(
                kind + "Packets and bytes are incoming; outgoing: n/a, replies do not pass the "
                    + "director.", width: width)
    }

    /// Nothing where nothing is accelerated.
    private var accelerated: String {
        let frames = status.sent.accelerated
        return frames == 0 ? "" : "; \(Figures.grouped(frames)) more by the XDP program"
    }

    private var exits: [Line] {
        var table = Table(columns: [.init(), .init(), .init(alignment: .right)])
        for exit in status.exits where exit.frames > 0 {
            table.add(["  \(exit.verdict)", exit.reason, Figures.grouped(exit.frames)])
        }
        let ring = status.ring
        return [
            table.rows.isEmpty ? "No frame came in yet." : "Frames by verdict and reason:"
        ] + table.lines(within: width)
            + [
                "Receive ring: \(Figures.plural(ring.frames, "frame")), "
                    + "\(Figures.grouped(ring.drops)) dropped for lack of room.",
                "Sent: \(Figures.plural(status.sent.frames, "frame")), "
                    + "\(Figures.grouped(status.sent.failures)) refused by the way out\(accelerated).",
            ].flatMap { Line.wrapped($0, width: width) }
    }
}
