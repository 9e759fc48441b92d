// SPDX-License-Identifier: Apache-2.0

extension Change: CustomStringConvertible {
    /// One line, such as `add TCP 192.168.142.100:80 rr with 2 real servers`.
    public var description: String {
        var words = ChangeWords()
        return words.line(self)
    }

    /// One line each, with what was there before:
    /// `weight of 192.168.142.5 in TCP 192.168.142.100:80: 1 -> 3`.
    ///
    /// - Parameter settings: as they are before the changes.
    public static func lines(
        _ changes: some Sequence<Change>, before settings: DirectorSettings
    ) -> [String] {
        var words = ChangeWords(before: settings)
        return changes.map { words.line($0) }
    }
}

/// Puts changes into words, with what was there before as far as that is known.
struct ChangeWords {
    private var settings: DirectorSettings?
    private var services: [ServiceAddress: VirtualService] = [:]
    /// Of the services that were asked for.
    private var realServers: [ServiceAddress: [IPAddress: RealServer]] = [:]

    init() {}

    init(before settings: DirectorSettings) {
        self.settings = settings
        services = Dictionary(settings.services.map { ($0.address, $0) }) { first, _ in first }
    }

    mutating func line(_ change: Change) -> String {
        switch change {
        case .addService(let service): added(service)
        case .editService(let service, let edit):
            "edit \(service): \(edit.words(before: services[service]))"
        case .removeService(let service): "remove \(service)"
        case .removeAllServices: "remove all services"
        case .addRealServer(let real, let service):
            "add \(real.address) to \(service) with weight \(real.weight)"
        case .editRealServer(let address, let service, let edit):
            edit.words(of: "\(address) in \(service)", before: realServer(address, of: service))
        case .removeRealServer(let address, let service): "remove \(address) from \(service)"
        case .drain(let address, let service, let end):
            "drain \(address) in \(service)" + (end.map { " until \(UTC(seconds: $0))" } ?? "")
        case .undrain(let address, let service): "undrain \(address) in \(service)"
        case .disable(let address, let service): "disable \(address) in \(service)"
        case .enable(let address, let service): "enable \(address) in \(service)"
        case .setTimeouts, .setAnswers, .setSourceMAC, .setCheckLimit, .setPeers: setting(change)
        }
    }

    private func added(_ service: VirtualService) -> String {
        let count = service.realServers.count
        return "add \(service.address) \(service.scheduler.rawValue) with "
            + "\(count) real server\(count == 1 ? "" : "s")"
    }

    private mutating func realServer(
        _ address: IPAddress, of service: ServiceAddress
    ) -> RealServer? {
        if realServers[service] == nil {
            let known = services[service]?.realServers ?? []
            realServers[service] = Dictionary(known.map { ($0.address, $0) }) { first, _ in first }
        }
        return realServers[service]?[address]
    }

    private func setting(_ change: Change) -> String {
        switch change {
        case .setTimeouts(let new):
            Difference("timeouts (tcp tcpfin udp)", settings?.timeouts.words, new.words)
                .afterColon
        case .setAnswers(let new):
            Difference("answers", settings?.answers.words, new.words).afterColon
        case .setSourceMAC(let new):
            Difference("source-mac", settings?.sourceMAC.rawValue, new.rawValue).afterColon
        case .setCheckLimit(let new):
            Difference("checks at once", settings.map { "\($0.checkLimit)" }, "\(new)").afterColon
        case .setPeers(let new):
            Difference("peers", settings?.peers.words, new.words).afterColon
        default: ""
        }
    }
}

/// What has another value.
private struct Difference {
    let name: String
    let values: String

    /// - Parameter old: nil when it is not known.
    init(_ name: String, _ old: String?, _ new: String) {
        self.name = name
        values = old.map { "\($0) -> \(new)" } ?? new
    }

    var afterSpace: String { "\(name) \(values)" }
    var afterColon: String { "\(name): \(values)" }
}

extension FlowTimeouts {
    fileprivate var words: String { "\(tcp) \(tcpFin) \(udp)" }
}

extension AnswerPolicy {
    fileprivate var words: String {
        "no-flow \(noFlow.rawValue), no-real-server \(noRealServer.rawValue), "
            + "\(perSecond) a second"
    }
}

extension [MACAddress] {
    fileprivate var words: String {
        isEmpty ? "none" : map(\.description).joined(separator: ", ")
    }
}

extension ServiceEdit {
    fileprivate func words(before old: VirtualService?) -> String {
        let differences = [
            scheduler.map { Difference("scheduler", old?.scheduler.rawValue, $0.rawValue) },
            schedulerFlags.map {
                Difference("scheduler-flags", old?.schedulerFlags.words, $0.words)
            },
            persistence.new.map {
                Difference("persistence", old.map { $0.persistence.words }, $0.words)
            },
            onePacket.map { Difference("one-packet", old.map { "\($0.onePacket)" }, "\($0)") },
            onDown.map { Difference("on-down", old?.onDown.rawValue, $0.rawValue) },
            arp.map { Difference("arp", old?.arp.rawValue, $0.rawValue) },
            check.new.map { Difference("check", old.map { $0.check.words }, $0.words) },
            minimumUp.map { Difference("minimum-up", old.map { "\($0.minimumUp)" }, "\($0)") },
            sorryServer.new.map {
                Difference("sorry-server", old.map { $0.sorryServer.words }, $0.words)
            },
            slowStart.map { Difference("slow-start", old.map { "\($0.slowStart) s" }, "\($0) s") },
        ]
        let words = differences.compactMap { $0?.afterSpace }
        return words.isEmpty ? "nothing" : words.joined(separator: ", ")
    }
}

extension RealServerEdit {
    fileprivate func words(of name: String, before old: RealServer?) -> String {
        let differences = [
            weight.map { Difference("weight", old.map { "\($0.weight)" }, "\($0)") },
            upperThreshold.map {
                Difference("upper-threshold", old.map { "\($0.upperThreshold)" }, "\($0)")
            },
            lowerThreshold.map {
                Difference("lower-threshold", old.map { "\($0.lowerThreshold)" }, "\($0)")
            },
            check.map { Difference("check", old?.check.words, $0.words) },
        ]
        .compactMap(\.self)
        guard let first = differences.first else { return "edit \(name): nothing" }
        let others = differences.dropFirst().map { ", \($0.afterSpace)" }.joined()
        return "\(first.name) of \(name): \(first.values)\(others)"
    }
}

extension Edit {
    /// nil when the old one is kept.
    fileprivate var new: Value? {
        guard case .set(let value) = self else { return nil }
        return value
    }
}

extension Set<SchedulerFlag> {
    fileprivate var words: String {
        isEmpty ? "none" : map(\.rawValue).sorted().joined(separator: ",")
    }
}

extension Persistence? {
    fileprivate var words: String {
        map { "\($0.timeout) s for each /\($0.prefixLength)" } ?? "none"
    }
}

extension HealthCheck? {
    fileprivate var words: String {
        map { "\($0.kind.name) every \($0.interval) ms" } ?? "none"
    }
}

extension IPAddress? {
    fileprivate var words: String { map { "\($0)" } ?? "none" }
}

extension RealServerCheck {
    fileprivate var words: String {
        switch self {
        case .services: "the service's"
        case .none: "none"
        case .own(let check): Optional(check).words
        }
    }
}
