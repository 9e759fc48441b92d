// SPDX-License-Identifier: Apache-2.0

import LVSModel

// Changes of one service or real server.
extension SettingsDecoder {
    private enum ServiceEditKey: String, CaseIterable {
        case scheduler
        case schedulerFlags = "scheduler-flags"
        case persistence
        case persistenceMask = "persistence-mask"
        case onePacket = "one-packet"
        case onDown = "on-down"
        case arp
        case check
        case minimumUp = "minimum-up"
        case sorryServer = "sorry-server"
        case slowStart = "slow-start"
    }

    private enum RealServerEditKey: String, CaseIterable {
        case address
        case weight
        case upperThreshold = "upper-threshold"
        case lowerThreshold = "lower-threshold"
        case check
    }

    private enum PlaceKey: String, CaseIterable {
        case address
        case within
        case until
    }

    mutating func serviceEdit(_ value: Value) -> Change? {
        guard let (name, rest) = service(in: value, named: "edit-service"),
            let fields = fields(
                of: rest, named: "edit-service", as: ServiceEditKey.self, required: [])
        else { return nil }
        var edit = ServiceEdit()
        let vip = name.address
        edit.scheduler = fields[.scheduler].flatMap {
            choice($0, named: "scheduler", as: Scheduler.self)
        }
        edit.schedulerFlags = fields[.schedulerFlags].map {
            schedulerFlags($0, of: edit.scheduler)
        }
        edit.persistence = persistenceEdit(
            fields[.persistence], mask: fields[.persistenceMask], vip: vip)
        edit.onePacket = fields[.onePacket].map { onePacket($0, name.transport) }
        edit.onDown = fields[.onDown].flatMap { onDown($0) }
        edit.arp = fields[.arp].flatMap { arp($0) }
        edit.check = self.edit(fields[.check]) { $0.check($1, ports: name.ports) }
        edit.minimumUp = fields[.minimumUp].flatMap { minimumUp($0) }
        edit.sorryServer = self.edit(fields[.sorryServer]) { $0.sorryServer($1, vip: vip) }
        edit.slowStart = fields[.slowStart].flatMap { slowStart($0) }
        return .editService(name, edit)
    }

    mutating func addedRealServer(_ value: Value) -> Change? {
        guard let (name, rest) = service(in: value, named: "add-real-server") else { return nil }
        return realServer(rest, vip: name.address, ports: name.ports).map {
            .addRealServer($0.realServer, to: name)
        }
    }

    mutating func realServerEdit(_ value: Value) -> Change? {
        guard let (name, rest) = service(in: value, named: "edit-real-server"),
            let fields = fields(
                of: rest, named: "edit-real-server", as: RealServerEditKey.self,
                required: [.address])
        else { return nil }
        var edit = RealServerEdit()
        edit.weight = fields[.weight].flatMap { weight($0) }
        edit.upperThreshold = fields[.upperThreshold].flatMap {
            threshold($0, named: "upper-threshold")
        }
        edit.lowerThreshold = fields[.lowerThreshold].flatMap {
            threshold($0, named: "lower-threshold")
        }
        if let place = fields[.lowerThreshold], let upper = edit.upperThreshold,
            let lower = edit.lowerThreshold, lower > 0
        {
            check(place, lower, isUnder: upper)
        }
        edit.check = fields[.check].flatMap {
            isNull($0) ? .services : ownCheck($0, ports: name.ports)
        }
        let rip = fields[.address].flatMap {
            address($0, named: "real server", beside: name.address)
        }
        return rip.map { .editRealServer($0, of: name, edit) }
    }

    /// A real server of a service, and nothing else.
    mutating func place(_ value: Value) -> (rip: IPAddress, service: ServiceAddress)? {
        guard let (name, fields) = placeFields(value) else { return nil }
        for entry in fields.entries where entry.key != .address {
            findings.add(
                "key \(Quotation.quote(entry.key.rawValue)) in a change that has no time",
                expected: "service and address only", at: entry.place)
        }
        return fields[.address]
            .flatMap { address($0, named: "real server", beside: name.address) }
            .map { ($0, name) }
    }

    mutating func drain(_ value: Value, now: UInt64) -> Change? {
        guard let (name, fields) = placeFields(value) else { return nil }
        let rip = fields[.address].flatMap {
            address($0, named: "real server", beside: name.address)
        }
        if let until = fields[.until], fields[.within] != nil {
            note(until, "both within and until in drain", expected: "one of the two, or neither")
        }
        let within = fields[.within].flatMap { seconds($0, named: "within", in: 0...2_678_400) }
        let end =
            fields[.until].flatMap { time($0, named: "until") }
            ?? within.map { min(now, Self.lastTime) + UInt64($0) }.map { min($0, Self.lastTime) }
        return rip.map { .drain($0, of: name, until: end) }
    }

    private mutating func placeFields(
        _ value: Value
    ) -> (service: ServiceAddress, fields: Fields<PlaceKey>)? {
        guard let (name, rest) = service(in: value, named: "the change"),
            let fields = fields(
                of: rest, named: "the change", as: PlaceKey.self, required: [.address])
        else { return nil }
        return (name, fields)
    }
}

// MARK: - Parts of changes

extension SettingsDecoder {
    /// The service that a change names, and the change without that key.
    private mutating func service(
        in value: Value, named name: String
    ) -> (name: ServiceAddress, rest: Value)? {
        guard case .mapping(var pairs) = value.content else {
            note(value, "\(name) is \(kind(value))", expected: "an object with the key service")
            return nil
        }
        let place = pairs.firstIndex {
            if case .text("service", _) = $0.key.content { true } else { false }
        }
        guard let place else {
            note(
                value, "missing key \"service\" in \(name)", expected: "the service that is changed"
            )
            return nil
        }
        let named = pairs.remove(at: place).value
        return serviceName(named).map {
            ($0, Value(position: value.position, content: .mapping(pairs)))
        }
    }

    private func isNull(_ value: Value) -> Bool {
        if case .text("null", isQuoted: false) = value.content { true } else { false }
    }

    /// What is not there stays, null takes away.
    private mutating func edit<Setting>(
        _ value: Value?, _ read: (inout SettingsDecoder, Value) -> Setting?
    ) -> Edit<Setting?> {
        guard let value else { return .keep }
        return .set(isNull(value) ? nil : read(&self, value))
    }

    private mutating func persistenceEdit(
        _ timeout: Value?, mask: Value?, vip: IPAddress
    ) -> Edit<Persistence?> {
        if let timeout, isNull(timeout) {
            if let mask {
                note(
                    mask, "persistence-mask with persistence null",
                    expected: "persistence beside it, such as 5m")
            }
            return .set(nil)
        }
        let persistence = persistence(timeout, mask: mask, vip: vip)
        return timeout == nil ? .keep : .set(persistence)
    }
}
