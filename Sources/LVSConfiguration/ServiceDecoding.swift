// SPDX-License-Identifier: Apache-2.0

import LVSModel

// Virtual services.
extension SettingsDecoder {
    private enum ServiceKey: String, CaseIterable {
        case address
        case port
        case ports
        case `protocol`
        case scheduler
        case schedulerFlags = "scheduler-flags"
        case persistence
        case persistenceMask = "persistence-mask"
        case onePacket = "one-packet"
        case onDown = "on-down"
        case arp
        case realServers = "real-servers"
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
        rules.check(&findings)
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
                required: [.address, .scheduler, .realServers])
        else { return nil }
        let vip = fields[.address].flatMap { address($0, named: "VIP") }
        let ports = ports(single: fields[.port], several: fields[.ports], of: value)
        let transport =
            fields[.protocol].map { choice($0, named: "protocol", as: TransportProtocol.self) }
            ?? .tcp
        let scheduler = fields[.scheduler].flatMap {
            choice($0, named: "scheduler", as: Scheduler.self)
        }
        let flags = fields[.schedulerFlags].map { schedulerFlags($0, of: scheduler) } ?? []
        let persistence = persistence(
            fields[.persistence], mask: fields[.persistenceMask], vip: vip)
        let onePacket = fields[.onePacket].map { self.onePacket($0, transport) } ?? false
        let onDown = fields[.onDown].flatMap {
            choice($0, named: "on-down", as: OnDownPolicy.self)
        }
        let ownARP = fields[.arp].map { choice($0, named: "arp", as: ARPMode.self) } ?? arp
        rules.add(vip: vip, arp: ownARP, at: (fields[.arp] ?? value).position, &findings)
        let realServers = fields[.realServers].map {
            self.realServers($0, vip: vip, ports: ports, &rules)
        }
        guard let vip, let ports, let transport, let scheduler, let ownARP, let realServers else {
            return nil
        }
        let name = ServiceAddress(address: vip, ports: ports, transport: transport)
        rules.add(service: name, at: value.position)
        return VirtualService(
            address: name, scheduler: scheduler, schedulerFlags: flags, persistence: persistence,
            onePacket: onePacket, onDown: onDown ?? .reschedule, arp: ownARP,
            realServers: realServers)
    }

    /// - Parameter transport: nil when it was wrong itself.
    private mutating func onePacket(_ value: Value, _ transport: TransportProtocol?) -> Bool {
        let isWanted = flag(value, named: "one-packet") ?? false
        if isWanted, transport == .tcp {
            note(
                value, "one-packet with protocol tcp", expected: "false, or protocol: udp",
                hint: "a TCP connection has more packets than one")
        }
        return isWanted
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
}
