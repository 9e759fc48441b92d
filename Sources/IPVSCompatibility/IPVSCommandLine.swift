// SPDX-License-Identifier: Apache-2.0

public import LVSModel

/// ipvsadm's command line, 1.31.
///
/// What a director can not do as IPVS would do it (`-m`, `-i`, `-f`, `--sctp-service`, `--pe`,
/// `--start-daemon`) is refused in words.
public enum IPVSCommandLine {
    private static let commands: Set<Option> = [
        .addService, .editService, .deleteService, .clear, .restore, .save, .addServer,
        .editServer, .deleteServer, .list, .zero, .help,
    ]

    /// Parses the words behind the program's name; without any it is `-L`.
    ///
    /// Valid: `-A -t 192.168.142.100:80 -s rr`, `-Ln --stats`, `--set 900 120 300`. Invalid:
    /// `-a -t 192.168.142.100:80` (no real server), `-A -D` (two commands).
    public static func parse(_ words: [String]) throws(IPVSUsageError) -> IPVSCommand {
        if words.first == "--set" { return try timeouts(words.dropFirst()) }
        var findings = RuleFindings(file: "ipvsadm")
        let placed = words.enumerated().map {
            Word(text: $1, place: Place(line: 1, column: 1 + $0))
        }
        let command = placed.isEmpty ? .list(IPVSListing()) : command(placed, &findings)
        if let failure = findings.failure {
            let texts = failure.errors.map(\.message)
            throw IPVSUsageError(description: texts.joined(separator: "\n"))
        }
        guard let command else { preconditionFailure("no command, and nothing found wrong") }
        return command
    }

    /// Parses what `-R` reads: a command a line that changes something, with or without `ipvsadm`
    /// before it; `file` is the text's name in messages.
    public static func parseRules(
        _ text: String, file: String
    ) throws(IPVSRulesFailure) -> [Change] {
        var findings = RuleFindings(file: file)
        var lines = RuleLines(text)
        var changes: [Change] = []
        while let line = lines.next() {
            switch line {
            case .words(let words):
                let words = words.first?.text == "ipvsadm" ? Array(words.dropFirst()) : words
                guard let first = words.first, let command = command(words, &findings) else {
                    continue
                }
                guard case .change(let change) = command else {
                    findings.add("\(first.quoted) is no rule; expected -A or -a", at: first.place)
                    continue
                }
                changes.append(change)
            case .tooLong(let place):
                findings.add(
                    "a line of more than \(RuleLines.longest) bytes; expected a rule", at: place)
            }
        }
        if let failure = findings.failure { throw failure }
        return changes
    }

    private static func timeouts(
        _ words: ArraySlice<String>
    ) throws(IPVSUsageError) -> IPVSCommand {
        let times = words.compactMap { Endpoint.number($0) as UInt32? }
        guard words.count == 3, times.count == 3, times.allSatisfy({ $0 <= 604_800 }) else {
            throw IPVSUsageError(
                description: "--set expects three times of 0...604800 seconds: tcp tcpfin udp")
        }
        return .setTimeouts(tcp: times[0], tcpFin: times[1], udp: times[2])
    }

    private static func command(
        _ words: [Word], _ findings: inout RuleFindings
    ) -> IPVSCommand? {
        guard let first = words.first,
            let options = OptionParser.parse(words, &findings),
            let rule = RuleOptions(
                options, allowing: commands, at: first.place, &findings)
        else { return nil }
        switch rule.command {
        case .clear: return .change(.removeAllServices)
        case .restore: return .restore
        case .save: return .save(isNumeric: rule.given[.numeric] != nil)
        case .help: return .help
        case .list: return rule.listing(&findings).map { .list($0) }
        case .zero:
            guard rule.serviceWord != nil else { return .zero(nil) }
            return rule.service(&findings).map { .zero($0.address) }
        default: return rule.change(&findings).map { .change($0) }
        }
    }
}

extension RuleOptions {
    fileprivate func listing(_ findings: inout RuleFindings) -> IPVSListing? {
        var listing = IPVSListing()
        if serviceWord != nil {
            guard let service = service(&findings) else { return nil }
            listing.service = service.address
        }
        let columns: [(Option, IPVSListing.Columns)] = [
            (.connection, .connections), (.stats, .stats), (.rate, .rate),
            (.thresholds, .thresholds), (.persistentConnections, .persistentConnections),
            (.timeout, .timeouts), (.daemon, .daemon),
        ]
        let wanted = columns.filter { given[$0.0] != nil }
        if wanted.count > 1, let second = given[wanted[1].0] {
            findings.add(
                "\(second.spelling) beside another list; expected one", at: second.place)
            return nil
        }
        listing.columns = wanted.first?.1 ?? .plain
        listing.isNumeric = given[.numeric] != nil
        listing.isExact = given[.exact] != nil
        listing.isSorted = given[.noSort] == nil
        return listing
    }

    /// What `-A`, `-E`, `-D`, `-a`, `-e` and `-d` change. As in ipvsadm, what an edit does not say
    /// becomes what it is without saying it.
    fileprivate func change(_ findings: inout RuleFindings) -> Change? {
        guard let service = service(&findings)?.address else { return nil }
        switch command {
        case .addService, .editService: return serviceChange(service, &findings)
        case .deleteService: return .removeService(service)
        case .deleteServer:
            return realServer(of: service, &findings).map {
                .removeRealServer($0.address, of: service)
            }
        default: return serverChange(service, &findings)
        }
    }

    private func serviceChange(
        _ service: ServiceAddress, _ findings: inout RuleFindings
    ) -> Change? {
        guard let scheduler = scheduler(&findings) else { return nil }
        let persistence = persistence(of: service, &findings)
        let onePacket = onePacket(of: service, &findings)
        if command == .addService {
            return .addService(
                VirtualService(
                    address: service, scheduler: scheduler.scheduler,
                    schedulerFlags: scheduler.flags, persistence: persistence,
                    onePacket: onePacket))
        }
        return .editService(
            service,
            ServiceEdit(
                scheduler: scheduler.scheduler, schedulerFlags: scheduler.flags,
                persistence: .set(persistence), onePacket: onePacket))
    }

    private func serverChange(
        _ service: ServiceAddress, _ findings: inout RuleFindings
    ) -> Change? {
        guard let real = realServer(of: service, &findings)?.address,
            let weight = weight(&findings), let thresholds = thresholds(&findings)
        else { return nil }
        if command == .addServer {
            return .addRealServer(
                RealServer(
                    address: real, weight: weight, upperThreshold: thresholds.upper,
                    lowerThreshold: thresholds.lower), to: service)
        }
        return .editRealServer(
            real, of: service,
            RealServerEdit(
                weight: weight, upperThreshold: thresholds.upper,
                lowerThreshold: thresholds.lower))
    }
}
