// SPDX-License-Identifier: Apache-2.0

import LVSModel

/// A real server that is checked: when it is asked next, and what was found.
struct CheckState: Sendable {
    let checked: CheckedRealServer
    private(set) var dampener: Dampener
    private(set) var figures = CheckFigures()
    private(set) var weight: UInt16?
    /// Due, and not started for the limit's sake.
    var isWaiting = false
    /// When the next check starts.
    private(set) var due: Duration

    /// - Parameter now: the first check starts within an interval from it, at a time that is the
    ///   real server's own, so that the starts of many are spread.
    init(_ checked: CheckedRealServer, now: Duration) {
        self.checked = checked
        dampener = Dampener(health: checked.health)
        due = now + Self.phase(of: checked)
    }

    /// The same real server, checked in another way: what is known of it stays.
    init(_ checked: CheckedRealServer, after old: CheckState, now: Duration) {
        var checked = checked
        checked.health = old.dampener.health
        self.init(checked, now: now)
        figures = old.figures
    }

    var interval: Duration { .milliseconds(checked.check.interval) }

    /// Plans the next start; those that have been missed are left out.
    mutating func proceed(at now: Duration) {
        due += interval
        if due <= now {
            let missed = (now - due).milliseconds / Int64(checked.check.interval) + 1
            due += interval * Int(missed)
        }
    }

    /// Whether one more failure makes it down.
    var isAtTheBrink: Bool { dampener.isAtTheBrink(fall: checked.check.fall) }

    /// Takes a result; returns what there is to tell.
    mutating func receive(_ outcome: CheckOutcome, after duration: Duration) -> HealthReport? {
        figures.lastDuration = duration.microseconds
        figures.totalDuration += duration.microseconds
        let (rise, fall) = (checked.check.rise, checked.check.fall)
        let isChanged: Bool
        var isOtherWeight = false
        switch outcome {
        case .passed(let weight):
            figures.passed += 1
            figures.lastFailure = nil
            isOtherWeight = weight != nil && weight != self.weight
            self.weight = weight ?? self.weight
            isChanged = dampener.receive(isPass: true, rise: rise, fall: fall)
        case .failed(let cause):
            figures.failed += 1
            figures.lastFailure = cause
            isChanged = dampener.receive(isPass: false, rise: rise, fall: fall)
        }
        guard isChanged || (isOtherWeight && dampener.health == .up) else { return nil }
        return HealthReport(
            service: checked.service, realServer: checked.realServer, health: dampener.health,
            cause: dampener.health == .down ? figures.lastFailure : nil, weight: weight)
    }

    /// FNV-1a over its name, as a part of the interval.
    private static func phase(of checked: CheckedRealServer) -> Duration {
        let name = "\(checked.service) \(checked.realServer)"
        let hash = name.utf8.reduce(0xCBF2_9CE4_8422_2325 as UInt64) {
            ($0 ^ UInt64($1)) &* 0x100_0000_01B3
        }
        return .milliseconds(Int64((hash ^ hash >> 32) % UInt64(checked.check.interval)))
    }
}
