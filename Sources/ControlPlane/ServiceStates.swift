// SPDX-License-Identifier: Apache-2.0

import LVSModel

/// All virtual services, in the settings' order, and which of them must be judged anew.
struct ServiceStates: Sendable {
    private(set) var states: [ServiceState] = []
    /// The forwarding table's, one for each.
    private(set) var entries: [ForwardingTable.Service] = []
    private var positions: [ServiceAddress: Int] = [:]
    /// Who has a real server of an address.
    private var users = Users()
    private var stale: Set<Int> = []
    /// When the weights of a service grow next.
    private var steps: [Int: Duration] = [:]
    private var reportCount: UInt64 = 0
    /// Whom floors keep in now, where that is another one than when it was asked for last.
    private var floorNews: [ServiceAddress: [IPAddress]] = [:]

    /// Every real server's address, and every sorry server's.
    var addresses: Set<IPAddress> { users.addresses }

    /// When something is to be judged anew only because time passes; nil for never.
    var nextStep: Duration? { steps.values.min() }

    var checks: [CheckedRealServer] { states.flatMap(\.checks) }

    /// Whom floors keep in although their checks fail.
    var kept: [ServiceAddress: [IPAddress]] {
        states.reduce(into: [:]) { kept, state in
            if !state.kept.isEmpty { kept[state.settings.address] = state.kept }
        }
    }

    /// What every running check said last.
    var knownHealth: [CheckedName: HealthReport] {
        var known: [CheckedName: HealthReport] = [:]
        for state in states {
            for real in state.realServers {
                guard var report = real.report else { continue }
                let name = CheckedName(
                    service: state.settings.address, realServer: real.wanted.address)
                report.service = name.service
                report.weight = real.givenWeight
                known[name] = report
            }
        }
        return known
    }
}

/// What changes.
extension ServiceStates {
    /// Wants these from now on; one that is as it was stays untouched. Returns false when no check
    /// is another one.
    ///
    /// - Parameter indexes: they have one for each service and real server.
    mutating func want(_ wanted: [VirtualService], indexes: IndexAllocation) -> Bool {
        guard hasLayout(of: wanted) else {
            rearrange(wanted, indexes)
            return true
        }
        var hasOtherChecks = false
        for (position, service) in wanted.enumerated()
        where states[position].settings != service {
            let before = states[position].checks
            states[position] = ServiceState(service, indexes: indexes, before: states[position])
            stale.insert(position)
            if states[position].checks != before { hasOtherChecks = true }
        }
        return hasOtherChecks
    }

    private mutating func rearrange(_ wanted: [VirtualService], _ indexes: IndexAllocation) {
        var before = Dictionary(uniqueKeysWithValues: states.enumerated().map { ($1.index, $0) })
        var waiting: Set<Int> = []
        var next: [ServiceState] = []
        next.reserveCapacity(wanted.count)
        for (position, service) in wanted.enumerated() {
            // An index can be another service's by now.
            let old = before.removeValue(forKey: indexes.index(of: service.address))
                .flatMap { states[$0].settings.isOf(service) ? $0 : nil }
            if let old, states[old].settings == service {
                next.append(states[old])
                if stale.contains(old) { waiting.insert(position) }
            } else {
                let state = old.map { states[$0] }
                next.append(ServiceState(service, indexes: indexes, before: state))
                waiting.insert(position)
            }
        }
        states = next
        stale = waiting
        layOut()
    }

    /// Whether these are the same services with the same real servers in the same order.
    func hasLayout(of wanted: [VirtualService]) -> Bool {
        states.count == wanted.count
            && zip(states, wanted).allSatisfy { $0.settings.hasLayout(of: $1) }
    }

    private mutating func layOut() {
        entries = states.map(\.entry)
        positions = Dictionary(minimumCapacity: states.count)
        users = Users()
        steps = [:]
        for (position, state) in states.enumerated() {
            positions[state.settings.address] = position
            steps[position] = state.nextStep
            for real in state.realServers { users.add(position, of: real.wanted.address) }
            if let sorry = state.sorry { users.add(position, of: sorry.address) }
        }
    }

    mutating func restore(
        _ known: [CheckedName: HealthReport], kept: [ServiceAddress: [IPAddress]]? = nil
    ) {
        guard !known.isEmpty else { return }
        for position in states.indices { states[position].restore(known, kept: kept) }
    }

    mutating func takeFloorNews() -> [ServiceAddress: [IPAddress]] {
        defer { floorNews = [:] }
        return floorNews
    }

    mutating func receive(_ report: HealthReport) {
        guard let position = positions[report.service] else { return }
        reportCount += 1
        if states[position].receive(report, order: reportCount) { stale.insert(position) }
    }

    /// Something is known of a real server's address that was not.
    mutating func noteChange(of address: IPAddress) {
        stale.formUnion(users.positions(of: address))
    }

    mutating func noteChangeOfAll() {
        stale = Set(states.indices)
    }

    /// Judges those that must be. Returns what there is to tell, and whether any is another one in
    /// the forwarding table.
    mutating func judge(
        _ host: HostView, at now: Duration
    ) -> (hasChanged: Bool, events: [DirectorEvent]) {
        for (position, time) in steps where time <= now { stale.insert(position) }
        guard !stale.isEmpty else { return (false, []) }
        var hasChanged = false
        var events: [DirectorEvent] = []
        for position in stale.sorted() {
            let kept = states[position].kept
            if states[position].judge(host, at: now) {
                hasChanged = true
                entries[position] = states[position].entry
            }
            if states[position].kept != kept {
                floorNews[states[position].settings.address] = states[position].kept
            }
            steps[position] = states[position].nextStep
            events += states[position].takeNews()
        }
        stale = []
        return (hasChanged, events)
    }
}

extension VirtualService {
    /// Whether the other one is the same service, with other settings; it may have other ports
    /// behind its first.
    fileprivate func isOf(_ other: VirtualService) -> Bool {
        address.address == other.address.address && address.transport == other.address.transport
            && address.ports.first == other.address.ports.first
    }

    fileprivate func hasLayout(of other: VirtualService) -> Bool {
        address == other.address && sorryServer == other.sorryServer
            && (realServers == other.realServers
                || realServers.map(\.address) == other.realServers.map(\.address))
    }
}
