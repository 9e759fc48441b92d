// SPDX-License-Identifier: Apache-2.0

import LVSModel

/// The director's judgement: what is wanted and what is known go in, the next thing to do comes
/// out. It reads no clock and waits for nothing; `Director` does what it says and tells it how that
/// went.
struct Reconciler: Sendable {
    enum Action: Hashable, Sendable {
        case read(HostReading.Plan)
        case resolve(release: [NeighbourKey], keep: [NeighbourKey])
        case publish(ForwardingTable)
        case announce
        /// Nothing before this time; nil: nothing before something changes.
        case wait(until: Duration?)
    }

    private(set) var settings: DirectorSettings
    private(set) var host: HostView
    private(set) var kept = KeptNeighbours()
    private(set) var indexes: IndexAllocation
    /// How often a table was published.
    private(set) var publications: UInt64 = 0
    /// Of each real server that is wanted.
    private(set) var reachability: [RealServerKey: Reachability] = [:]
    private(set) var reading = Retry()
    private(set) var publishing = Retry()

    /// The table in force, and the one that is on its way to be.
    private var published: ForwardingTable?
    private var handedOut: ForwardingTable?
    /// The table that should be in force; nil before the first reading.
    private var desired: ForwardingTable?
    /// Each neighbour entry that should be kept, and whether it is resolved.
    private var wanted: [NeighbourKey: Bool] = [:]
    private var ownVIPs: Set<IPAddress> = []
    private var announcer = Announcer()
    private var events: [DirectorEvent] = []

    /// What must be read before anything else; nil when nothing must.
    private var unread: HostReading.Scope?
    /// Whether something changed that `desired` and `wanted` do not show yet.
    private var isStale = true
    /// Set while there is nothing to do, unless something changes or its time comes.
    private var rest: Rest?

    private struct Rest: Sendable {
        var end: Duration?

        func lasts(at now: Duration) -> Bool {
            end.map { now < $0 } ?? true
        }
    }

    /// - Parameter keptRealServers: those that flows of an earlier run name.
    init(
        settings: DirectorSettings, keptRealServers: [KeptRealServer] = []
    ) throws(DirectorError) {
        self.settings = settings
        indexes = IndexAllocation(kept: keptRealServers)
        host = HostView(addresses: settings.realServerAddresses)
        try indexes.assign(to: settings.services, flowless: [])
    }

    /// What happened since the last time, for the log.
    mutating func takeEvents() -> [DirectorEvent] {
        defer { events = [] }
        return events
    }
}

/// What should be done.
extension Reconciler {
    mutating func next(at now: Duration) -> Action {
        if let rest, rest.lasts(at: now) { return .wait(until: rest.end) }
        rest = nil
        if let scope = unread, !reading.isHeldBack(at: now) {
            unread = nil
            return .read(plan(for: scope))
        }
        if isStale { evaluate() }
        let neighbours = kept.plan(for: wanted, at: now)
        if !neighbours.isEmpty {
            return .resolve(release: neighbours.release, keep: neighbours.keep)
        }
        if desired == published { publishing.succeeded() }
        if let desired, desired != published, !publishing.isHeldBack(at: now) {
            handedOut = desired
            return .publish(desired)
        }
        switch announcer.next(for: announcement, at: now) {
        case .announce:
            return .announce
        case .wait(let announcement):
            let times = [announcement, neighbours.next, reading.due, publishing.due]
            let end = times.compactMap(\.self).min()
            rest = Rest(end: end)
            return .wait(until: end)
        }
    }

    func plan(for scope: HostReading.Scope) -> HostReading.Plan {
        let index = host.ingress?.interface.index
        return HostReading.Plan(
            scope: scope, ingress: index.map { .index($0) } ?? .named(settings.interface),
            addresses: host.addresses.sorted())
    }

    /// What the network should know, as far as the data plane answers for it already.
    private var announcement: Announcer.Subject? {
        guard let published, let ingress = host.ingress, host.ingressLink?.isRunning == true,
            !ownVIPs.isEmpty
        else { return nil }
        return Announcer.Subject(
            vips: ownVIPs, mac: published.ingress.mac, linkUps: ingress.linkUps)
    }

    private mutating func evaluate() {
        isStale = false
        var next: [RealServerKey: Reachability] = [:]
        for service in settings.services {
            for real in service.realServers {
                let key = RealServerKey(service: service.address, address: real.address)
                let now = host.reachability(of: real.address)
                next[key] = now
                let before = reachability[key] ?? .unknown
                if let event = now.event(of: key, after: before) { events.append(event) }
            }
        }
        reachability = next
        desired = host.ingress.map {
            ForwardingTable(
                ingress: $0.interface, settings: settings, indexes: indexes,
                reachability: reachability)
        }
        let entries = host.addresses.compactMap { host.neighbour(for: $0) }
        wanted = entries.reduce(into: [:]) { $0[$1] = host.mac(of: $1) != nil }
    }
}

