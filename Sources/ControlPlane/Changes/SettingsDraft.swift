// SPDX-License-Identifier: Apache-2.0

import LVSModel

/// Settings while changes are made to them, one after the other.
///
/// It looks only whether each change meets what it speaks of. What must hold between the parts is
/// looked at when all changes are made: see `SettingsRules`.
struct SettingsDraft: Sendable {
    /// Without its services.
    private var rest: DirectorSettings
    var services: Roster<ServiceAddress, ServiceDraft>
    /// Those that something was added to, or changed in.
    private var touched: Set<ServiceAddress> = []
    /// Whether something came, or became other, that may not stand beside other services.
    private var mayClash = false

    init(_ settings: DirectorSettings) {
        services = Roster(settings.services.map { ServiceDraft($0) }) { $0.address }
        rest = settings
        rest.services = []
    }

    var settings: DirectorSettings {
        var settings = rest
        settings.services = services.inOrder.map(\.whole)
        return settings
    }

    /// - Throws: without the change's number.
    mutating func make(_ change: Change) throws(ChangeRefusal) {
        switch change {
        case .addService(let service): try add(service)
        case .editService(let name, let edit):
            try update(name) { $0.make(edit) }
            mayClash = true
        case .removeService(let name):
            guard services.remove(name) else { throw .noService(name) }
        case .removeAllServices: services.removeAll()
        case .setTimeouts(let timeouts): rest.timeouts = timeouts
        case .setAnswers(let answers): rest.answers = answers
        case .setSourceMAC(let mode): rest.sourceMAC = mode
        case .setCheckLimit(let limit): rest.checkLimit = limit
        case .setPeers(let peers): rest.peers = peers
        default: try makeOfRealServer(change)
        }
    }

    private mutating func makeOfRealServer(_ change: Change) throws(ChangeRefusal) {
        switch change {
        case .addRealServer(let real, let name):
            try update(name) { draft throws(ChangeRefusal) in try draft.add(real) }
            mayClash = true
        case .removeRealServer(let address, let name):
            try update(name) { draft throws(ChangeRefusal) in try draft.remove(address) }
        case .editRealServer(let address, let name, let edit):
            try update(address, of: name) { $0.make(edit) }
        case .drain(let address, let name, let end):
            try update(address, of: name) { $0.drain(until: end) }
        case .undrain(let address, let name):
            try update(address, of: name) { real throws(ChangeRefusal) in
                guard real.administrativeState != .disabled else {
                    throw .conflict("\(address) in \(name) is disabled, it is not draining")
                }
                real.become(.enabled)
            }
        case .disable(let address, let name):
            try update(address, of: name) { $0.become(.disabled) }
        case .enable(let address, let name):
            try update(address, of: name) { $0.become(.enabled) }
        default: preconditionFailure("\(change) is not about a real server")
        }
    }

    private mutating func add(_ service: VirtualService) throws(ChangeRefusal) {
        guard services[service.address] == nil else {
            throw .conflict("service \(service.address) exists already")
        }
        services.append(ServiceDraft(service), named: service.address)
        touched.insert(service.address)
        mayClash = true
    }

    mutating func update(
        _ name: ServiceAddress, _ change: (inout ServiceDraft) throws(ChangeRefusal) -> Void
    ) throws(ChangeRefusal) {
        guard try services.update(name, change) != nil else { throw .noService(name) }
        touched.insert(name)
    }

    mutating func update(
        _ address: IPAddress, of name: ServiceAddress,
        _ change: (inout RealServer) throws(ChangeRefusal) -> Void
    ) throws(ChangeRefusal) {
        try update(name) { draft throws(ChangeRefusal) in try draft.update(address, change) }
    }
}

extension SettingsDraft {
    /// What is wrong by the changes, when the settings were right before.
    ///
    /// - Parameter settings: the draft's own.
    func findings(in settings: DirectorSettings) -> [SettingsFinding] {
        SettingsRules.findings(
            in: settings, of: touched.sorted().compactMap { services[$0]?.whole },
            mayClash: mayClash)
    }
}

extension ChangeRefusal {
    static func conflict(_ reason: String) -> ChangeRefusal { ChangeRefusal(.conflict, reason) }

    static func noService(_ name: ServiceAddress) -> ChangeRefusal {
        ChangeRefusal(.notFound, "there is no service \(name)")
    }

    static func noRealServer(_ address: IPAddress, in name: ServiceAddress) -> ChangeRefusal {
        ChangeRefusal(.notFound, "there is no real server \(address) in \(name)")
    }

    func numbered(_ number: Int) -> ChangeRefusal {
        ChangeRefusal(kind, number: number, reason)
    }
}
