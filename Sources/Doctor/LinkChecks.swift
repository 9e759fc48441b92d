// SPDX-License-Identifier: Apache-2.0

import HostNetwork
import LVSModel

/// The interfaces: there and running, fast enough, and without offloads that lose frames.
enum LinkChecks {
    /// Offloads that AF_PACKET, the port, can not take, and what becomes of the frames.
    private static let harmful = [
        "rx-lro": "merges segments in a way that can not be undone",
        "rx-gro-list": "hands out lists of frames that a ring can not carry",
        "rx-udp-gro-forwarding":
            "merges UDP packets in a way that kernels before 6.2 drop at a ring",
    ]

    static func interface(_ name: String, _ facts: HostFacts) -> Finding {
        let why = "frames for the VIPs come in by it; lvsdrd does not start without it"
        guard let link = facts.link else {
            return .broken(
                .interface, name, "there is no such interface", why: why,
                mend: "name one that `ip link` shows, as interface: in the configuration file")
        }
        guard let mac = link.mac else {
            return .broken(
                .interface, name, "it has no MAC address",
                why: "direct routing sends Ethernet frames",
                mend: "name an Ethernet interface, as interface: in the configuration file")
        }
        guard link.isRunning else {
            return .broken(
                .interface, name, "it is down, or has no carrier", why: why,
                mend: "ip link set \(name) up; then look at its cable and its switch")
        }
        return .ok(.interface, name, "is up, \(mac)")
    }

    static func speed(_ name: String, _ facts: HostFacts) -> Finding? {
        guard let driver = facts.driver else { return nil }
        let speed = driver.speed.map { "\($0) Mbit/s" } ?? "unknown"
        let isSlow = driver.speed.map { $0 < 1_000 } ?? false
        guard isSlow || driver.isHalfDuplex else {
            return .ok(.speed, name, driver.speed == nil ? "its driver tells none" : speed)
        }
        return .warning(
            .speed, name, speed + (driver.isHalfDuplex ? ", half duplex" : ""),
            why: "every request passes here; a link this slow is mostly a cable or a port gone bad",
            mend: "look at its cable and its switch; ethtool \(name) shows what both ends offer")
    }

    static func offloads(_ name: String, _ facts: HostFacts) -> [Finding] {
        guard let features = facts.driver?.features, !features.isEmpty else { return [] }
        let on = harmful.keys.sorted().filter { features[$0] == true }
        guard on.isEmpty else {
            return on.map { feature in
                .warning(
                    .offloads, name, "\(feature) is on",
                    why: "it \(harmful[feature] ?? ""), so that packets are lost on their way",
                    mend: "ethtool -K \(name) \(feature) off")
            }
        }
        let gro = features["rx-gro"] == true ? "on" : "off"
        return [.ok(.offloads, name, "nothing harmful is on; GRO is \(gro), and may be")]
    }

    /// Clients' frames have to leave by the interface of the real servers as they came.
    static func mtu(_ facts: HostFacts) -> [Finding] {
        guard let link = facts.link else { return [] }
        return facts.egress.map { egress in
            guard egress.mtu < link.mtu else {
                return .ok(.mtu, egress.name, "its MTU is \(egress.mtu)")
            }
            return .broken(
                .mtu, egress.name, "its MTU is \(egress.mtu), and \(link.name)'s is \(link.mtu)",
                why:
                    "frames come in that can not be sent on to the real servers: large requests hang",
                mend: "ip link set \(egress.name) mtu \(link.mtu)")
        }
    }

    static func bridgeFilter(_ name: String, _ facts: HostFacts) -> Finding {
        guard facts.driver?.name == "bridge", !facts.bridgeFilters.isEmpty else {
            return .ok(.bridgeFilter, name, "netfilter does not see its frames")
        }
        return .warning(
            .bridgeFilter, name,
            "it is a bridge, and its frames pass netfilter: \(facts.bridgeFilters.joined(separator: ", "))",
            why:
                "rules and connection tracking of the host's see the clients' packets, and may drop them",
            mend: "sysctl -w " + facts.bridgeFilters.map { "\($0)=0" }.joined(separator: " "))
    }
}
