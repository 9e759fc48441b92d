// SPDX-License-Identifier: Apache-2.0

import LVSModel

/// One rule: its command and the options that go with it.
struct RuleOptions {
    /// `.addService` or `.addServer`.
    let command: Option
    private let commandPlace: Place
    private let given: [Option: GivenOption]

    /// nil when it is no rule, or one that a director can not follow.
    init?(_ options: [GivenOption], at start: Place, _ findings: inout RuleFindings) {
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
        guard first.option == .addService || first.option == .addServer else {
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
        guard let option = given[.tcpService] ?? given[.udpService], let word = option.value else {
            findings.add("no service; expected -t or -u ADDRESS:PORT", at: commandPlace)
            return nil
        }
        guard let (vip, port) = Endpoint.read(word, named: "VIP", &findings) else { return nil }
        guard let port, port > 0 else {
            findings.add(
                "service \(word.quoted) is for all ports, which is not served; expected "
                    + "ADDRESS:PORT with a port of 1...65535", at: word.place)
            return nil
        }
        let transport = option.option == .tcpService ? TransportProtocol.tcp : .udp
        return (ServiceAddress(address: vip, port: port, transport: transport), word.place)
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
            findings.add("no real server; expected -r ADDRESS:\(service.ports)", at: commandPlace)
            return nil
        }
        guard let (address, port) = Endpoint.read(word, named: "real server", &findings) else {
            return nil
        }
        if let port, !service.ports.contains(port) {
            findings.add(
                "the real server's port \(port) is not the service's port \(service.ports): direct "
                    + "routing can not translate ports; expected \(address):\(service.ports)",
                at: word.place)
            return nil
        }
        return (address, word.place)
    }

    func weight(_ findings: inout RuleFindings) -> UInt16? {
        guard let word = given[.weight]?.value else { return 1 }
        let weight = Endpoint.number(word.text[...])
        if weight == nil {
            findings.add(
                "weight \(word.quoted); expected a whole number of 0...65535", at: word.place)
        }
        return weight
    }
}

extension GivenOption {
    /// Why a rule with this command can not have the option; nil when it can.
    fileprivate func refusal(in command: GivenOption) -> String? {
        switch option {
        case .sctpService: "\(spelling): SCTP is not served; expected -t or -u"
        case .firewallMark:
            "\(spelling): a firewall mark names no address that frames at layer 2 could be known "
                + "by; expected -t or -u"
        case .masquerading:
            "\(spelling) (masquerading) is not direct routing; expected -g"
        case .tunneling: "\(spelling) (tunneling) is not direct routing; expected -g"
        case .persistent, .netmask, .persistenceEngine:
            "\(spelling): persistence is not served; expected a rule without"
        case .onePacket:
            "\(spelling): one-packet scheduling is not served; expected a rule without"
        case .upperThreshold, .lowerThreshold:
            value?.text == "0"
                ? misplacement(in: command)
                : "\(spelling): thresholds are not served; expected 0, which is none"
        case .numeric: "\(spelling) goes with lists, not with rules"
        case .ipv6: "\(spelling): IPv6 is not served; expected IPv4 addresses"
        default: misplacement(in: command)
        }
    }

    /// Options of a real server do not go with `-A`, those of a service not with `-a`.
    private func misplacement(in command: GivenOption) -> String? {
        switch option {
        case .scheduler, .schedulerFlags:
            command.option == .addServer
                ? "\(spelling) goes with -A, not with \(command.spelling)" : nil
        case .realServer, .gatewaying, .weight, .upperThreshold, .lowerThreshold:
            command.option == .addService
                ? "\(spelling) goes with -a, not with \(command.spelling)" : nil
        default: nil
        }
    }
}
