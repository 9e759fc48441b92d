// SPDX-License-Identifier: Apache-2.0

import HostNetwork
import LVSModel
import Logging

/// Looks at the host before anything is touched.
struct Preflight {
    let settings: DirectorSettings
    let network: HostNetwork

    /// The VIPs' interface; refuses when it can not be served by.
    func run(_ logger: Logger) async throws -> HostLink {
        let name = settings.interface
        guard let link = try await network.link(named: name) else {
            throw Refusal.unavailable(
                "there is no interface \(name); name one that `ip link` shows, as interface: in the "
                    + "configuration file")
        }
        guard link.mac != nil else {
            throw Refusal.unavailable(
                "interface \(name) has no MAC address; direct routing needs an Ethernet interface")
        }
        guard link.isRunning else {
            throw Refusal.unavailable(
                "interface \(name) is down; bring it up with: ip link set \(name) up")
        }
        for vip in Set(settings.services.map(\.address.address)).sorted() {
            try await checkHolder(of: vip, logger)
        }
        return link
    }

    /// Whether an interface holds the VIP should agree with who is to answer for it.
    private func checkHolder(of vip: IPAddress, _ logger: Logger) async throws {
        let isHosts = settings.services.contains { $0.address.address == vip && $0.arp == .host }
        let holder = try await network.interfaceHolding(vip)
        let prefix = "\(vip)/\(vip.family.bitCount)"
        if isHosts, holder == nil {
            logger.warning(
                """
                arp: host, but no interface holds \(vip), so that nobody answers for it; add it with: \
                ip address add \(prefix) dev \(settings.interface)
                """)
        } else if !isHosts, let holder, let link = try await network.link(index: holder) {
            logger.warning(
                """
                the VIP \(vip) is held by \(link.name), whose kernel answers for it as well; say \
                arp: host, or remove it with: ip address del \(prefix) dev \(link.name)
                """)
        }
    }
}
