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
        case flowCapacity = "flow-capacity"
        case workers
        case noFlow = "no-flow"
        case noRealServer = "no-real-server"
        case answersPerSecond = "answers-per-second"
        case runtimeDirectory = "runtime-directory"
        case timeouts
        case services
    }

    private enum TimeoutKey: String, CaseIterable {
        case tcp
        case tcpFin = "tcp-fin"
        case udp
    }

    /// nil only when something was found wrong.
    mutating func settings(_ root: Value) -> DirectorSettings? {
        guard
            let fields = fields(
                of: root, named: "the file", as: Key.self, required: [.interface, .services])
        else { return nil }
        let interface = fields[.interface].flatMap { interfaceName($0) }
        let defaults = DirectorSettings(interface: interface ?? "")
        let arp = fields[.arp].flatMap { choice($0, named: "arp", as: ARPMode.self) } ?? .director
        let sourceMAC = fields[.sourceMAC].flatMap {
            choice($0, named: "source-mac", as: SourceMACMode.self)
        }
        let capacity = fields[.flowCapacity].flatMap {
            number($0, named: "flow-capacity", in: 1_024...67_108_864)
        }
        let workers = fields[.workers].flatMap { number($0, named: "workers", in: 1...64) }
        let directory = fields[.runtimeDirectory].flatMap { self.directory($0) }
        let timeouts = fields[.timeouts].map { self.timeouts($0) }
        let answers = answers(fields)
        let services = fields[.services].map { self.services($0, arp: arp) }
        guard let interface, let services else { return nil }
        return DirectorSettings(
            interface: interface, sourceMAC: sourceMAC ?? defaults.sourceMAC,
            timeouts: timeouts ?? defaults.timeouts, answers: answers,
            flowCapacity: capacity ?? defaults.flowCapacity, workers: workers,
            runtimeDirectory: directory ?? defaults.runtimeDirectory, services: services)
    }

    private mutating func answers(_ fields: [Key: Value]) -> AnswerPolicy {
        let defaults = AnswerPolicy()
        let noFlow = fields[.noFlow].flatMap {
            choice($0, named: "no-flow", as: NoFlowPolicy.self)
        }
        let noRealServer = fields[.noRealServer].flatMap {
            choice($0, named: "no-real-server", as: NoRealServerPolicy.self)
        }
        let perSecond = fields[.answersPerSecond].flatMap {
            number($0, named: "answers-per-second", in: 0...1_000_000)
        }
        return AnswerPolicy(
            noFlow: noFlow ?? defaults.noFlow, noRealServer: noRealServer ?? defaults.noRealServer,
            perSecond: perSecond.map(UInt32.init) ?? defaults.perSecond)
    }

    private mutating func timeouts(_ value: Value) -> FlowTimeouts {
        var timeouts = FlowTimeouts()
        let fields = fields(of: value, named: "timeouts", as: TimeoutKey.self, required: [])
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
}

// MARK: - Collections

extension SettingsDecoder {
    /// The mapping's values by key; notes unknown and missing keys. nil when it is no mapping.
    mutating func fields<Key: RawRepresentable<String> & CaseIterable & Hashable>(
        of value: Value, named name: String, as keys: Key.Type, required: [Key]
    ) -> [Key: Value]? {
        let known = Key.allCases.map(\.rawValue)
        let list = known.joined(separator: ", ")
        guard case .mapping(let pairs) = value.content else {
            note(value, "\(name) is \(kind(value))", expected: "a mapping with the keys \(list)")
            return nil
        }
        var fields: [Key: Value] = [:]
        for pair in pairs {
            guard case .text(let text, _) = pair.key.content else {
                note(pair.key, "a key that is \(kind(pair.key))", expected: "one of \(list)")
                continue
            }
            if let key = Key(rawValue: text) {
                fields[key] = pair.value
            } else {
                let meant = findings.isFull ? nil : Spelling.suggestion(for: text, among: known)
                note(
                    pair.key, "unknown key \(Quotation.quote(text))", expected: "one of \(list)",
                    hint: meant.map { "did you mean \(Quotation.quote($0))?" })
            }
        }
        for key in required where fields[key] == nil {
            note(
                value, "missing key \(Quotation.quote(key.rawValue)) in \(name)",
                expected: "at least " + required.map(\.rawValue).joined(separator: ", "))
        }
        return fields
    }

    /// The list's values; notes what is no list.
    mutating func items(of value: Value, named name: String) -> [Value] {
        if case .list(let items) = value.content { return items }
        note(
            value, "\(name) is \(kind(value))", expected: "a list of `- ` items",
            hint: "write [] for none")
        return []
    }

    mutating func note(_ value: Value, _ found: String, expected: String, hint: String? = nil) {
        findings.add(found, expected: expected, hint: hint, at: value.position)
    }

    func kind(_ value: Value) -> String {
        switch value.content {
        case .text("", isQuoted: false): "empty"
        case .text(let text, _): Quotation.quote(text)
        case .list: "a list"
        case .mapping: "a mapping"
        }
    }
}
