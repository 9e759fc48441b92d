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
    /// Due, and not started because the one before still runs.
    var isOverdue = false
    /// When the next check starts.
    private(set) var due: Duration
    /// The first time that is the real server's own in the interval, so that the starts of many are
    /// spread.
    private let place: Duration

    /// The first check comes within this time, or within the interval where that is shorter: nothing
    /// is known of the real server until then.
    static let longestDelay = Duration.seconds(2)

    /// - Parameter now: the checks are spread from here on, the first ones over a shorter time.
    init(_ checked: CheckedRealServer, now: Duration) {
        self.checked = checked
        dampener = Dampener(health: checked.health)
        let (interval, share) = (Int64(checked.check.interval), Self.share(of: checked))
        place = now + .milliseconds((interval * share) >> 16)
        due = now + .milliseconds((min(interval, Self.longestDelay.milliseconds) * share) >> 16)
    }

    /// The same real server, checked in another way: what is known of it stays.
    init(_ checked: CheckedRealServer, after old: CheckState, now: Duration) {
        var checked = checked
        checked.health = old.dampener.health
        self.init(checked, now: now)
        figures = old.figures
        figures.against = 0
    }

    var interval: Duration { .milliseconds(checked.check.interval) }

    /// Plans the next start; those that have been missed are left out.
    mutating func proceed(at now: Duration) {
        due = due < place ? place : due + interval
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
        case .failed(let cause), .unanswered(let cause):
            figures.failed += 1
            figures.lastFailure = cause
            isChanged = dampener.receive(isPass: false, rise: rise, fall: fall)
        }
        figures.against = dampener.against
        figures.needed = dampener.health == .up ? fall : rise
        guard isChanged || (isOtherWeight && dampener.health == .up) else { return nil }
        return HealthReport(
            service: checked.service, realServer: checked.realServer, health: dampener.health,
            cause: dampener.health == .down ? figures.lastFailure : nil, weight: weight)
    }

    /// Of 65,536, its part of an interval: FNV-1a over its name.
    private static func share(of checked: CheckedRealServer) -> Int64 {
        let name = "\(checked.service) \(checked.realServer)"
        let hash = name.utf8.reduce(0xCBF2_9CE4_8422_2325 as UInt64) {
            ($0 ^ UInt64($1)) &* 0x100_0000_01B3
        }
        return Int64((hash ^ hash >> 32) & 0xFFFF)
    }
}
