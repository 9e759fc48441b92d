// SPDX-License-Identifier: Apache-2.0

import ControlMessages

// What is said of a real server's state: the same words in each command.

extension ServiceMessage {
    /// Whether the floor keeps the real server in although its check fails.
    func holds(_ real: RealServerMessage) -> Bool {
        atFloor && real.health == "down" && real.effectiveWeight > 0
    }

    /// The scheduler, and what is unusual about who serves.
    var scheduling: Table.Cell {
        if sorry { return Table.Cell("\(scheduler), sorry server", style: .bad) }
        if atFloor { return Table.Cell("\(scheduler), at its floor", style: .doubtful) }
        return Table.Cell(scheduler)
    }

    func state(of real: RealServerMessage) -> Table.Cell {
        holds(real)
            ? Table.Cell(real.state + ", held in", short: "held in", style: .doubtful)
            : Table.Cell(
                real.state,
                short: real.administrativeState == "enabled" ? nil : real.administrativeState,
                style: real.style)
    }
}

extension RealServerMessage {
    /// Its health, and what the operator wants of it where that is out of the ordinary.
    var state: String {
        administrativeState == "enabled" ? health : "\(health), \(administrativeState)"
    }

    fileprivate var style: Line.Style {
        guard health == "up" else { return health == "down" ? .bad : .doubtful }
        return administrativeState == "enabled" ? .good : .doubtful
    }

    /// Whether it gets less than its weight until it has been up for a while.
    var isStartingSlowly: Bool {
        isUp && administrativeState == "enabled" && effectiveWeight < weight
    }

    /// When it is removed: in words, as long as it is draining.
    ///
    /// - Parameter now: seconds since 1970.
    func drain(now: UInt64) -> String? {
        guard administrativeState == "draining" else { return nil }
        let count = Figures.plural(UInt64(activeFlows) + UInt64(inactiveFlows), "flow")
        guard let drainEnd else { return "removed when its \(count) ended" }
        guard drainEnd > now else { return "about to be removed with its \(count)" }
        let time = Figures.duration(seconds: drainEnd - now)
        return "removed when its \(count) ended, in \(time) at the latest"
    }
}

extension CheckMessage {
    /// The last one, and how many there were.
    var text: String {
        guard let lastDuration else { return "\(kind): not asked yet" }
        let time = Figures.time(microseconds: lastDuration)
        let counts = "\(Figures.grouped(passed)) passed, \(Figures.grouped(failed)) failed"
        let progress = against == 0 ? "" : ", \(against) of \(needed) in a row"
        let result = lastFailure == nil ? "passed in" : "failed after"
        return "\(kind) \(result) \(time)\(progress) (\(counts))"
    }

    /// Only the last one.
    var shortText: String {
        guard let lastDuration else { return "\(kind) ..." }
        let progress = against == 0 ? "" : " \(against)/\(needed)"
        let result = lastFailure == nil ? Figures.time(microseconds: lastDuration) : "failed"
        return "\(kind) \(result)\(progress)"
    }
}
