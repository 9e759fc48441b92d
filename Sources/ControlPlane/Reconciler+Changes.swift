// SPDX-License-Identifier: Apache-2.0

import LVSModel

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
            wake()
        }
    }

    /// A report of what is not checked any more is nothing.
    mutating func receive(_ report: HealthReport) {
        services.receive(report)
        wake()
    }

    mutating func setRole(_ role: Role) {
        guard role != self.role else { return }
        self.role = role
        if role == .active { takeover.begin() }
        events.append(.roleChanged(role))
        tableChanged()
    }

    /// Former real servers' indexes that no table in force names: once no flow does, none will.
    var unnamedIndexes: Set<UInt32> {
        let former = indexes.formerRealServers
        guard !former.isEmpty else { return [] }
        let tables = [published, handedOut].compactMap(\.self)
        let named = tables.flatMap { $0.services.flatMap { $0.realServers.map(\.index) } }
        return former.subtracting(named)
    }

    /// Wants something else from now on. When it throws, nothing has changed. The role stays.
    ///
    /// - Parameter flowless: those of `unnamedIndexes` that no flow names.
    /// - Precondition: the interface is the same.
    mutating func apply(
        _ new: DirectorSettings, flowless: Set<UInt32>
    ) throws(DirectorError) {
        precondition(new.interface == settings.interface, "a director stays on its interface")
        let hasSameLayout = services.hasLayout(of: new.services)
        if !hasSameLayout { try indexes.assign(to: new.services, flowless: flowless) }
        let hasOtherChecks = services.want(new.services, indexes: indexes)
        if hasOtherChecks || new.checkLimit != settings.checkLimit { checksChanged() }
        if new.hasHostsVIP && !settings.hasHostsVIP { require(.routes) }
        settings = new
        tableChanged()
        guard !hasSameLayout else { return }
        host.follow(services.addresses)
        entriesChanged()
        if !host.unknownAddresses.isEmpty { require(.added) }
    }

    mutating func note(_ change: HostView.Change?) {
        guard let change else { return }
        switch change {
        case .link(let old, let new):
            changed()
            if !new.isRunning { kept.lose { $0.interface == new.index } }
            if old.isRunning != new.isRunning {
                events.append(new.isRunning ? .linkUp(new.name) : .linkDown(new.name))
            }
        case .linkRemoved(let link):
            changed()
            kept.lose { $0.interface == link.index }
            events.append(.linkRemoved(link.name))
        case .neighbour(let key, let mac):
            if mac == nil { kept.lose(key) }
            changed(key, isResolved: mac != nil)
        case .heldAddresses(let old, let new):
            tableChanged()
            follow(taken: new.subtracting(old), given: old.subtracting(new))
        }
    }

    private mutating func follow(taken: Set<IPAddress>, given: Set<IPAddress>) {
        let vips = Set(settings.services.filter { $0.arp == .host }.map(\.address.address))
        if !vips.isDisjoint(with: taken) { takeover.begin() }
        guard role == .standby else { return }
        events += vips.intersection(taken).sorted().map { .vipTaken($0) }
        events += vips.intersection(given).sorted().map { .vipGiven($0) }
    }
}
