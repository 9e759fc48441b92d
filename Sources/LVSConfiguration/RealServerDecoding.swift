// SPDX-License-Identifier: Apache-2.0

import LVSModel

// The real servers of a service.
extension SettingsDecoder {
    private enum RealServerKey: String, CaseIterable {
        case address
        case weight
        case port
        case upperThreshold = "upper-threshold"
        case lowerThreshold = "lower-threshold"
        case check
        case state
        case drainUntil = "drain-until"
    }

    /// The end of the year 9999, in seconds since 1970.
    static let lastTime: UInt64 = 253_402_300_799

    /// The service's VIP and ports are nil when they were wrong themselves.
    mutating func realServers(
        _ value: Value, vip: IPAddress?, ports: PortSet?, _ rules: inout ServiceRules
    ) -> [RealServer] {
        let items = items(of: value, named: "real-servers")
        var firstLines: [IPAddress: Int] = [:]
        var realServers: [RealServer] = []
        firstLines.reserveCapacity(items.count)
        realServers.reserveCapacity(items.count)
        for item in items {
            guard let (realServer, place) = realServer(item, vip: vip, ports: ports) else {
                continue
            }
            let rip = realServer.address
            if let first = firstLines.updateValue(place.line, forKey: rip) {
                findings.add(
                    "duplicate real server \(rip), already on line \(first)",
                    expected: "each real server once in a service", at: place)
            }
            rules.add(realServer: rip, at: place)
            realServers.append(realServer)
        }
        return realServers
    }

    /// The real server, and where its address stands.
    mutating func realServer(
        _ item: Value, vip: IPAddress?, ports: PortSet?
    ) -> (realServer: RealServer, place: Position)? {
        guard
            let fields = fields(
                of: item, named: "a real server", as: RealServerKey.self, required: [.address])
        else { return nil }
        let place = fields[.address]
        let rip = place.flatMap { address($0, named: "real server", beside: vip) }
        var realServer = RealServer(address: rip ?? IPAddress(ipv4: 0))
        put(fields[.weight].flatMap { weight($0) }, in: &realServer.weight)
        fields[.port].map { checkPort($0, of: ports) }
        let thresholds = thresholds(upper: fields[.upperThreshold], fields[.lowerThreshold])
        realServer.upperThreshold = thresholds.upper
        realServer.lowerThreshold = thresholds.lower
        put(fields[.check].flatMap { ownCheck($0, ports: ports) }, in: &realServer.check)
        put(
            fields[.state].flatMap { choice($0, named: "state", as: AdministrativeState.self) },
            in: &realServer.administrativeState)
        realServer.drainEnd = fields[.drainUntil].flatMap {
            drainEnd($0, isDraining: realServer.administrativeState == .draining)
        }
        guard rip != nil, let place else { return nil }
        return (realServer, place.position)
    }

    mutating func weight(_ value: Value) -> UInt16? {
        number(value, named: "weight", in: 0...UInt16.max)
    }

    /// `none`, or a check of its own.
    mutating func ownCheck(_ value: Value, ports: PortSet?) -> RealServerCheck? {
        guard case .text(let text, _) = value.content else {
            return check(value, ports: ports).map { .own($0) }
        }
        if text == "none" { return RealServerCheck.none }
        note(
            value, "check is \(kind(value))",
            expected: "none, or a mapping with the key kind", hint: "without it, the service's")
        return nil
    }

    private mutating func drainEnd(_ value: Value, isDraining: Bool) -> UInt64? {
        if !isDraining {
            note(
                value, "drain-until of a real server that is not draining",
                expected: "state: draining beside it")
        }
        return time(value, named: "drain-until")
    }

    /// Seconds since 1970.
    mutating func time(_ value: Value, named name: String) -> UInt64? {
        number(
            value, named: name, in: 0...Self.lastTime,
            expected: "seconds since 1970, at most \(Self.lastTime), as `date +%s` prints them")
    }

    /// A real server's port is the service's; the file may repeat it.
    private mutating func checkPort(_ value: Value, of service: PortSet?) {
        guard let port = port(value), let service, !service.contains(port) else { return }
        note(
            value, "the real server's port \(port) is not the service's port \(service)",
            expected: "\(service), or no port",
            hint: "direct routing hands frames on unchanged, so it can not translate ports")
    }
}

// MARK: - Addresses and thresholds

extension SettingsDecoder {
    /// The address of a server that the VIP's frames can go to.
    mutating func address(
        _ value: Value, named name: String, beside vip: IPAddress?
    ) -> IPAddress? {
        guard let address = address(value, named: name) else { return nil }
        if let vip, vip.family != address.family {
            note(
                value,
                "\(name) \(address) is \(address.family.rawValue), VIP \(vip) "
                    + "\(vip.family.rawValue): a mixed pair",
                expected: "an \(vip.family.rawValue) address",
                hint: "direct routing hands frames on unchanged, so it can not translate addresses")
        }
        return address
    }

    mutating func threshold(_ value: Value, named name: String) -> UInt32? {
        number(value, named: name, in: 0...UInt32.max)
    }

    /// Zeros for those that are not there.
    private mutating func thresholds(
        upper: Value?, _ lower: Value?
    ) -> (upper: UInt32, lower: UInt32) {
        let most = upper.map { threshold($0, named: "upper-threshold") } ?? 0
        let least = lower.map { threshold($0, named: "lower-threshold") } ?? 0
        guard let most, let least, let lower, least > 0 else { return (most ?? 0, least ?? 0) }
        if most == 0 {
            note(
                lower, "lower-threshold \(least) without an upper-threshold",
                expected: "upper-threshold beside it, greater than \(least)")
        } else {
            check(lower, least, isUnder: most)
        }
        return (most, least)
    }

    mutating func check(_ value: Value, _ lower: UInt32, isUnder upper: UInt32) {
        if lower < upper { return }
        note(
            value, "lower-threshold \(lower) is not less than upper-threshold \(upper)",
            expected: "a whole number of 0...\(max(upper, 1) - 1)")
    }
}
