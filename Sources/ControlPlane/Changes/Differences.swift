// SPDX-License-Identifier: Apache-2.0

public import LVSModel

extension Change {
    /// What makes the new settings of the old ones, up to the order of services and real servers:
    /// first what goes, then what becomes other, then what comes.
    ///
    /// Settings that only a restart brings are not among it: see `DirectorSettings.restartDifferences`.
    public static func changes(
        from old: DirectorSettings, to new: DirectorSettings
    ) -> [Change] {
        var changes: [Change] = []
        if old.timeouts != new.timeouts { changes.append(.setTimeouts(new.timeouts)) }
        if old.answers != new.answers { changes.append(.setAnswers(new.answers)) }
        if old.sourceMAC != new.sourceMAC { changes.append(.setSourceMAC(new.sourceMAC)) }
        if old.checkLimit != new.checkLimit { changes.append(.setCheckLimit(new.checkLimit)) }
        if old.peers != new.peers { changes.append(.setPeers(new.peers)) }
        let before = Roster(old.services) { $0.address }
        let wanted = Set(new.services.map(\.address))
        for service in old.services where !wanted.contains(service.address) {
            changes.append(.removeService(service.address))
        }
        var added: [Change] = []
        for service in new.services {
            if let known = before[service.address] {
                append(from: known, to: service, &changes)
            } else {
                added.append(.addService(service))
            }
        }
        return changes + added
    }

    /// - Precondition: both have the same address.
    private static func append(
        from old: VirtualService, to new: VirtualService, _ changes: inout [Change]
    ) {
        guard old != new else { return }
        let edit = ServiceEdit(from: old, to: new)
        if edit != ServiceEdit() { changes.append(.editService(new.address, edit)) }
        let pairs = zip(old.realServers, new.realServers)
        // Mostly they are the same in the same order: then nobody must be looked for.
        guard
            old.realServers.count != new.realServers.count
                || !pairs.allSatisfy({ $0.address == $1.address })
        else {
            for (known, real) in pairs where known != real {
                append(from: known, to: real, of: new.address, &changes)
            }
            return
        }
        let before = Roster(old.realServers) { $0.address }
        let wanted = Set(new.realServers.map(\.address))
        for real in old.realServers where !wanted.contains(real.address) {
            changes.append(.removeRealServer(real.address, of: new.address))
        }
        for real in new.realServers {
            if let known = before[real.address] {
                append(from: known, to: real, of: new.address, &changes)
            } else {
                changes.append(.addRealServer(real, to: new.address))
            }
        }
    }

    private static func append(
        from old: RealServer, to new: RealServer, of service: ServiceAddress,
        _ changes: inout [Change]
    ) {
        let edit = RealServerEdit(from: old, to: new)
        if edit != RealServerEdit() {
            changes.append(.editRealServer(new.address, of: service, edit))
        }
        guard
            old.administrativeState != new.administrativeState || old.drainEnd != new.drainEnd
        else { return }
        switch (old.administrativeState, new.administrativeState) {
        case (_, .draining):
            changes.append(.drain(new.address, of: service, until: new.drainEnd))
        case (_, .disabled): changes.append(.disable(new.address, of: service))
        case (.draining, .enabled): changes.append(.undrain(new.address, of: service))
        case (_, .enabled): changes.append(.enable(new.address, of: service))
        }
    }
}

extension DirectorSettings {
    /// What of the other settings only a restart brings, a line each such as
    /// `interface: eth0 -> eth1`.
    public func restartDifferences(to new: DirectorSettings) -> [String] {
        func words<Value: CustomStringConvertible>(_ value: Value?, _ none: String) -> String {
            value.map { "\($0)" } ?? none
        }
        let values = [
            ("interface", interface, new.interface),
            ("port", port.rawValue, new.port.rawValue),
            ("acceleration", acceleration.rawValue, new.acceleration.rawValue),
            ("flow-capacity", "\(flowCapacity)", "\(new.flowCapacity)"),
            ("workers", words(workers, "by the cores"), words(new.workers, "by the cores")),
            ("start", start.rawValue, new.start.rawValue),
            ("metrics", words(metrics, "none"), words(new.metrics, "none")),
            ("runtime-directory", runtimeDirectory, new.runtimeDirectory),
        ]
        return values.filter { $0.1 != $0.2 }.map { "\($0.0): \($0.1) -> \($0.2)" }
    }

    /// These settings, apart from what only a restart brings, which is the other's.
    func keepingStart(of running: DirectorSettings) -> DirectorSettings {
        var settings = self
        settings.interface = running.interface
        settings.port = running.port
        settings.acceleration = running.acceleration
        settings.flowCapacity = running.flowCapacity
        settings.workers = running.workers
        settings.start = running.start
        settings.metrics = running.metrics
        settings.runtimeDirectory = running.runtimeDirectory
        return settings
    }
}

extension ServiceEdit {
    init(from old: VirtualService, to new: VirtualService) {
        func changed<Value: Equatable>(_ path: KeyPath<VirtualService, Value>) -> Value? {
            old[keyPath: path] == new[keyPath: path] ? nil : new[keyPath: path]
        }
        self.init(
            scheduler: changed(\.scheduler), schedulerFlags: changed(\.schedulerFlags),
            persistence: old.persistence == new.persistence ? .keep : .set(new.persistence),
            onePacket: changed(\.onePacket), onDown: changed(\.onDown), arp: changed(\.arp),
            check: old.check == new.check ? .keep : .set(new.check),
            minimumUp: changed(\.minimumUp),
            sorryServer: old.sorryServer == new.sorryServer ? .keep : .set(new.sorryServer),
            slowStart: changed(\.slowStart))
    }
}

extension RealServerEdit {
    init(from old: RealServer, to new: RealServer) {
        self.init(
            weight: old.weight == new.weight ? nil : new.weight,
            upperThreshold: old.upperThreshold == new.upperThreshold ? nil : new.upperThreshold,
            lowerThreshold: old.lowerThreshold == new.lowerThreshold ? nil : new.lowerThreshold,
            check: old.check == new.check ? nil : new.check)
    }
}