/// What became of it.
extension Reconciler {
    /// - Throws: at the first reading only, when the ingress interface can not be one.
    mutating func didRead(_ found: HostReading) throws(DirectorError) {
        if host.ingress == nil {
            guard let link = found.ingress else { throw .noSuchInterface(settings.interface) }
            guard let mac = link.mac else { throw .noMACAddress(interface: link.name) }
            host.setIngress(ForwardingTable.Interface(index: link.index, mac: mac))
        }
        reading.succeeded()
        changed()
        for change in host.update(with: found) { note(change) }
    }

    mutating func readingFailed(
        _ scope: HostReading.Scope, _ error: DirectorError, at now: Duration
    ) {
        require(scope)
        if reading.failed(error, at: now) { events.append(.failed(error)) }
    }

    mutating func didKeep(_ key: NeighbourKey, at now: Duration) {
        kept.didKeep(key, at: now)
    }

    mutating func keepingFailed(_ key: NeighbourKey, _ error: DirectorError, at now: Duration) {
        if kept.wasRefused(key, error, at: now) { events.append(.failed(error)) }
    }

    /// Also after a failure: there is nothing left to be done about it.
    mutating func didRelease(_ key: NeighbourKey, failure: DirectorError? = nil) {
        kept.didRelease(key)
        if let failure { events.append(.failed(failure)) }
    }

    mutating func didPublish(_ table: ForwardingTable) {
        published = table
        handedOut = nil
        publications += 1
        publishing.succeeded()
        ownVIPs = Set(table.services.filter { $0.arp == .director }.map(\.address.address))
        events.append(.published(generation: publications))
    }

    mutating func publishingFailed(_ error: DirectorError, at now: Duration) {
        handedOut = nil
        if publishing.failed(error, at: now) { events.append(.failed(error)) }
    }

    mutating func didAnnounce() {
        let name = host.ingressLink?.name ?? settings.interface
        events.append(.announced(vips: ownVIPs.count, interface: name))
    }
}

/// What changed.
extension Reconciler {
    mutating func receive(_ event: HostNetworkEvent) {
        switch event {
        case .link(let link): note(host.update(link))
        case .linkRemoved(let index): note(host.remove(linkAt: index))
        case .neighbour(let neighbour): note(host.update(neighbour))
        case .routesChanged: require(.routes)
        case .overrun:
            require(.everything)
            kept.lose { _ in true }
        }
    }

    /// Former real servers' indexes that no table in force names: once no flow does, none will.
    var unnamedIndexes: Set<UInt32> {
        let former = indexes.formerRealServers
        guard !former.isEmpty else { return [] }
        let tables = [published, handedOut].compactMap(\.self)
        let named = tables.flatMap { $0.services.flatMap { $0.realServers.map(\.index) } }
        return former.subtracting(named)
    }

    /// Wants something else from now on. When it throws, nothing has changed.
    ///
    /// - Parameter flowless: those of `unnamedIndexes` that no flow names.
    /// - Precondition: the interface is the same.
    mutating func apply(
        _ new: DirectorSettings, flowless: Set<UInt32>
    ) throws(DirectorError) {
        precondition(new.interface == settings.interface, "a director stays on its interface")
        try indexes.assign(to: new.services, flowless: flowless)
        settings = new
        host.addresses = new.realServerAddresses
        changed()
        require(.everything)
    }

    private mutating func note(_ change: HostView.Change?) {
        guard let change else { return }
        changed()
        switch change {
        case .link(let old, let new):
            if !new.isRunning { kept.lose { $0.interface == new.index } }
            if old.isRunning != new.isRunning {
                events.append(new.isRunning ? .linkUp(new.name) : .linkDown(new.name))
            }
        case .linkRemoved(let link):
            kept.lose { $0.interface == link.index }
            events.append(.linkRemoved(link.name))
        case .neighbour(let key, let mac):
            if mac == nil { kept.lose(key) }
        }
    }

    private mutating func changed() {
        isStale = true
        rest = nil
    }

    private mutating func require(_ scope: HostReading.Scope) {
        unread = max(unread ?? scope, scope)
        rest = nil
    }
}

extension DirectorSettings {
    fileprivate var realServerAddresses: Set<IPAddress> {
        Set(services.flatMap { $0.realServers.map(\.address) })
    }
}
