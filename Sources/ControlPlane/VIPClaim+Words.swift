// SPDX-License-Identifier: Apache-2.0

import LVSModel

// What a claim means to an operator.
extension VIPClaim {
    /// Who does what, why, and what mends it.
    ///
    /// - Parameter realServers: those (RIPs) whose MAC address it is.
    func alarm(realServers: [IPAddress]) -> String {
        let mend =
            if realServers.isEmpty {
                "take the VIP off that host, or name its MAC address under peers where it is a "
                    + "second director"
            } else {
                "\(cause); run there: lvsdr realserver apply --vip \(vip)"
            }
        return "\(who(realServers)) \(deed), so that clients come past the director: \(mend)"
    }

    func end(realServers: [IPAddress]) -> String {
        "no conflict over the VIP \(vip) with \(who(realServers)) any more"
    }

    private func who(_ realServers: [IPAddress]) -> String {
        let names = realServers.map(\.description).joined(separator: ", ")
        return realServers.isEmpty ? "host \(mac)" : "real server \(names) (\(mac))"
    }

    private var deed: String {
        switch kind {
        case .holder: "answers for the VIP \(vip) or announces it"
        case .sender: "asks for other hosts in the name of the VIP \(vip)"
        }
    }

    /// Of a real server's, which must have the VIP.
    private var cause: String {
        switch (vip.family, kind) {
        case (.ipv4, .holder): "its arp_ignore is not 1, or an interface other than lo has the VIP"
        case (.ipv4, .sender): "its arp_announce is not 2"
        case (.ipv6, _): "an interface other than lo has the VIP, take it off there"
        }
    }
}
