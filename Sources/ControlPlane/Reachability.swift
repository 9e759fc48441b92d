// SPDX-License-Identifier: Apache-2.0

import LVSModel

/// Whether frames can be sent to a real server at layer 2.
enum Reachability: Hashable, Sendable {
    /// The host's network was not read yet.
    case unknown
    case down(Reason)
    case up(ForwardingTable.Link, interface: String)

    enum Reason: Hashable, Sendable {
        case noMACAddress
        case interfaceDown(String)
        case interfaceWithoutMAC(String)
        case interfaceRemoved
        case behindGateway(IPAddress)
        /// A director that is its own real server is not served at layer 2.
        case addressOfThisHost
        case noRoute
        /// A frame to it would come back to the director.
        case directorsOwnMAC
    }

    var health: Health {
        switch self {
        case .unknown: .unknown
        case .down: .down
        case .up: .up
        }
    }

    /// nil unless it is up.
    var link: ForwardingTable.Link? {
        guard case .up(let link, _) = self else { return nil }
        return link
    }

    /// Why it is down or unknown; nil when it is up.
    var reason: String? {
        switch self {
        case .unknown: "the host's network was not read yet"
        case .down(let reason): "\(reason)"
        case .up: nil
        }
    }
}

extension Reachability.Reason: CustomStringConvertible {
    var description: String {
        switch self {
        case .noMACAddress: "no MAC address"
        case .interfaceDown(let name): "interface \(name) is down"
        case .interfaceWithoutMAC(let name): "interface \(name) has no MAC address of its own"
        case .interfaceRemoved: "its interface was removed"
        case .behindGateway(let gateway):
            "reached through the gateway \(gateway), not on a connected network"
        case .addressOfThisHost: "an address of this host"
        case .noRoute: "no route"
        case .directorsOwnMAC: "its MAC address is the director's own"
        }
    }
}
