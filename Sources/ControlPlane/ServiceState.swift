// SPDX-License-Identifier: Apache-2.0

import LVSModel

/// A virtual service: what is asked for, what is known of its real servers, and what follows.
///
/// Each is judged by itself, only when something of it changed.
struct ServiceState: Sendable {
    let settings: VirtualService
    /// In the forwarding table.
    let index: UInt32
    var realServers: [RealServerState]
    var sorry: SorryServer?
    /// Whether the floor holds some in that checks would take out.
    var isAtFloor = false
    /// Who is not out although its check fails, in order.
    var kept: [IPAddress] = []
    /// Who serves because nobody else does.
    var servingSorry: IPAddress?
    /// Without real servers until it was judged.
    var entry: ForwardingTable.Service
    /// When somebody's weight grows next; nil when nobody's does.
    var nextStep: Duration?
    /// What happened since the last time.
    private var news: [DirectorEvent] = []

    struct SorryServer: Sendable {
        let address: IPAddress
        let index: UInt32
        var reach: Reachability = .unknown
    }

    /// - Parameters:
    ///   - indexes: they have one for the service and each of its real servers.
    ///   - before: the service as it was, with other settings; nil when it was not there.
    init(_ settings: VirtualService, indexes: IndexAllocation, before: ServiceState? = nil) {
        self.settings = settings
        index = indexes.index(of: settings.address)
        entry = before?.entry ?? .init(index: index, service: settings, realServers: [])
        var known: [IPAddress: RealServerState] = [:]
        for real in before?.realServers ?? [] { known[real.wanted.address] = real }
        realServers = settings.realServers.map { wanted in
            if var real = known[wanted.address] {
                real.want(wanted, of: settings)
                return real
            }
            let key = RealServerKey(service: settings.address, address: wanted.address)
            return RealServerState(wanted, of: settings, index: indexes.index(of: key))
        }
        sorry = settings.usableSorryServer.map { address in
            let key = RealServerKey(service: settings.address, address: address)
            return SorryServer(address: address, index: indexes.index(of: key))
        }
        guard let before else { return }
        isAtFloor = before.isAtFloor
        kept = before.kept
        servingSorry = before.servingSorry
        news = before.news
    }

    /// Knows from an earlier run what the checks said, and whom the floor kept in.
    mutating func restore(
        _ known: [CheckedName: HealthReport], kept: [ServiceAddress: [IPAddress]]? = nil
    ) {
        let kept = kept.map { $0[settings.address] ?? [] }
        if let kept { self.kept = kept }
        for position in realServers.indices {
            let name = CheckedName(
                service: settings.address, realServer: realServers[position].wanted.address)
            if let report = known[name] { realServers[position].restore(report) }
            if let kept, !kept.contains(name.realServer) { realServers[position].takeOut() }
        }
    }

    mutating func tell(_ event: DirectorEvent) {
        news.append(event)
    }

    mutating func takeNews() -> [DirectorEvent] {
        guard !news.isEmpty else { return [] }
        defer { news = [] }
        return news
    }

    /// Returns false when it is nothing new, or nobody asked for it.
    mutating func receive(_ report: HealthReport, order: UInt64) -> Bool {
        guard
            let position = realServers.firstIndex(where: { $0.wanted.address == report.realServer })
        else { return false }
        let before = realServers[position].wholeWeight
        guard realServers[position].receive(report, order: order) else { return false }
        let weight = realServers[position].wholeWeight
        if weight != before {
            tell(.realServerWeight(report.realServer, of: settings.address, weight: weight))
        }
        return true
    }

    /// What must be watched of it now.
    var checks: [CheckedRealServer] {
        realServers.compactMap { real in
            real.runningCheck.map {
                CheckedRealServer(
                    service: settings.address, realServer: real.wanted.address, check: $0,
                    health: real.report?.health ?? .unknown)
            }
        }
    }
}

extension VirtualService {
    /// The sorry server, unless it is one of the real servers anyway.
    var usableSorryServer: IPAddress? {
        guard let sorryServer, !realServers.contains(where: { $0.address == sorryServer }) else {
            return nil
        }
        return sorryServer
    }

    /// All that the forwarding table has for it, the sorry server last.
    var realServerAddresses: [IPAddress] {
        realServers.map(\.address) + [usableSorryServer].compactMap(\.self)
    }
}
