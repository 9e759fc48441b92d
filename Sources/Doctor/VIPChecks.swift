// SPDX-License-Identifier: Apache-2.0

import LVSModel

extension RealServerChecks {
    /// Whether each VIP is on it: asked in the way of a client's packet.
    static func vips(_ real: RealServerFacts) -> [Finding] {
        real.vips.map { vip in
            let name = "\(real.address)"
            if hasVIP(vip, real) { return .ok(.realVIP, name, "has \(vip)") }
            let answers = real.answers(to: .echo)
            let found =
                if real.answers(to: .vip(vip)).contains(.returned) {
                    "it passes on what is for \(vip), instead of taking it"
                } else if answers.isEmpty {
                    "it answers neither for \(vip) nor for itself; it has it not, or a firewall"
                } else {
                    "it answers for itself, and not for \(vip)"
                }
            return .broken(
                .realVIP, name, found,
                why:
                    "it drops clients' packets, which come to it with the VIP as their destination",
                mend: "on \(name): lvsdr realserver apply --vip \(vip)")
        }
    }

    /// Whether it keeps silent about the VIPs that are on it.
    static func arp(_ real: RealServerFacts) -> [Finding] {
        let name = "\(real.address)"
        let question = real.address.family == .ipv4 ? "ARP" : "neighbour solicitations"
        // A host with addresses of both families is told of under the one that the VIP has.
        let claims = Set(real.claims.filter { $0.vip.family == real.address.family }).sorted {
            ($0.vip, $0.kind.rawValue) < ($1.vip, $1.kind.rawValue)
        }
        guard !claims.isEmpty else {
            return [.ok(.realARP, name, "does not answer \(question) for a VIP")]
        }
        return claims.map { claim in
            let isIPv4 = claim.vip.family == .ipv4
            let found =
                switch claim.kind {
                case .holder:
                    "it answers \(question) for \(claim.vip)" + (isIPv4 ? " (arp_ignore)" : "")
                case .sender:
                    "it asks for others in the name of \(claim.vip)"
                        + (isIPv4 ? " (arp_announce)" : "")
                }
            return .broken(
                .realARP, name, found,
                why:
                    "clients and routers learn its MAC address for the VIP, and go past the director",
                mend: "on \(name): lvsdr realserver apply --vip \(claim.vip)")
        }
    }
}

/// What is seen only over all real servers.
enum SegmentChecks {
    static func sharedMACs(_ reals: [RealServerFacts]) -> [Finding] {
        let known = reals.filter { $0.mac != nil && $0.isAlive }
        let groups = Dictionary(grouping: known, by: \.mac)
        let shared = groups.filter { Set($0.value.map(\.address.family)).count < $0.value.count }
        guard !shared.isEmpty else {
            return known.isEmpty
                ? [] : [.ok(.realMACShared, "all", "each has a MAC address of its own")]
        }
        return shared.sorted { ($0.key?.rawValue ?? 0) < ($1.key?.rawValue ?? 0) }.map {
            mac, group in
            let names = group.map(\.address).sorted().map(\.description).joined(separator: ", ")
            return .warning(
                .realMACShared, names, "they have one MAC address\(mac.map { ", \($0)" } ?? "")",
                why:
                    """
                    one host gets the share of several, or another one answers ARP in the place of \
                    all (proxy_arp)
                    """,
                mend: "leave one of them in the configuration, or let each host answer for itself")
        }
    }

    /// Hosts that are no real servers, and no director that may have the VIPs (`peers:`).
    static func claims(
        _ claims: [VIPClaim], vips: [IPAddress], realServers: [RealServerFacts],
        peers: [MACAddress]
    ) -> [Finding] {
        vips.map { vip in
            let family = realServers.filter { $0.address.family == vip.family }
            let known = family.reduce(into: Set(peers)) { known, real in
                known.formUnion(real.macs)
                if let mac = real.kernelMAC { known.insert(mac) }
            }
            let others = Set(claims.filter { $0.vip == vip && !known.contains($0.mac) }.map(\.mac))
            guard !others.isEmpty else {
                return .ok(.vipClaims, "\(vip)", "no other host answers for it")
            }
            let names = others.sorted { $0.rawValue < $1.rawValue }.map(\.description)
            return .broken(
                .vipClaims, "\(vip)", "another host claims it: \(names.joined(separator: ", "))",
                why:
                    "clients and routers learn its MAC address for the VIP, and go past the director",
                mend: "find it by its MAC address, and there: ip address del \(vip)/"
                    + "\(vip.family.bitCount) dev its interface; where it is a second director, name "
                    + "its MAC address under peers: in the configuration file")
        }
    }
}
