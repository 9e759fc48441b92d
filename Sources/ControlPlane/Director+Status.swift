// SPDX-License-Identifier: Apache-2.0

public import LVSModel

// What operators and programs look at.
extension Director {
    /// - Parameter withRates: whether rates are wanted. With up to 4,096 real servers they are always
    ///   there; with more they are from the second question on, for 90 seconds after each.
    public func status(withRates: Bool = false) async -> DirectorStatus {
        if withRates { meter.noteQuestion(at: timeline.elapsed()) }
        let counters = await plane.counters()
        let served: DirectorStatus.Phase = reconciler.publications == 0 ? .starting : .serving
        let failures = record.failure.map { ["\($0); it is tried again"] } ?? []
        return DirectorStatus(
            phase: isStopping ? .stopping : served, role: reconciler.role,
            uptime: UInt64(timeline.elapsed().components.seconds),
            interface: reconciler.host.ingressLink, publications: reconciler.publications,
            publicationTime: publicationTime, macChanges: macChanges,
            arpConflicts: vipGuard.count, counters: counters, rates: meter.ofAll,
            problems: standingProblems + guardProblems + reconciler.problems(counters) + failures)
    }

    /// Every virtual service with its figures, in the settings' order.
    ///
    /// - Parameter withRates: as with `status`.
    public func services(withRates: Bool = false) async -> [ServiceStatus] {
        if withRates { meter.noteQuestion(at: timeline.elapsed()) }
        let counters = baseline.subtracted(from: await plane.counters())
        let checks = await health?.figures() ?? [:]
        var services = reconciler.services(counters, checks: checks)
        guard meter.wantsReading(of: drains.realServerCount, at: timeline.elapsed()) else {
            return services
        }
        for index in services.indices { addRates(to: &services[index]) }
        return services
    }

    private func addRates(to service: inout ServiceStatus) {
        service.rates = meter.rates(ofService: reconciler.indexes.index(of: service.address))
        for index in service.realServers.indices {
            let key = RealServerKey(
                service: service.address, address: service.realServers[index].address)
            service.realServers[index].rates = meter.rates(
                ofRealServer: reconciler.indexes.index(of: key))
        }
    }

    /// Lets the connections, packets and bytes of a service and of its real servers count from here
    /// (`ipvsadm -Z`). Flows, rates and the data plane's own counters stay as they are.
    ///
    /// - Parameters:
    ///   - service: nil for all.
    ///   - author: whom the event names.
    public func zeroCounters(
        of service: ServiceAddress? = nil, by author: Author? = nil
    ) async throws(ChangeRefusal) {
        let counters = await plane.counters()
        let services = reconciler.services.states.filter {
            service == nil || $0.settings.address == service
        }
        if let service, services.isEmpty { throw .noService(service) }
        for state in services {
            baseline.setService(state.index, to: counters)
            for real in state.realServers { baseline.setRealServer(real.index, to: counters) }
        }
        tell(.zeroed(service), by: author)
    }
}
