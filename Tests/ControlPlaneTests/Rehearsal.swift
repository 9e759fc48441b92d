// SPDX-License-Identifier: Apache-2.0

import LVSModel
import Testing

@testable import ControlPlane

/// Drives a reconciler as the director does, against a host of values, at a time that a test sets.
struct Rehearsal {
    var reconciler: Reconciler
    var host = DirectorHost()
    var now = Duration.zero
    var readingError: DirectorError?
    var publishingError: DirectorError?
    var keepingErrors: [NeighbourKey: DirectorError] = [:]
    var releaseError: DirectorError?

    init(_ settings: DirectorSettings = DirectorHost.settings) throws {
        reconciler = try Reconciler(settings: settings)
    }

    /// A rehearsal that has read the host, published and announced, with its log emptied.
    static func serving(
        _ settings: DirectorSettings = DirectorHost.settings, on host: DirectorHost = DirectorHost()
    ) throws -> Rehearsal {
        var rehearsal = try Rehearsal(settings)
        rehearsal.host = host
        try rehearsal.begin()
        _ = rehearsal.settle()
        for time in [1, 3] {
            rehearsal.now = .seconds(time)
            _ = rehearsal.settle()
        }
        _ = rehearsal.reconciler.takeEvents()
        return rehearsal
    }

    /// The first reading.
    mutating func begin() throws {
        try reconciler.didRead(reading(reconciler.plan(for: .everything)))
    }

    /// Has a check report, of web 1 of the first service unless told otherwise.
    @discardableResult
    mutating func report(
        _ health: Health, _ cause: String? = nil, of real: IPAddress = DirectorHost.web1,
        weight: UInt16? = nil, at time: Duration? = nil
    ) -> [Reconciler.Action] {
        if let time { now = time }
        reconciler.receive(
            HealthReport(
                service: DirectorHost.service, realServer: real, health: health, cause: cause,
                weight: weight))
        return settle()
    }

    /// Has other settings from now on.
    @discardableResult
    mutating func apply(
        _ change: (inout VirtualService) -> Void
    ) throws -> [Reconciler.Action] {
        var settings = reconciler.settings
        change(&settings.services[0])
        try reconciler.apply(settings, flowless: [])
        return settle()
    }

    /// Tells these events, then does what is to be done. Returns that, without the final wait.
    mutating func settle(_ events: HostNetworkEvent...) -> [Reconciler.Action] {
        for event in events { reconciler.receive(event) }
        var actions: [Reconciler.Action] = []
        for _ in 0..<50 {
            let action = reconciler.next(at: now)
            if case .wait = action { return actions }
            actions.append(action)
            perform(action)
        }
        Issue.record("the reconciler does not come to rest")
        return actions
    }

    /// When the reconciler wants to be asked again; nil when only a change matters.
    var wakeTime: Duration? {
        mutating get {
            guard case .wait(let time) = reconciler.next(at: now) else { return now }
            return time
        }
    }

    /// What the first service shows.
    func service(_ counters: DataPlaneCounters = .reading()) throws -> ServiceStatus {
        try #require(reconciler.services(counters).first)
    }

    /// The log since the last time, in words.
    mutating func log() -> [String] {
        reconciler.takeEvents().map { "\($0)" }
    }

    func reading(_ plan: HostReading.Plan) -> HostReading {
        let ingress =
            switch plan.ingress {
            case .named(let name): host.link(named: name)
            case .index(let index): host.link(index: index)
            }
        let routes = plan.addresses.map { ($0, host.route(to: $0)) }
        let egresses = host.links.filter { link in
            let leadsThere = routes.contains { $0.1 == .onLink(interface: link.index) }
            return leadsThere && link.index != ingress?.index
        }
        return HostReading(
            scope: plan.scope, ingress: ingress, routes: Dictionary(uniqueKeysWithValues: routes),
            egresses: egresses, neighbours: plan.scope == .routes ? nil : host.neighbours,
            heldAddresses: plan.wantsHeldAddresses ? host.heldAddresses : nil)
    }

    private mutating func perform(_ action: Reconciler.Action) {
        switch action {
        case .read(let plan):
            do throws(DirectorError) {
                if let readingError { throw readingError }
                try reconciler.didRead(reading(plan))
            } catch {
                reconciler.readingFailed(plan.scope, error, at: now)
            }
        case .resolve(let release, let keep):
            for entry in release { reconciler.didRelease(entry, failure: releaseError) }
            for entry in keep {
                if let error = keepingErrors[entry] {
                    reconciler.keepingFailed(entry, error, at: now)
                } else {
                    reconciler.didKeep(entry, at: now)
                }
            }
        case .publish(let table):
            if let publishingError {
                reconciler.publishingFailed(publishingError, at: now)
            } else {
                reconciler.didPublish(table)
            }
        case .announce:
            reconciler.didAnnounce()
        case .watch, .wait:
            break
        }
    }
}

extension [Reconciler.Action] {
    var tables: [ForwardingTable] {
        compactMap { action in
            guard case .publish(let table) = action else { return nil }
            return table
        }
    }

    var watches: [[CheckedRealServer]] {
        compactMap { action in
            guard case .watch(let realServers, _) = action else { return nil }
            return realServers
        }
    }

    var announcements: Int {
        count { $0 == .announce }
    }
}

extension ForwardingTable {
    /// What every real server weighs, 0 for one that is down, in order.
    var weights: [UInt16] {
        services.flatMap { $0.realServers.map { $0.isDown || $0.link == nil ? 0 : $0.weight } }
    }

    /// The links of all real servers, in order.
    var links: [Link?] {
        services.flatMap { $0.realServers.map(\.link) }
    }
}
