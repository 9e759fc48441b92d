// SPDX-License-Identifier: Apache-2.0

import LVSModel

/// The director's judgement: what is wanted and what is known go in, the next thing to do comes
/// out. It reads no clock and waits for nothing; `Director` does what it says and tells it how that
/// went.
///
/// Only what a change concerns is judged anew: one of 10,000 services costs what it costs alone,
/// and the look at the others whether they are still the published ones.
struct Reconciler: Sendable {
    enum Action: Hashable, Sendable {
        case read(HostReading.Plan)
        case resolve(release: [NeighbourKey], keep: [NeighbourKey])
        case publish(ForwardingTable)
        /// Checks these, so many at once at most, and no others.
        case watch([CheckedRealServer], limit: Int)
        case announce
        /// Nothing before this time; nil: nothing before something changes.
        case wait(until: Duration?)
    }

    var settings: DirectorSettings
    var role: Role
    var host: HostView
    var kept = KeptNeighbours()
    var indexes: IndexAllocation
    var services = ServiceStates()
    /// How often a table was published.
    var publications: UInt64 = 0
    var reading = Retry()
    var publishing = Retry()

    /// The table in force, and the one that is on its way to be.
    var published: ForwardingTable?
    var handedOut: ForwardingTable?
    /// The table that should be in force; nil before the first reading.
    private var desired: ForwardingTable?
    /// Whether it is another one than the one in force.
    private(set) var isUnpublished = false
    var ownVIPs: Set<IPAddress> = []
    var takeover = Takeover()
    private(set) var announcer = Announcer()
    /// How often another host's claim asked for an announcement.
    private var claims: UInt64 = 0
    private var watch = CheckWatch()
    var events: [DirectorEvent] = []

    /// What must be read before anything else; nil when nothing must.
    private var unread: HostReading.Scope?
    /// Whether `desired` must be made anew, although no service changed.
    private var isTableStale = true
    /// Whether other neighbour entries may be wanted.
    private var areNeighboursStale = true
    /// Set while there is nothing to do, unless something changes or its time comes.
    private var rest: Rest?

    private struct Rest: Sendable {
        var end: Duration?

        func lasts(at now: Duration) -> Bool {
            end.map { now < $0 } ?? true
        }
    }

    /// - Parameters:
    ///   - keptRealServers: those that flows of an earlier run name.
    ///   - knownHealth: what the checks said in an earlier run.
    ///   - kept: whom floors kept in then; nil where that is not known.
    init(
        settings: DirectorSettings, keptRealServers: [KeptRealServer] = [],
        knownHealth: [CheckedName: HealthReport] = [:],
        kept: [ServiceAddress: [IPAddress]]? = nil
    ) throws(DirectorError) {
        self.settings = settings
        role = settings.start
        if role == .active { takeover.begin() }
        indexes = IndexAllocation(kept: keptRealServers)
        try indexes.assign(to: settings.services, flowless: [])
        _ = services.want(settings.services, indexes: indexes)
        services.restore(knownHealth, kept: kept)
        host = HostView(addresses: services.addresses)
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
        evaluate(at: now)
        let neighbours = kept.plan(at: now)
        if !neighbours.isEmpty {
            return .resolve(release: neighbours.release, keep: neighbours.keep)
        }
        if let desired, isUnpublished, !publishing.isHeldBack(at: now) {
            handedOut = desired
            return .publish(desired)
        }
        if watch.begin(services, limit: settings.checkLimit) {
            return .watch(services.checks, limit: settings.checkLimit)
        }
        switch announcer.next(for: announcement, at: now) {
        case .announce:
            return .announce
        case .wait(let announcement):
            let times = [
                announcement, neighbours.next, reading.due, publishing.due, services.nextStep,
                desired?.takesOver == true ? takeover.end : nil,
            ]
            let end = times.compactMap(\.self).min()
            rest = Rest(end: end)
            return .wait(until: end)
        }
    }

    func plan(for scope: HostReading.Scope) -> HostReading.Plan {
        let index = host.ingress?.interface.index
        let addresses = scope == .added ? host.unknownAddresses : host.addresses
        return HostReading.Plan(
            scope: scope, ingress: index.map { .index($0) } ?? .named(settings.interface),
            addresses: addresses.sorted(), wantsHeldAddresses: settings.hasHostsVIP)
    }

    /// What the network should know, as far as the data plane answers for it already.
    private var announcement: Announcer.Subject? {
        guard let published, let ingress = host.ingress, host.ingressLink?.isRunning == true,
            !ownVIPs.isEmpty
        else { return nil }
        return Announcer.Subject(
            vips: ownVIPs, mac: published.ingress.mac, linkUps: ingress.linkUps,
            claims: claims)
    }

    private mutating func evaluate(at now: Duration) {
        let (hasChanged, news) = services.judge(host, at: now)
        events += news
        if areNeighboursStale {
            areNeighboursStale = false
            let entries = host.addresses.compactMap { host.neighbour(for: $0) }
            kept.want(entries.reduce(into: [:]) { $0[$1] = host.mac(of: $1) != nil })
        }
        let length = Duration.seconds(Int(settings.timeouts.tcp))
        if takeover.pass(to: now, length: length) { isTableStale = true }
        guard hasChanged || isTableStale else { return }
        isTableStale = false
        desired = host.ingress.map { table(ingress: $0.interface) }
        compare()
    }

    private func table(ingress: ForwardingTable.Interface) -> ForwardingTable {
        let entries = role == .active ? services.entries : entriesInStandby
        let takesOver = takeover.end != nil && entries.contains { $0.agrees && !$0.waits }
        return ForwardingTable(
            ingress: ingress, sourceMAC: settings.sourceMAC, timeouts: settings.timeouts,
            answers: settings.answers, takesOver: takesOver, services: entries)
    }

    /// A VIP whose address moves from host to host is served by the one that holds it. The others
    /// keep it from their kernels, which would reset its clients before it is served there.
    private var entriesInStandby: [ForwardingTable.Service] {
        services.entries.filter { $0.arp == .host }.map { service in
            var service = service
            service.waits = !host.heldAddresses.contains(service.address.address)
            return service
        }
    }

    /// Services that stayed as they were share their memory: comparing them is cheap.
    mutating func compare() {
        isUnpublished = desired != published
        if !isUnpublished { publishing.succeeded() }
    }
}

/// What is to be looked at again.
extension Reconciler {
    /// Something of all of it may be other than it was.
    mutating func changed() {
        services.noteChangeOfAll()
        entriesChanged()
        tableChanged()
    }

    /// Other neighbour entries may be wanted.
    mutating func entriesChanged() {
        areNeighboursStale = true
        rest = nil
    }

    /// What stands beside the services is other than it was, or which of them are served.
    mutating func tableChanged() {
        isTableStale = true
        rest = nil
    }

    /// Of what a single event was about.
    mutating func changed(_ entry: NeighbourKey, isResolved: Bool) {
        services.noteChange(of: entry.address)
        kept.note(entry, isResolved: isResolved)
        wake()
    }

    /// There may be something to do before the time comes.
    mutating func wake() {
        rest = nil
    }

    /// The VIPs are to be announced at once, because another host spoke for one.
    mutating func announceAgain() {
        claims += 1
        wake()
    }

    mutating func checksChanged() {
        watch.isStale = true
        rest = nil
    }

    mutating func require(_ scope: HostReading.Scope) {
        unread = unread.map { $0.joined(with: scope) } ?? scope
        rest = nil
    }
}

extension DirectorSettings {
    /// Whether the host answers for some VIP.
    var hasHostsVIP: Bool {
        services.contains { $0.arp == .host }
    }
}
