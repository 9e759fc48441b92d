// SPDX-License-Identifier: Apache-2.0

import LVSModel

/// One rule: its command and the options that go with it.
struct RuleOptions {
    /// One of those that were allowed.
    let command: Option
    private let commandPlace: Place
    let given: [Option: GivenOption]

    /// nil when it is no rule, or one that a director can not follow.
    init?(
        _ options: [GivenOption], allowing allowed: Set<Option> = [.addService, .addServer],
        at start: Place, _ findings: inout RuleFindings
    ) {
        let commands = options.filter(\.option.isCommand)
        guard let first = commands.first else {
            findings.add("a rule without a command; expected -A or -a", at: start)
            return nil
        }
        if commands.count > 1 {
            findings.add(
                "\(commands[1].spelling) beside \(first.spelling); expected one command",
                at: commands[1].place)
            return nil
        }
        guard allowed.contains(first.option) else {
            findings.add(
                "\(first.spelling) is no rule; expected -A or -a, as ipvsadm-save prints them",
                at: first.place)
            return nil
        }
        var isSound = true
        for option in options {
            guard let refusal = option.refusal(in: first) else { continue }
            isSound = false
            findings.add(refusal, at: option.place)
        }
        guard isSound else { return nil }
        command = first.option
        commandPlace = first.place
        given = Dictionary(uniqueKeysWithValues: options.map { ($0.option, $0) })
    }

    /// The service that `-t` or `-u` names, and where.
    func service(_ findings: inout RuleFindings) -> (address: ServiceAddress, place: Place)? {
        if let tcp = given[.tcpService], let udp = given[.udpService] {
            let second = max(tcp.place.column, udp.place.column)
            findings.add(
                "both -t and -u; expected one service",
                at: Place(line: tcp.place.line, column: second))
            return nil
        }
        guard let word = serviceWord else {
            findings.add("no service; expected -t or -u ADDRESS:PORT", at: commandPlace)
            return nil
        }
        guard let (vip, port) = Endpoint.read(word, named: "VIP", &findings) else { return nil }
        if let option = given[.ipv6], vip.family != .ipv6 {
            findings.add(
                "\(option.spelling) beside VIP \(vip); expected an IPv6 address", at: option.place)
            return nil
        }
        let transport = given[.tcpService] == nil ? TransportProtocol.udp : .tcp
        return (ServiceAddress(address: vip, port: port ?? 0, transport: transport), word.place)
    }

    /// The value of `-t` or `-u`.
    var serviceWord: Word? {
        (given[.tcpService] ?? given[.udpService])?.value
    }

    /// The scheduler with its flags; ipvsadm's own is `wlc`.
    func scheduler(
        _ findings: inout RuleFindings
    ) -> (scheduler: Scheduler, flags: Set<SchedulerFlag>)? {
        guard let word = given[.scheduler]?.value else {
            return flags(of: .wlc, &findings).map { (.wlc, $0) }
        }
        guard let scheduler = Scheduler(rawValue: word.text) else {
            let known = Scheduler.allCases.map(\.rawValue).joined(separator: ", ")
            findings.add(
                "unknown scheduler \(word.quoted); expected one of \(known)", at: word.place)
            return nil
        }
        return flags(of: scheduler, &findings).map { (scheduler, $0) }
    }

    /// Flags are separated by commas.
    private func flags(
        of scheduler: Scheduler, _ findings: inout RuleFindings
    ) -> Set<SchedulerFlag>? {
        guard let word = given[.schedulerFlags]?.value else { return [] }
        var flags: Set<SchedulerFlag> = []
        for name in word.text.split(separator: ",", omittingEmptySubsequences: false) {
            guard let flag = SchedulerFlag(rawValue: String(name)), scheduler.flags.contains(flag)
            else {
                let known = scheduler.flags.map(\.rawValue).joined(separator: ", ")
                findings.add(
                    "scheduler \(scheduler.rawValue) has no flags \(word.quoted); expected "
                        + (known.isEmpty ? "none" : "some of \(known)"), at: word.place)
                return nil
            }
            flags.insert(flag)
        }
        return flags
    }

    /// The real server that `-r` names, and where; its port, if any, is the service's.
    func realServer(
        of service: ServiceAddress, _ findings: inout RuleFindings
    ) -> (address: IPAddress, place: Place)? {
        guard let word = given[.realServer]?.value else {
            let port = service.ports.single.map { ":\($0)" } ?? ""
            findings.add("no real server; expected -r ADDRESS\(port)", at: commandPlace)
            return nil
        }
        guard let (address, port) = Endpoint.read(word, named: "real server", &findings) else {
            return nil
        }
        if let port, !service.ports.contains(port) {
            findings.add(
                "the real server's port \(port) is not the service's port \(service.ports): direct "
                    + "routing can not translate ports; expected "
                    + "\(address.beforePort):\(service.ports)",
                at: word.place)
            return nil
        }
        let vip = service.address
        guard address.family == vip.family else {
            findings.add(
                "real server \(address) is \(address.family.rawValue), VIP \(vip) "
                    + "\(vip.family.rawValue): a mixed pair; expected an \(vip.family.rawValue) "
                    + "address", at: word.place)
            return nil
        }
        return (address, word.place)
    }

    func weight(_ findings: inout RuleFindings) -> UInt16? {
        number(.weight, named: "weight", or: 1, &findings)
    }

    /// 0 where there is none; the upper one is not the less, as IPVS has it.
    func thresholds(_ findings: inout RuleFindings) -> (upper: UInt32, lower: UInt32)? {
        let most: UInt32? = number(.upperThreshold, named: "upper threshold", or: 0, &findings)
        let least: UInt32? = number(.lowerThreshold, named: "lower threshold", or: 0, &findings)
        guard let most, let least else { return nil }
        if least > most, let option = given[.lowerThreshold] {
            findings.add(
                "lower threshold \(least) is greater than the upper one, \(most)"
                    + (most == 0 ? " (none)" : ""), at: option.place)
            return nil
        }
        return (most, least)
    }

    private func number<Number: FixedWidthInteger>(
        _ option: Option, named name: String, or standard: Number, _ findings: inout RuleFindings
    ) -> Number? {
        guard let word = given[option]?.value else { return standard }
        let number: Number? = Endpoint.number(word.text)
        if number == nil {
            findings.add(
                "\(name) \(word.quoted); expected a whole number of 0...\(Number.max)",
                at: word.place)
        }
        return number
    }
}
