// SPDX-License-Identifier: Apache-2.0

import LVSModel

/// What a real server's answers, and its silence, say of it.
enum RealServerChecks {
    /// All of one real server; where it can not be reached the rest is not asked for.
    static func findings(_ real: RealServerFacts) -> [Finding] {
        let route = route(real)
        guard route.severity == .ok else { return [route] }
        if let unasked = real.unasked {
            return [route]
                + asked(of: real).map {
                    .notChecked($0, "\(real.address)", because: unasked.reason, mend: unasked.mend)
                }
        }
        let mac = mac(real)
        guard real.isAlive else { return [route, mac] }
        return [route, mac, mtu(real)] + vips(real) + ports(real) + arp(real) + [gateway(real)]
    }

    private static func asked(of real: RealServerFacts) -> [Check] {
        [.realMAC, .realMTU, .realVIP] + (real.ports.isEmpty ? [] : [.realPort])
            + [.realARP, .realGateway]
    }

    private static func route(_ real: RealServerFacts) -> Finding {
        let name = "\(real.address)"
        let why =
            "direct routing only changes MAC addresses: a real server is on a segment of this host"
        let mend = "give it an address on this host's segment, or take it out of the configuration"
        switch real.route {
        case .onLink:
            guard let egress = real.egress else {
                return .broken(
                    .realRoute, name, "its interface went away meanwhile", why: why,
                    mend: "lvsdr doctor again")
            }
            return .ok(.realRoute, name, "is on the segment of \(egress.name)")
        case .gateway(let router, _):
            return .broken(
                .realRoute, name, "is reached only by the router \(router)", why: why, mend: mend)
        case .local:
            return .broken(.realRoute, name, "is this host itself", why: why, mend: mend)
        case .unreachable:
            return .broken(.realRoute, name, "no route leads to it", why: why, mend: mend)
        }
    }

    private static func mac(_ real: RealServerFacts) -> Finding {
        let name = "\(real.address)"
        let all = real.macs.sorted { $0.rawValue < $1.rawValue }.map(\.description)
        if all.count > 1 {
            return .broken(
                .realMAC, name, "several hosts answer for it: \(all.joined(separator: ", "))",
                why: "its packets go now to one of them, now to another",
                mend: "take the address off all of them but the real server: ip address del")
        }
        guard let mac = real.mac, real.isAlive else {
            let question = real.address.family == .ipv4 ? "ARP" : "neighbour solicitations"
            return .broken(
                .realMAC, name, "it does not answer \(question): its MAC address is not known",
                why: "no frame can be sent to it; lvsdrd has it as down",
                mend: "start it, or look at its interface, its cable and its switch: "
                    + "arping -I \(real.egress?.name ?? "eth0") \(real.address)")
        }
        return .ok(.realMAC, name, "is \(mac)")
    }

    private static func mtu(_ real: RealServerFacts) -> Finding {
        let name = "\(real.address)"
        let size = real.egress?.mtu ?? 0
        let interface = real.egress?.name ?? ""
        let full = real.answers(to: .fullSize)
        if full.contains(.reply) {
            return .ok(.realMTU, name, "answers packets of \(size) bytes")
        }
        guard real.answers(to: .echo).contains(.reply) else {
            return .notChecked(
                .realMTU, name, because: "it does not answer ping",
                mend: "let it answer echo requests of this host")
        }
        let mend =
            "on \(name): ip link set its interface mtu \(size); or here: ip link set \(interface) "
            + "mtu to the smaller one's"
        if full.contains(.fragments) {
            return .warning(
                .realMTU, name, "its MTU is smaller than \(interface)'s, \(size)",
                why: "large packets of its clients may be lost on their way to it", mend: mend)
        }
        return .broken(
            .realMTU, name,
            "packets of \(size) bytes, the MTU of \(interface), do not arrive; small ones do",
            why: "a client's large requests hang: nobody fragments what the director sends on",
            mend: mend)
    }

    private static func ports(_ real: RealServerFacts) -> [Finding] {
        real.ports.map { place in
            let name = "\(real.address)"
            let port = place.description
            let answers = real.answers(to: .port(place.vip, place.port))
            if answers.contains(.accepted) { return .ok(.realPort, name, "\(port) is open there") }
            guard hasVIP(place.vip, real) else {
                return .notChecked(
                    .realPort, name, because: "the VIP of \(port) is not on it",
                    mend: "mend that first")
            }
            let isClosed = answers.contains(.refused) || answers.contains(.unreachable)
            return .broken(
                .realPort, name,
                isClosed ? "\(port) is closed there" : "\(port) does not answer there",
                why: "the scheduler sends clients to it who get no answer",
                mend: isClosed
                    ? "start the server on it, listening on \(port) or on all addresses: ss -ltn"
                    : "look at its firewall and whether its server hangs: ss -ltn")
        }
    }

    private static func gateway(_ real: RealServerFacts) -> Finding {
        let name = "\(real.address)"
        if real.answers(to: .stranger).contains(.reply) {
            return .broken(
                .realGateway, name, "its gateway is this host",
                why:
                    "replies to clients behind a router come back here, and are dropped or pass twice",
                mend: "on \(name): ip route replace default via the router's address")
        }
        guard real.answers(to: .echo).contains(.reply) else {
            return .notChecked(
                .realGateway, name, because: "it does not answer ping",
                mend: "let it answer echo requests of this host")
        }
        return .ok(.realGateway, name, "does not answer strangers by way of this host")
    }

    /// Whether it answered for the VIP, and not somebody else in its place.
    static func hasVIP(_ vip: IPAddress, _ real: RealServerFacts) -> Bool {
        let answers = real.ports.filter { $0.vip == vip }
            .reduce(real.answers(to: .vip(vip))) { $0.union(real.answers(to: .port(vip, $1.port))) }
        return !answers.contains(.returned)
            && !answers.isDisjoint(with: [.reply, .fragments, .accepted, .refused])
    }
}
