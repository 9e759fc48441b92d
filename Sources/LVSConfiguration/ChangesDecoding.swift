// SPDX-License-Identifier: Apache-2.0

import LVSModel

/// The names of changes.
enum ChangeKey: String, CaseIterable {
    case addService = "add-service"
    case editService = "edit-service"
    case removeService = "remove-service"
    case removeAllServices = "remove-all-services"
    case addRealServer = "add-real-server"
    case editRealServer = "edit-real-server"
    case removeRealServer = "remove-real-server"
    case drain
    case undrain
    case disable
    case enable
    case setTimeouts = "set-timeouts"
    case setAnswers = "set-answers"
    case setSourceMAC = "set-source-mac"
    case setCheckLimit = "set-check-limit"
    case setPeers = "set-peers"
}

// Changes at run time.
extension SettingsDecoder {
    private enum RootKey: String, CaseIterable {
        case changes
    }

    private enum AnswerKey: String, CaseIterable {
        case noFlow = "no-flow"
        case noRealServer = "no-real-server"
        case answersPerSecond = "answers-per-second"
    }

    mutating func changes(_ root: Value, now: UInt64) -> [Change] {
        guard
            let list = fields(
                of: root, named: "the text", as: RootKey.self, required: [.changes])?[.changes]
        else { return [] }
        let items = items(of: list, named: "changes")
        guard items.count <= ChangesText.maximumChanges else {
            note(
                list, "\(items.count) changes", expected: "at most \(ChangesText.maximumChanges)")
            return []
        }
        return items.compactMap { change($0, now: now) }
    }

    private mutating func change(_ value: Value, now: UInt64) -> Change? {
        if case .mapping(let pairs) = value.content, pairs.count != 1 {
            note(
                value, "a change with \(pairs.count) keys",
                expected: "one of \(words(of: ChangeKey.self))")
            return nil
        }
        return fields(of: value, named: "a change", as: ChangeKey.self, required: [])?
            .entries.first.flatMap { change($0.key, $0.value, now: now) }
    }

    private mutating func change(_ key: ChangeKey, _ value: Value, now: UInt64) -> Change? {
        switch key {
        case .addService: addedService(value).map { .addService($0) }
        case .editService: serviceEdit(value)
        case .removeService: serviceName(value).map { .removeService($0) }
        case .removeAllServices: removeAllServices(value)
        case .addRealServer: addedRealServer(value)
        case .editRealServer: realServerEdit(value)
        case .removeRealServer: place(value).map { .removeRealServer($0.rip, of: $0.service) }
        case .drain: drain(value, now: now)
        case .undrain: place(value).map { .undrain($0.rip, of: $0.service) }
        case .disable: place(value).map { .disable($0.rip, of: $0.service) }
        case .enable: place(value).map { .enable($0.rip, of: $0.service) }
        case .setTimeouts: .setTimeouts(timeouts(value, required: TimeoutKey.allCases))
        case .setAnswers: setAnswers(value)
        case .setSourceMAC: sourceMAC(value).map { .setSourceMAC($0) }
        case .setCheckLimit: checkLimit(value).map { .setCheckLimit($0) }
        case .setPeers: .setPeers(peers(value))
        }
    }

    private mutating func addedService(_ value: Value) -> VirtualService? {
        var rules = ServiceRules()
        let service = service(
            value, arp: .director, required: [.address, .scheduler], &rules)
        rules.check(&findings)
        return service
    }

    private mutating func removeAllServices(_ value: Value) -> Change? {
        guard let isWanted = flag(value, named: "remove-all-services") else { return nil }
        if isWanted { return .removeAllServices }
        note(value, "remove-all-services false", expected: "true, or no such change")
        return nil
    }

    private mutating func setAnswers(_ value: Value) -> Change? {
        let fields = fields(
            of: value, named: "set-answers", as: AnswerKey.self, required: AnswerKey.allCases)
        return fields.map { fields in
            .setAnswers(
                answers(
                    noFlow: fields[.noFlow], noRealServer: fields[.noRealServer],
                    perSecond: fields[.answersPerSecond]))
        }
    }

    mutating func serviceName(_ value: Value) -> ServiceAddress? {
        let expected = "VIP:PORTS/PROTOCOL such as 192.168.142.100:80/tcp or [fd00::1]:80,443/tcp"
        guard let text = text(value, named: "service", expected: expected) else { return nil }
        if let name = ServiceAddress(name: text) { return name }
        note(value, "service \(Quotation.quote(text)) is no name of a service", expected: expected)
        return nil
    }
}
