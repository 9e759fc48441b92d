// SPDX-License-Identifier: Apache-2.0

import LVSModel

extension Reconciler {
    /// What an operator should look at, a sentence each.
    func problems(_ counters: DataPlaneCounters) -> [String] {
        var problems: [String] = []
        if host.ingress?.isRemoved == true {
            problems.append("interface \(settings.interface) was removed: restart lvsdrd")
        } else if let link = host.ingressLink, !link.isRunning {
            problems.append("interface \(link.name) is down")
        }
        problems += services.states.compactMap { $0.problem }
        if let error = publishing.error {
            problems.append("\(error); the one before stays in force, and it is tried again")
        }
        if let error = reading.error { problems.append("\(error); it is tried again") }
        problems += kept.refusals.map { "\($0.entry.address) is not kept resolved: \($0.error)" }
        if counters.ringDrops > 0 {
            let frames = counters.ringDrops == 1 ? "1 frame" : "\(counters.ringDrops) frames"
            problems.append(
                "the receive ring dropped \(frames): they came faster than they were forwarded")
        }
        return problems
    }

    /// The VIPs that this director holds: another host that claims one is in the wrong.
    var heldVIPs: Set<IPAddress> {
        let own = role == .active ? ownVIPs : []
        // They are known only where some VIP is the host's.
        guard !host.heldAddresses.isEmpty else { return own }
        let hosts = settings.services.filter { $0.arp == .host }.map(\.address.address)
        return own.union(host.heldAddresses.intersection(hosts))
    }

    /// Every service with its figures, in the settings' order.
    func services(
        _ counters: DataPlaneCounters, checks: [CheckedName: CheckFigures] = [:]
    ) -> [ServiceStatus] {
        services.states.map { state in
            let settings = state.settings
            var realServers = state.realServers.indices.map { position in
                status(of: position, in: state, counters, checks)
            }
            if let sorry = state.sorry, let shown = status(of: sorry, in: state, counters) {
                realServers.append(shown)
            }
            return ServiceStatus(
                address: settings.address, scheduler: settings.scheduler,
                schedulerFlags: settings.schedulerFlags, persistence: settings.persistence,
                onePacket: settings.onePacket, onDown: settings.onDown, arp: settings.arp,
                isAtFloor: state.isAtFloor, isSorry: state.servingSorry != nil,
                traffic: counters.services[state.index] ?? Traffic(), realServers: realServers)
        }
    }

    private func status(
        of position: Int, in state: ServiceState, _ counters: DataPlaneCounters,
        _ checks: [CheckedName: CheckFigures]
    ) -> RealServerStatus {
        let wanted = state.realServers[position].wanted
        let condition = state.realServers[position].condition
        let figures = counters.realServers[state.realServers[position].index]
        let path = path(of: state.realServers[position].reach, to: wanted.address)
        var found = CheckFigures()
        if !checks.isEmpty, state.realServers[position].runningCheck != nil {
            let name = CheckedName(service: state.settings.address, realServer: wanted.address)
            found = checks[name] ?? found
        }
        return RealServerStatus(
            address: wanted.address, weight: wanted.weight,
            effectiveWeight: state.effectiveWeight(of: position),
            upperThreshold: wanted.upperThreshold, lowerThreshold: wanted.lowerThreshold,
            administrativeState: wanted.administrativeState, drainEnd: wanted.drainEnd,
            health: condition.health, reason: condition.reason, mac: path.mac,
            egress: path.egress, check: state.realServers[position].check?.kind.name,
            checkFigures: found, traffic: figures?.traffic ?? Traffic(),
            flows: figures?.flows ?? FlowCounts())
    }

    private func path(
        of reach: Reachability, to address: IPAddress
    ) -> (egress: String?, mac: MACAddress?) {
        guard case .up(let link, let interface) = reach else { return host.path(to: address) }
        return (interface, link.mac)
    }

    /// Like a real server, as long as it serves or has flows; nil otherwise.
    private func status(
        of sorry: ServiceState.SorryServer, in state: ServiceState, _ counters: DataPlaneCounters
    ) -> RealServerStatus? {
        let figures = counters.realServers[sorry.index]
        let serves = state.servingSorry == sorry.address
        guard serves || (figures?.flows ?? FlowCounts()) != FlowCounts() else { return nil }
        let path = host.path(to: sorry.address)
        return RealServerStatus(
            address: sorry.address, weight: serves ? 1 : 0, administrativeState: .enabled,
            health: sorry.reach.health, reason: sorry.reach.reason, mac: path.mac,
            egress: path.egress, traffic: figures?.traffic ?? Traffic(),
            flows: figures?.flows ?? FlowCounts())
    }
}

extension ServiceState {
    /// What an operator should look at, a sentence; nil when there is nothing.
    fileprivate var problem: String? {
        if let servingSorry {
            return "\(settings.address) is served by its sorry server \(servingSorry)"
        }
        if isAtFloor {
            let held = realServers.count { $0.isHeld }
            return "\(settings.address) is at its floor of \(settings.minimumUp): "
                + "\(held) with a check that fails \(held == 1 ? "stays" : "stay") in"
        }
        guard realServers.allSatisfy({ $0.condition.health == .down }) else { return nil }
        return "\(settings.address) has no usable real server"
    }

    /// What the forwarding table has, as far as it counts there.
    fileprivate func effectiveWeight(of position: Int) -> UInt16 {
        // Until the service is judged anew the entry is the one of the settings before.
        guard entry.realServers.indices.contains(position) else { return 0 }
        let real = entry.realServers[position]
        let counts = real.index == realServers[position].index && !real.isDown && real.link != nil
        return counts ? real.weight : 0
    }
}
