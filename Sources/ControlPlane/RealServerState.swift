// SPDX-License-Identifier: Apache-2.0

import LVSModel

/// A real server of one virtual service: what is asked for, what is known, and what follows.
struct RealServerState: Sendable {
    private(set) var wanted: RealServer
    /// In the forwarding table.
    let index: UInt32
    /// Whether it has one or not, a disabled real server is not checked.
    private(set) var check: HealthCheck?
    var reach: Reachability = .unknown
    /// What its check said last; nil while that is not known.
    private(set) var report: HealthReport?
    /// What its check said that it should weigh; nil while it said nothing.
    private(set) var givenWeight: UInt16?
    /// Which report took it down; the greatest is the latest.
    private(set) var downOrder: UInt64 = 0
    /// Whether its check took it out; the floor may prevent that.
    var isOut = false
    /// Of this its events told last.
    var told: Condition = .unknown("")
    private(set) var growth: SlowStart?
    private var past: Past = .none

    /// What it did before, which decides whether it comes up slowly.
    private enum Past: Sendable {
        /// It was never there: at the director's start everybody gets the whole weight at once.
        case none
        case served
        case wasAway
    }

    init(_ wanted: RealServer, of service: VirtualService, index: UInt32) {
        self.wanted = wanted
        self.index = index
        check = service.check(of: wanted)
    }

    /// Wants it otherwise; what another check found counts no more.
    mutating func want(_ wanted: RealServer, of service: VirtualService) {
        let before = runningCheck
        self.wanted = wanted
        check = service.check(of: wanted)
        if runningCheck != before {
            report = nil
            givenWeight = nil
        }
    }

    /// Returns false when it is nothing new, or nobody asked for it.
    mutating func receive(_ report: HealthReport, order: UInt64) -> Bool {
        let weight = report.weight ?? givenWeight
        guard runningCheck != nil, report != self.report || weight != givenWeight else {
            return false
        }
        if report.health == .down, !isFailing { downOrder = order }
        self.report = report
        givenWeight = weight
        return true
    }

    /// Knows from an earlier run what its check said.
    mutating func restore(_ report: HealthReport) {
        guard runningCheck != nil else { return }
        self.report = report
        givenWeight = report.weight
    }

    /// Is out from the beginning, as in an earlier run.
    mutating func takeOut() {
        isOut = isFailing
    }

    /// Begins, or gives up, to grow.
    mutating func note(at now: Duration) {
        if isServing || isHeld {
            if past == .wasAway { growth = SlowStart(at: now) }
            past = .served
        } else if past == .served || isFailing || wanted.administrativeState != .enabled {
            past = .wasAway
            growth = nil
        }
    }

    mutating func endGrowth() {
        growth = nil
    }
}

extension RealServerState {
    /// What must be watched of it; nil for nothing.
    var runningCheck: HealthCheck? {
        wanted.administrativeState == .disabled ? nil : check
    }

    var isFailing: Bool { report?.health == .down }

    /// Stays in although its check fails, for the sake of the floor.
    var isHeld: Bool {
        isFailing && !isOut && isEnabled && reach.link != nil
    }

    var isEnabled: Bool { wanted.administrativeState == .enabled }

    /// Whether nothing but its weight stands against new flows.
    var isServing: Bool {
        isEnabled && reach.link != nil && !isFailing
    }

    var takesFlows: Bool { (isServing || isHeld) && wholeWeight > 0 }

    /// As in the forwarding table: without flows, whatever its weight, although it has a link.
    var isDown: Bool {
        wanted.administrativeState == .disabled || isFailing && isOut
    }

    /// What it weighs once it has grown.
    var wholeWeight: UInt16 { givenWeight ?? wanted.weight }

    /// In the forwarding table, where `isDown` stands beside it.
    func weight(over slowStart: UInt32, at now: Duration) -> UInt16 {
        guard wanted.administrativeState != .draining else { return 0 }
        return growth?.weight(of: wholeWeight, over: slowStart, at: now) ?? wholeWeight
    }

    var condition: Condition {
        switch reach {
        case .unknown: .unknown("the host's network was not read yet")
        case .down(let reason): .down(.unreachable(reason))
        case .up(let link, let interface): conditionByCheck ?? .up(link, interface: interface)
        }
    }

    /// nil when it is up as far as its check is concerned.
    private var conditionByCheck: Condition? {
        guard check != nil else { return nil }
        guard runningCheck != nil else { return .unknown("not checked while it is disabled") }
        guard let report else { return .unknown("not checked yet") }
        return report.health == .down ? .down(.failing(report.cause ?? "its check failed")) : nil
    }
}
