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
        try await checkHolders(logger)
        return link
    }

    /// Whether an interface holds a VIP should agree with who is to answer for it.
    private func checkHolders(_ logger: Logger) async throws {
        let holders = try await network.addressHolders()
        let hosts = Set(settings.services.filter { $0.arp == .host }.map(\.address.address))
        for vip in Set(settings.services.map(\.address.address)).sorted() {
            let prefix = "\(vip)/\(vip.family.bitCount)"
            let holder = holders[vip]
            if hosts.contains(vip), holder == nil {
                logger.warning(
                    """
                    arp: host, but no interface holds \(vip), so that nobody answers for it; add it \
                    with: ip address add \(prefix) dev \(settings.interface)
                    """)
            } else if !hosts.contains(vip), let holder,
                let link = try await network.link(index: holder)
            {
                logger.warning(
                    """
                    the VIP \(vip) is held by \(link.name), whose kernel answers for it as well; \
                    say arp: host, or remove it with: ip address del \(prefix) dev \(link.name)
                    """)
            }
        }
    }
}
