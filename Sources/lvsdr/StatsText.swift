// SPDX-License-Identifier: Apache-2.0

import ControlMessages

/// What `lvsdr stats` prints: a table of traffic and flows, then what became of all frames.
struct StatsText {
    var status: StatusMessage
    var services: ServicesMessage
    /// Columns of the terminal.
    var width: Int

    var lines: [String] {
        traffic + [""] + exits
    }

    private var traffic: [String] {
        guard !services.services.isEmpty else { return ["No virtual services."] }
        return StatsTable.fitting(width, services: services.services).lines + [
            "",
            "Packets and bytes are incoming; outgoing: n/a, replies do not pass the director.",
        ]
    }

    private var exits: [String] {
        var table = Table(columns: [.init(), .init(), .init(alignment: .right)])
        for exit in status.exits where exit.frames > 0 {
            table.add(["  \(exit.verdict)", exit.reason, Figures.grouped(exit.frames)])
        }
        let ring = status.ring
        return [
            table.rows.isEmpty ? "No frame came in yet." : "Frames by verdict and reason:"
        ] + table.lines + [
            "Receive ring: \(Figures.plural(ring.frames, "frame")), "
                + "\(Figures.grouped(ring.drops)) dropped for lack of room.",
            "Sent: \(Figures.plural(status.sent.frames, "frame")), "
                + "\(Figures.grouped(status.sent.failures)) refused by the way out.",
        ]
    }
}
