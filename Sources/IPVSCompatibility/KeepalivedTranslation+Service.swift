// SPDX-License-Identifier: Apache-2.0

import LVSModel

// A virtual_server block.
extension KeepalivedTranslation {
    /// What is read elsewhere, or says what a director does anyway.
    private static let silent: Set<String> = [
        "lb_algo", "lvs_sched", "lb_kind", "lvs_method", "protocol", "delay_loop", "retry",
        "connect_timeout", "persistence_timeout", "persistence_granularity", "virtualhost", "ops",
        "mh-port", "mh-fallback", "sh-port", "sh-fallback", "flag-1", "flag-2",
        "inhibit_on_failure", "sorry_server", "real_server", "warmup", "ip_family", "omega",
    ]

    private static let reasons: [String: String] = [
        "delay_before_retry": "a failed check is repeated at its interval",
        "quorum":
            "the service is up as long as one real server is (minimum-up is a floor, no quorum)",
        "hysteresis": "there is no quorum",
        "quorum_up": "programs are not run at changes: follow `lvsdr events`",
        "quorum_down": "programs are not run at changes: follow `lvsdr events`",
        "alpha": "a real server is down or up from its first check on",
        "sorry_server_inhibit": "the sorry server's flows go on when a real server is back",
        "sorry_server_lvs_method": "direct routing it is",
        "ha_suspend": "a standby director checks health too",
        "persistence_engine": "persistence by what a packet says is not served",
        "smtp_alert": "alarms are events and metrics: follow `lvsdr events`",
    ]

    mutating func service(
        _ address: ServiceAddress, _ server: KeepalivedDirective, arp: ARPMode
    ) -> VirtualService? {
        noteRest(of: server, silent: Self.silent, reasons: Self.reasons)
        var service = VirtualService(address: address, scheduler: scheduler(of: server), arp: arp)
        service.schedulerFlags = flags(of: server, service.scheduler)
        service.persistence = persistence(of: server, address.address.family)
        service.onePacket = server.first("ops") != nil && address.transport == .udp
        if server.first("inhibit_on_failure") != nil { service.onDown = .keep }
        if address.ports.isAny, service.persistence == nil {
            note(server, "port 0 without persistence: each flow is scheduled by itself")
        }
        for block in server.children where block.name == "real_server" {
            guard let real = realServer(block, of: server, in: service) else { continue }
            service.realServers.append(real)
        }
        liftSharedCheck(&service)
        service.sorryServer = sorryServer(of: server, service)
        return service
    }

    /// Notes what nobody reads.
    mutating func noteRest(
        of block: KeepalivedDirective, silent: Set<String>, reasons: [String: String] = [:]
    ) {
        for child in block.children where !silent.contains(child.name) && !child.name.isEmpty {
            note(child, reasons[child.name] ?? "not known, left out")
        }
    }

    private mutating func scheduler(of server: KeepalivedDirective) -> Scheduler {
        guard let directive = server.first("lb_algo", "lvs_sched") else { return .wlc }
        if let scheduler = directive.value.flatMap(Scheduler.init) { return scheduler }
        note(directive, "not known, wlc in its place")
        return .wlc
    }

    private mutating func flags(
        of server: KeepalivedDirective, _ scheduler: Scheduler
    ) -> Set<SchedulerFlag> {
        var flags: Set<SchedulerFlag> = []
        let numbered: [String: [Scheduler: SchedulerFlag]] = [
            "flag-1": [.sh: .shFallback, .mh: .mhFallback],
            "flag-2": [.sh: .shPort, .mh: .mhPort],
        ]
        for child in server.children {
            guard
                let flag = SchedulerFlag(rawValue: child.name)
                    ?? numbered[child.name]?[scheduler]
            else { continue }
            if scheduler.flags.contains(flag) {
                flags.insert(flag)
            } else {
                note(child, "\(scheduler.rawValue) has no such flag, left out")
            }
        }
        return flags
    }

    private mutating func persistence(
        of server: KeepalivedDirective, _ family: IPAddress.Family
    ) -> Persistence? {
        guard let directive = server.first("persistence_timeout") else { return nil }
        let timeout: UInt32? = directive.value.map { Endpoint.number($0) } ?? 360
        guard let timeout, (1...2_678_400).contains(timeout) else {
            note(directive, "no time of 1...2678400 seconds, left out")
            return nil
        }
        var length = UInt8(family.bitCount)
        if let mask = server.first("persistence_granularity") {
            let bits =
                mask.value.flatMap { IPAddress($0)?.netmaskLength }.map { UInt8($0) }
                ?? mask.value.flatMap { Endpoint.number($0) as UInt8? }
            if let bits, bits >= 1, Int(bits) <= family.bitCount {
                length = bits
            } else {
                note(mask, "no netmask, left out: each client by itself")
            }
        }
        return Persistence(timeout: timeout, prefixLength: length)
    }

