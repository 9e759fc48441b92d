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
        problems += servicesWithoutRealServer.map { "\($0) has no usable real server" }
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

    private var servicesWithoutRealServer: [ServiceAddress] {
        settings.services.filter { service in
            service.realServers.allSatisfy { reach($0, of: service).health == .down }
        }
        .map(\.address)
    }

    /// Every service with its figures, in the settings' order.
    func services(_ counters: DataPlaneCounters) -> [ServiceStatus] {
        settings.services.map { service in
            let index = indexes.index(of: service.address)
            return ServiceStatus(
                address: service.address, scheduler: service.scheduler,
                persistence: service.persistence, onePacket: service.onePacket,
                onDown: service.onDown, arp: service.arp,
                traffic: counters.services[index] ?? Traffic(),
                realServers: service.realServers.map { status(of: $0, in: service, counters) })
        }
    }

    private func status(
        of real: RealServer, in service: VirtualService, _ counters: DataPlaneCounters
    ) -> RealServerStatus {
        let key = RealServerKey(service: service.address, address: real.address)
        let reach = reach(real, of: service)
        let figures = counters.realServers[indexes.index(of: key)]
        let path = host.path(to: real.address)
        return RealServerStatus(
            address: real.address, weight: real.weight, upperThreshold: real.upperThreshold,
            lowerThreshold: real.lowerThreshold, administrativeState: .enabled,
            health: reach.health, reason: reach.reason, mac: path.mac, egress: path.egress,
            traffic: figures?.traffic ?? Traffic(), flows: figures?.flows ?? FlowCounts())
    }

    private func reach(_ real: RealServer, of service: VirtualService) -> Reachability {
        reachability[RealServerKey(service: service.address, address: real.address)] ?? .unknown
    }
}
