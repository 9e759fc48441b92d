// SPDX-License-Identifier: Apache-2.0

import LVSModel

/// What is known of a real server over all: at layer 2 and by its check.
enum Condition: Hashable, Sendable {
    /// The text says why.
    case unknown(String)
    case down(Cause)
    case up(ForwardingTable.Link, interface: String)

    enum Cause: Hashable, Sendable {
        case unreachable(Reachability.Reason)
        /// The check's own words.
        case failing(String)
    }

    var health: Health {
        switch self {
        case .unknown: .unknown
        case .down: .down
        case .up: .up
        }
    }

    /// Why it is down or unknown; nil when it is up.
    var reason: String? {
        switch self {
        case .unknown(let reason): reason
        case .down(let cause): "\(cause)"
        case .up: nil
        }
    }

    /// What there is to tell of a real server of which this was told last; nothing when only the
    /// egress interface's own address changed.
    func event(of key: RealServerKey, after told: Condition) -> DirectorEvent? {
        switch (told, self) {
        case (.up(let old, let oldName), .up(let new, let name)) where oldName == name:
            guard old.mac != new.mac else { return nil }
            return .realServerChangedMAC(key.address, of: key.service, from: old.mac, to: new.mac)
        case (_, .up(let link, let name)):
            return .realServerUp(key.address, of: key.service, mac: link.mac, interface: name)
        // A host that dies fails its check first, and has no MAC address soon after.
        case (.down(.failing), .down):
            return nil
        case (_, .down(let cause)) where told != self:
            return .realServerDown(key.address, of: key.service, reason: "\(cause)")
        default:
            return nil
        }
    }
}

extension Condition.Cause: CustomStringConvertible {
    var description: String {
        switch self {
        case .unreachable(let reason): "\(reason)"
        case .failing(let cause): cause
        }
    }
}
