// SPDX-License-Identifier: Apache-2.0

import LVSModel

/// Something that can not be so in settings, and what it is about.
struct SettingsFinding: Hashable, Sendable {
    var kind = ChangeRefusal.Kind.invalid
    var reason: String
    /// Those that are wrong, or wrong beside each other; the one of the reason first.
    var services: [ServiceAddress] = []
    var realServer: IPAddress?
    /// A VIP that should be none.
    var vip: IPAddress?

    /// Which of the changes brought it: the last one that can have, the index from 0; nil for none.
    func index(among changes: [Change]) -> Int? {
        changes.lastIndex { isAboutRealServer(of: $0) }
            ?? changes.lastIndex { isAboutService(of: $0) }
    }

    private func isAboutRealServer(of change: Change) -> Bool {
        switch change {
        case .addRealServer(let real, let service):
            real.address == realServer && services.contains(service)
        case .editRealServer(let address, let service, _):
            address == realServer && services.contains(service)
        default: false
        }
    }

    private func isAboutService(of change: Change) -> Bool {
        switch change {
        case .addService(let service):
            services.isEmpty || services.contains(service.address) || service.address.address == vip
        case .editService(let service, _): services.contains(service)
        // What is about no service is about how many there are, or about the rest.
        case .addRealServer: services.isEmpty
        case .setTimeouts, .setAnswers, .setCheckLimit, .setPeers: services.isEmpty
        default: false
        }
    }

    func refusal(of changes: [Change]) -> ChangeRefusal {
        ChangeRefusal(kind, number: index(among: changes).map { $0 + 1 }, reason)
    }
}
