// SPDX-License-Identifier: Apache-2.0

import LVSModel

/// Turns the composed file into settings; notes what is wrong and goes on with the rest.
struct SettingsDecoder {
    var findings: Findings

    init(_ findings: Findings) {
        self.findings = findings
    }

    private enum Key: String, CaseIterable {
        case interface
        case arp
        case sourceMAC = "source-mac"
        case port
        case acceleration
        case flowCapacity = "flow-capacity"
        case workers
        case noFlow = "no-flow"
        case noRealServer = "no-real-server"
        case answersPerSecond = "answers-per-second"
        case checkLimit = "check-limit"
        case start
        case peers
        case metrics
        case runtimeDirectory = "runtime-directory"
        case timeouts
        case services
    }

    /// nil only when something was found wrong.
    mutating func settings(_ root: Value) -> DirectorSettings? {
        guard
            let fields = fields(
                of: root, named: "the file", as: Key.self, required: [.interface, .services])
        else { return nil }
        var settings = DirectorSettings(
            interface: fields[.interface].flatMap { interfaceName($0) } ?? "")
        settings.answers = answers(
            noFlow: fields[.noFlow], noRealServer: fields[.noRealServer],
            perSecond: fields[.answersPerSecond])
        settings.metrics = fields[.metrics].flatMap { socketAddress($0, named: "metrics") }
        settings.workers = fields[.workers].flatMap { number($0, named: "workers", in: 1...64) }
        put(fields[.sourceMAC].flatMap { sourceMAC($0) }, in: &settings.sourceMAC)
        put(
            fields[.port].flatMap { choice($0, named: "port", as: PortKind.self) },
            in: &settings.port)
        put(
            fields[.acceleration].flatMap {
                choice($0, named: "acceleration", as: Acceleration.self)
            }, in: &settings.acceleration)
        put(
            fields[.flowCapacity].flatMap {
                number($0, named: "flow-capacity", in: 1_024...67_108_864)
            }, in: &settings.flowCapacity)
        put(fields[.checkLimit].flatMap { checkLimit($0) }, in: &settings.checkLimit)
        put(
            fields[.start].flatMap { choice($0, named: "start", as: Role.self) },
            in: &settings.start)
        put(fields[.peers].map { peers($0) }, in: &settings.peers)
        put(fields[.runtimeDirectory].flatMap { directory($0) }, in: &settings.runtimeDirectory)
        put(fields[.timeouts].map { timeouts($0, required: []) }, in: &settings.timeouts)
        let arp = fields[.arp].flatMap { self.arp($0) } ?? .director
        put(fields[.services].map { services($0, arp: arp) }, in: &settings.services)
        return settings
    }
}

// MARK: - Groups

extension SettingsDecoder {
    mutating func answers(
        noFlow: Value?, noRealServer: Value?, perSecond: Value?
    ) -> AnswerPolicy {
        var answers = AnswerPolicy()
        put(
            noFlow.flatMap { choice($0, named: "no-flow", as: NoFlowPolicy.self) },
            in: &answers.noFlow)
        put(
            noRealServer.flatMap {
                choice($0, named: "no-real-server", as: NoRealServerPolicy.self)
            }, in: &answers.noRealServer)
        put(
            perSecond.flatMap { number($0, named: "answers-per-second", in: 0...1_000_000) },
            in: &answers.perSecond)
        return answers
    }

    enum TimeoutKey: String, CaseIterable {
        case tcp
        case tcpFin = "tcp-fin"
        case udp
    }

    mutating func timeouts(_ value: Value, required: [TimeoutKey]) -> FlowTimeouts {
        var timeouts = FlowTimeouts()
        let fields = fields(
            of: value, named: "timeouts", as: TimeoutKey.self, required: required)
        for (key, path) in [
            (TimeoutKey.tcp, \FlowTimeouts.tcp), (.tcpFin, \.tcpFin), (.udp, \.udp),
        ] {
            guard let field = fields?[key],
                let time = seconds(field, named: key.rawValue, in: 1...604_800)
            else { continue }
            timeouts[keyPath: path] = time
        }
        return timeouts
    }

    mutating func sourceMAC(_ value: Value) -> SourceMACMode? {
        choice(value, named: "source-mac", as: SourceMACMode.self)
    }

    /// MAC addresses of other directors, each once.
    mutating func peers(_ value: Value) -> [MACAddress] {
        let items = items(of: value, named: "peers")
        guard items.count <= DirectorSettings.maximumPeers else {
            note(
                value, "\(items.count) peers",
                expected: "at most \(DirectorSettings.maximumPeers)")
            return []
        }
        var peers: [MACAddress] = []
        for item in items {
            guard let mac = unicastMAC(item, named: "peer") else { continue }
            guard !peers.contains(mac) else {
                note(item, "peer \(mac) is there twice", expected: "each peer once")
                continue
            }
            peers.append(mac)
        }
        return peers
    }

    mutating func checkLimit(_ value: Value) -> Int? {
        number(value, named: "check-limit", in: 1...10_000)
    }
}
