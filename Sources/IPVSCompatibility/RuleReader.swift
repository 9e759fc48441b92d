// SPDX-License-Identifier: Apache-2.0

import LVSModel

/// Rules to services; notes what is wrong and goes on with the next rule.
struct RuleReader {
    /// As many as the forwarding table has indices for.
    private static let maximumServices = 16_384
    private static let maximumRealServers = 131_072

    var findings: RuleFindings
    private(set) var services: [VirtualService] = []
    /// More services or real servers than a director serves.
    private(set) var isFull = false

    private var known: [ServiceAddress: (index: Int, line: Int)] = [:]
    private var vips: Set<IPAddress> = []
    private var realServers: [RealServerRule: Place] = [:]

    private struct RealServerRule: Hashable {
        let service: ServiceAddress
        let address: IPAddress
    }

    init(findings: RuleFindings) {
        self.findings = findings
    }

    mutating func read(_ words: [Word]) {
        guard let first = words.first,
            let options = OptionParser.parse(words, &findings),
            let rule = RuleOptions(options, at: first.place, &findings)
        else { return }
        switch rule.command {
        case .addService: addService(rule)
        default: addServer(rule)
        }
    }

    /// To be called when all services are known.
    mutating func checkRealServers() {
        for (rule, place) in realServers where vips.contains(rule.address) {
            findings.add(
                "real server \(rule.address) is a VIP of these rules; expected the real server's "
                    + "own address (RIP)", at: place)
        }
    }

    private mutating func addService(_ rule: RuleOptions) {
        let service = rule.service(&findings)
        let scheduler = rule.scheduler(&findings)
        guard let service, let scheduler else { return }
        let persistence = rule.persistence(of: service.address, &findings)
        let onePacket = rule.onePacket(of: service.address, &findings)
        if let first = known[service.address] {
            findings.add(
                "duplicate service \(service.address), already on line \(first.line)",
                at: service.place)
            return
        }
        guard services.count < Self.maximumServices else {
            isFull = true
            findings.add("expected at most \(Self.maximumServices) services", at: service.place)
            return
        }
        known[service.address] = (services.count, service.place.line)
        vips.insert(service.address.address)
        services.append(
            VirtualService(
                address: service.address, scheduler: scheduler.scheduler,
                schedulerFlags: scheduler.flags, persistence: persistence, onePacket: onePacket))
    }

    private mutating func addServer(_ rule: RuleOptions) {
        guard let service = rule.service(&findings) else { return }
        let real = rule.realServer(of: service.address, &findings)
        let weight = rule.weight(&findings)
        let thresholds = rule.thresholds(&findings)
        guard let index = known[service.address]?.index else {
            findings.add(
                "no service \(service.address) before this line; expected an -A line for it first",
                at: service.place)
            return
        }
        guard let real, let weight, let thresholds else { return }
        let key = RealServerRule(service: service.address, address: real.address)
        if let first = realServers[key] {
            findings.add(
                "duplicate real server \(real.address), already on line \(first.line)",
                at: real.place)
            return
        }
        guard realServers.count < Self.maximumRealServers else {
            isFull = true
            findings.add(
                "expected at most \(Self.maximumRealServers) real servers", at: real.place)
            return
        }
        realServers[key] = real.place
        services[index].realServers.append(
            RealServer(
                address: real.address, weight: weight, upperThreshold: thresholds.upper,
                lowerThreshold: thresholds.lower))
    }
}