    private mutating func sorryServer(
        of server: KeepalivedDirective, _ service: VirtualService
    ) -> IPAddress? {
        guard let directive = server.first("sorry_server") else { return nil }
        guard let address = directive.value.flatMap({ IPAddress($0) }),
            address.family == service.address.address.family
        else {
            note(directive, "no address of the VIP's family, left out")
            return nil
        }
        if let text = Array(directive.values).dropFirst().first,
            let port: UInt16 = Endpoint.number(text),
            !service.address.ports.contains(port)
        {
            note(directive, "direct routing does not translate ports, left out")
            return nil
        }
        if service.realServers.contains(where: { $0.address == address }) {
            note(directive, "a real server of the service already, left out")
            return nil
        }
        return address
    }

    /// A check that all real servers have is the service's.
    private func liftSharedCheck(_ service: inout VirtualService) {
        let checks = Set(service.realServers.map(\.check))
        guard checks.count == 1, case .own(let check) = checks.first else { return }
        service.check = check
        for index in service.realServers.indices { service.realServers[index].check = .services }
    }
}

// A real_server block.
extension KeepalivedTranslation {
    private static let silentInRealServer: Set<String> = [
        "weight", "uthreshold", "lthreshold", "inhibit_on_failure", "retry", "delay_loop",
        "connect_timeout", "virtualhost", "warmup", "alpha", "tcp_check", "http_get", "ssl_get",
        "dns_check", "smtp_check", "udp_check", "ping_check", "misc_check", "file_check",
        "bfd_check", "delay_before_retry",
    ]

    private mutating func realServer(
        _ block: KeepalivedDirective, of server: KeepalivedDirective, in service: VirtualService
    ) -> RealServer? {
        guard let address = address(of: block, in: service) else { return nil }
        noteRest(
            of: block, silent: Self.silentInRealServer,
            reasons: [
                "notify_up": "programs are not run at changes: follow `lvsdr events`",
                "notify_down": "programs are not run at changes: follow `lvsdr events`",
                "smtp_alert": "alarms are events and metrics: follow `lvsdr events`",
            ])
        if block.first("inhibit_on_failure") != nil, service.onDown != .keep {
            note(block, "inhibit_on_failure of one real server: say `on-down: keep` of the service")
        }
        var real = RealServer(address: address)
        real.weight = number("weight", of: block, or: 1)
        real.upperThreshold = number("uthreshold", of: block, or: 0)
        real.lowerThreshold = number("lthreshold", of: block, or: 0)
        if real.lowerThreshold > 0, real.lowerThreshold >= real.upperThreshold {
            note(block, "lthreshold is not less than uthreshold, left out")
            real.lowerThreshold = 0
        }
        real.check = check(of: block, server, service).map { .own($0) } ?? .none
        return real
    }

    /// nil, with a note, when it can be none of the service's.
    private mutating func address(
        of block: KeepalivedDirective, in service: VirtualService
    ) -> IPAddress? {
        guard let address = block.value.flatMap({ IPAddress($0) }) else {
            note(block, "no address in numbers, left out")
            return nil
        }
        let port: UInt16? = block.values.dropFirst().first.flatMap { Endpoint.number($0) }
        if let port, port != 0, !service.address.ports.contains(port) {
            note(
                block,
                "direct routing does not translate ports: \(port) is not the service's; left out")
            return nil
        }
        guard address.family == service.address.address.family else {
            note(block, "not of the VIP's family, left out")
            return nil
        }
        guard !service.realServers.contains(where: { $0.address == address }) else {
            note(block, "a real server of the service already, left out")
            return nil
        }
        return address
    }

    private mutating func number<Number: FixedWidthInteger>(
        _ name: String, of block: KeepalivedDirective, or standard: Number
    ) -> Number {
        guard let directive = block.first(name) else { return standard }
        if let number: Number = directive.value.flatMap({ Endpoint.number($0) }) { return number }
        note(directive, "no number of 0...\(Number.max), \(standard) in its place")
        return standard
    }
}
