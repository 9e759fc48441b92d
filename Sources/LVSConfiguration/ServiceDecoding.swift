// SPDX-License-Identifier: Apache-2.0

import LVSModel

// Virtual services.
extension SettingsDecoder {
    enum ServiceKey: String, CaseIterable {
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
        case check
        case minimumUp = "minimum-up"
        case sorryServer = "sorry-server"
        case slowStart = "slow-start"
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
            guard
                let service = service(
                    item, arp: arp, required: [.address, .scheduler, .realServers], &rules)
            else { continue }
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

    mutating func service(
        _ value: Value, arp: ARPMode, required: [ServiceKey], _ rules: inout ServiceRules
    ) -> VirtualService? {
        guard
            let fields = fields(
                of: value, named: "a service", as: ServiceKey.self, required: required)
        else { return nil }
        let vip = fields[.address].flatMap { address($0, named: "VIP") }
        let ports = ports(single: fields[.port], several: fields[.ports], of: value)
        let transport =
            fields[.protocol].map { choice($0, named: "protocol", as: TransportProtocol.self) }
            ?? .tcp
        let scheduler = fields[.scheduler].flatMap {
            choice($0, named: "scheduler", as: Scheduler.self)
        }
        // What stands for a value that is wrong goes no further: the error is noted.
        var service = VirtualService(
            address: ServiceAddress(
                address: vip ?? IPAddress(ipv4: 0), ports: ports ?? .any,
                transport: transport ?? .tcp),
            scheduler: scheduler ?? .rr, arp: arp)
        put(
            fields[.schedulerFlags].map { schedulerFlags($0, of: scheduler) },
            in: &service.schedulerFlags)
        service.persistence = persistence(
            fields[.persistence], mask: fields[.persistenceMask], vip: vip)
        put(fields[.onePacket].map { onePacket($0, transport) }, in: &service.onePacket)
        put(fields[.onDown].flatMap { onDown($0) }, in: &service.onDown)
        let ownARP = fields[.arp].map { self.arp($0) } ?? arp
        put(ownARP, in: &service.arp)
        rules.add(vip: vip, arp: ownARP, at: (fields[.arp] ?? value).position, &findings)
        put(
            fields[.realServers].map { realServers($0, vip: vip, ports: ports, &rules) },
            in: &service.realServers)
        health(&service, fields, vip: vip, ports: ports, &rules)
        guard vip != nil, ports != nil, transport != nil, scheduler != nil else { return nil }
        rules.add(service: service.address, at: value.position)
        return service
    }

    mutating func arp(_ value: Value) -> ARPMode? {
        choice(value, named: "arp", as: ARPMode.self)
    }

    mutating func onDown(_ value: Value) -> OnDownPolicy? {
        choice(value, named: "on-down", as: OnDownPolicy.self)
    }

    /// - Parameter transport: nil when it was wrong itself.
    mutating func onePacket(_ value: Value, _ transport: TransportProtocol?) -> Bool {
        let isWanted = flag(value, named: "one-packet") ?? false
        if isWanted, transport == .tcp {
            note(
                value, "one-packet with protocol tcp", expected: "false, or protocol: udp",
                hint: "a TCP connection has more packets than one")
        }
        return isWanted
    }

    /// - Parameter scheduler: nil when it was wrong itself.
    mutating func schedulerFlags(
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

// MARK: - Which real servers serve

extension SettingsDecoder {
    private mutating func health(
        _ service: inout VirtualService, _ fields: Fields<ServiceKey>, vip: IPAddress?,
        ports: PortSet?, _ rules: inout ServiceRules
    ) {
        service.check = fields[.check].flatMap { check($0, ports: ports) }
        put(fields[.minimumUp].flatMap { minimumUp($0) }, in: &service.minimumUp)
        put(fields[.slowStart].flatMap { slowStart($0) }, in: &service.slowStart)
        guard let place = fields[.sorryServer], let sorry = sorryServer(place, vip: vip) else {
            return
        }
        service.sorryServer = sorry
        rules.add(realServer: sorry, named: "sorry server", at: place.position)
        if service.realServers.contains(where: { $0.address == sorry }) {
            note(
                place, "sorry server \(sorry) is a real server of the service as well",
                expected: "the address of another server")
        }
    }

    mutating func minimumUp(_ value: Value) -> UInt32? {
        number(value, named: "minimum-up", in: 0...UInt32(Self.maximumRealServers))
    }

    mutating func slowStart(_ value: Value) -> UInt32? {
        seconds(value, named: "slow-start", in: 0...86_400)
    }

    mutating func sorryServer(_ value: Value, vip: IPAddress?) -> IPAddress? {
        address(value, named: "sorry server", beside: vip)
    }
}
