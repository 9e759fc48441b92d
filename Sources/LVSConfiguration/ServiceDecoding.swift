// SPDX-License-Identifier: Apache-2.0

import LVSModel

// Virtual services and real servers.
extension SettingsDecoder {
    private enum ServiceKey: String, CaseIterable {
        case address
        case port
        case `protocol`
        case scheduler
        case schedulerFlags = "scheduler-flags"
        case arp
        case realServers = "real-servers"
    }

    private enum RealServerKey: String, CaseIterable {
        case address
        case weight
        case port
    }

    /// As many as the forwarding table has indices for.
    private static let maximumServices = 16_384
    private static let maximumRealServers = 131_072

    /// The services that are right in themselves and beside each other.
    mutating func services(_ value: Value, arp: ARPMode) -> [VirtualService] {
        let items = items(of: value, named: "services")
        var rules = ServiceRules()
        var services: [VirtualService] = []
        var realServers = 0
        for item in items {
            guard let service = service(item, arp: arp, &rules) else { continue }
            services.append(service)
            realServers += service.realServers.count
        }
        rules.checkRealServers(&findings)
        if items.count > Self.maximumServices {
            note(
                value, "\(items.count) services", expected: "at most \(Self.maximumServices)")
        }
        if realServers > Self.maximumRealServers {
            note(
                value, "\(realServers) real servers",
                expected: "at most \(Self.maximumRealServers) in all services together")
        }
        return services
    }

    private mutating func service(
        _ value: Value, arp: ARPMode, _ rules: inout ServiceRules
    ) -> VirtualService? {
        guard
            let fields = fields(
                of: value, named: "a service", as: ServiceKey.self,
                required: [.address, .port, .scheduler, .realServers])
        else { return nil }
        let vip = fields[.address].flatMap { address($0, named: "VIP") }
        let port = fields[.port].flatMap { number($0, named: "port", in: UInt16(1)...UInt16.max) }
        let transport =
            fields[.protocol].map { choice($0, named: "protocol", as: TransportProtocol.self) }
            ?? .tcp
        let scheduler = fields[.scheduler].flatMap {
            choice($0, named: "scheduler", as: Scheduler.self)
        }
        let flags = fields[.schedulerFlags].map { schedulerFlags($0, of: scheduler) } ?? []
        let ownARP = fields[.arp].map { choice($0, named: "arp", as: ARPMode.self) } ?? arp
        let realServers = fields[.realServers].map {
            self.realServers($0, port: port, &rules)
        }
        if let vip, let ownARP {
            let place = (fields[.arp] ?? value).position
            rules.add(vip: vip, arp: ownARP, at: place, &findings)
        }
        guard let vip, let port, let transport, let scheduler, let ownARP, let realServers else {
            return nil
        }
        let name = ServiceAddress(address: vip, port: port, transport: transport)
        rules.add(service: name, at: value.position, &findings)
        return VirtualService(
            address: name, scheduler: scheduler, schedulerFlags: flags, arp: ownARP,
            realServers: realServers)
    }

    /// - Parameter scheduler: nil when it was wrong itself.
    private mutating func schedulerFlags(
        _ value: Value, of scheduler: Scheduler?
    ) -> Set<SchedulerFlag> {
        var flags: Set<SchedulerFlag> = []
        for item in items(of: value, named: "scheduler-flags") {
            guard let flag = choice(item, named: "scheduler flag", as: SchedulerFlag.self) else {
                continue
            }
            if let scheduler, !scheduler.flags.contains(flag) {
                let known = scheduler.flags.map(\.rawValue).joined(separator: ", ")
                note(
                    item, "scheduler \(scheduler.rawValue) has no flag \(flag.rawValue)",
                    expected: known.isEmpty ? "no flags for this scheduler" : "one of \(known)")
            }
            if !flags.insert(flag).inserted {
                note(item, "duplicate \(flag.rawValue)", expected: "each flag once")
            }
        }
        return flags
    }

    private mutating func realServers(
        _ value: Value, port: UInt16?, _ rules: inout ServiceRules
    ) -> [RealServer] {
        var firstLines: [IPAddress: Int] = [:]
        var realServers: [RealServer] = []
        for item in items(of: value, named: "real-servers") {
            guard
                let fields = fields(
                    of: item, named: "a real server", as: RealServerKey.self, required: [.address])
            else { continue }
            let weight =
                fields[.weight].map { number($0, named: "weight", in: 0...UInt16.max) } ?? 1
            fields[.port].map { checkPort($0, service: port) }
            guard let place = fields[.address], let rip = address(place, named: "real server")
            else { continue }
            if let first = firstLines.updateValue(place.position.line, forKey: rip) {
                note(
                    place, "duplicate real server \(rip), already on line \(first)",
                    expected: "each real server once in a service")
            }
            rules.add(realServer: rip, at: place.position)
            if let weight { realServers.append(RealServer(address: rip, weight: weight)) }
        }
        return realServers
    }

    /// A real server's port is the service's; the file may repeat it.
    private mutating func checkPort(_ value: Value, service: UInt16?) {
        guard let port = number(value, named: "port", in: UInt16(1)...UInt16.max),
            let service, port != service
        else { return }
        note(
            value, "the real server's port \(port) is not the service's port \(service)",
            expected: "\(service), or no port",
            hint: "direct routing hands frames on unchanged, so it can not translate ports")
    }
}

/// What holds between services: addresses are unique, the services of a VIP agree, and no real
/// server is a VIP.
struct ServiceRules {
    private var services: [ServiceAddress: Int] = [:]
    private var vips: [IPAddress: (arp: ARPMode, line: Int)] = [:]
    private var realServers: [(address: IPAddress, position: Position)] = []

    mutating func add(
        service: ServiceAddress, at position: Position, _ findings: inout Findings
    ) {
        guard let first = services.updateValue(position.line, forKey: service) else { return }
        findings.add(
            "duplicate service \(service), already on line \(first)",
            expected: "each address, port and protocol once", at: position)
    }

    mutating func add(
        vip: IPAddress, arp: ARPMode, at position: Position, _ findings: inout Findings
    ) {
        guard let first = vips[vip] else {
            vips[vip] = (arp, position.line)
            return
        }
        if first.arp == arp { return }
        findings.add(
            "arp \(arp.rawValue) for VIP \(vip), but \(first.arp.rawValue) on line \(first.line)",
            expected: "the same for all services of a VIP", at: position)
    }

    mutating func add(realServer: IPAddress, at position: Position) {
        realServers.append((realServer, position))
    }

    /// To be called when all services are known.
    func checkRealServers(_ findings: inout Findings) {
        for (address, position) in realServers where vips[address] != nil {
            findings.add(
                "real server \(address) is a VIP of this director",
                expected: "the real server's own address (RIP)", at: position)
        }
    }
}
