// SPDX-License-Identifier: Apache-2.0

import LVSModel

extension Topology {
    /// What `ip -batch` does in the switch's namespace.
    func switchCommands(in lab: LabName) -> [String] {
        let bridges = Set(hosts.flatMap { $0.interfaces.map(\.lan) }).sorted().flatMap { lan in
            [
                "link add lan\(lan) type bridge stp_state 0 forward_delay 0 mcast_snooping 0",
                "link set dev lan\(lan) up",
            ]
        }
        return bridges + hosts.flatMap { $0.cableCommands(in: lab) }
    }

    var client: Host {
        host(.client, at: [(lan: 0, number: 3)], additions: outside ? gateway(lan: 0) : [])
    }

    /// As the deployment asks: it neither routes nor sends redirects.
    func director(_ name: HostName, number: UInt32) -> Host {
        let holdsVIP = vipOnDirector && name == .director
        return host(
            name, at: [(lan: 0, number: number)] + (arms == .two ? [(lan: 1, number: number)] : []),
            kernelSettings: bare
                ? ["net.ipv4.ip_forward = 1"]
                : [
                    "net.ipv4.conf.all.send_redirects = 0",
                    "net.ipv4.conf.default.send_redirects = 0",
                ],
            additions: (holdsVIP ? vipCommands(on: "eth0", ipv6: "preferred_lft 0") : [])
                + (outside ? gateway(lan: 0) : []))
    }

    var router: Host {
        host(
            .router,
            at: [(lan: 0, number: 1)] + (arms == .two ? [(lan: 1, number: 1)] : [])
                + (outside ? [(lan: 2, number: 1)] : []),
            kernelSettings: ["net.ipv4.ip_forward = 1", "net.ipv6.conf.all.forwarding = 1"])
    }

    var visitor: Host {
        host(.visitor, at: [(lan: 2, number: 3)], additions: gateway(lan: 2))
    }

    var nfsServer: Host {
        host(.nfs, at: [(lan: 0, number: 10)])
    }

    /// The router's place in the network.
    private func gateway(lan: Int) -> [String] {
        [
            "route add default via \(Self.address(lan: lan, number: 1))",
            "route add default via \(Self.address6(lan: lan, number: 1))",
        ]
    }

    /// A real server as the deployment asks: it has the VIP, and neither answers ARP for it nor
    /// names it in an ARP request.
    ///
    /// IPv6 needs no setting for that. Seen with tcpdump: a solicitation for an address of `lo`
    /// that comes in at `eth0`, to the group or to the host alone, is not answered, and to resolve
    /// the receiver of a reply from that address the host asks in the name of its link-local one.
    func web(_ number: Int) -> Host {
        let lan = arms == .two ? 1 : 0
        return host(
            .web(number), at: [(lan: lan, number: 4 + UInt32(number))],
            kernelSettings: bare
                ? []
                : [
                    "net.ipv4.conf.all.arp_ignore = 1",
                    "net.ipv4.conf.all.arp_announce = 2",
                    "net.ipv4.conf.lo.arp_ignore = 1",
                    "net.ipv4.conf.lo.arp_announce = 2",
                ],
            additions: (bare
                ? []
                : vipCommands(on: "lo", label: "label lo:0") + ["route add \(vip)/32 dev lo"])
                + (hasRouter ? gateway(lan: lan) : []))
    }

    /// - Parameter ipv6: more on the IPv6 VIP: on the director it must not become the source of the
    ///   host's own packets.
    private func vipCommands(
        on interface: String, label: String = "", ipv6: String = ""
    ) -> [String] {
        [
            "address add \(vip)/32 dev \(interface)" + (label.isEmpty ? "" : " \(label)"),
            "address add \(vip6)/128 dev \(interface) nodad" + (ipv6.isEmpty ? "" : " \(ipv6)"),
        ]
    }

    /// A host with one interface for each place.
    private func host(
        _ name: HostName, at places: [(lan: Int, number: UInt32)], kernelSettings: [String] = [],
        additions: [String] = []
    ) -> Host {
        let interfaces = places.enumerated().map { index, place in
            Host.Interface(
                name: "eth\(index)", lan: place.lan,
                address: Self.address(lan: place.lan, number: place.number),
                address6: Self.address6(lan: place.lan, number: place.number))
        }
        return Host(
            name: name, interfaces: interfaces,
            kernelSettings: Self.plainKernelSettings + kernelSettings, additions: additions)
    }

    /// 192.168.142.0/24 is the first network, the next number the second.
    private static func address(lan: Int, number: UInt32) -> IPAddress {
        IPAddress(ipv4: 0xC0A8_8E00 + (UInt32(lan) << 8) + number)
    }

    /// fd00:8e::/64 is the first network, fd00:8f::/64 the second (0x8E is 142). The host's number
    /// is read as in IPv4: 192.168.142.14 has fd00:8e::14.
    static func address6(lan: Int, number: UInt32) -> IPAddress {
        let digits = (number / 100) << 8 | (number / 10 % 10) << 4 | number % 10
        return IPAddress(high: 0xFD00_008E << 32 + UInt64(lan) << 32, low: UInt64(digits))
    }

    /// A new namespace takes over some settings of the machine's own: these make all hosts alike.
    /// They come before the interfaces, which take over those named `default`.
    private static let plainKernelSettings = [
        "net.ipv4.ip_forward = 0",
        "net.ipv4.conf.all.rp_filter = 0",
        "net.ipv4.conf.default.rp_filter = 0",
        "net.ipv4.conf.all.arp_ignore = 0",
        "net.ipv4.conf.default.arp_ignore = 0",
        "net.ipv4.conf.all.arp_announce = 0",
        "net.ipv4.conf.default.arp_announce = 0",
        "net.ipv6.conf.all.disable_ipv6 = 0",
        "net.ipv6.conf.default.disable_ipv6 = 0",
        "net.ipv6.conf.all.forwarding = 0",
        "net.ipv6.conf.all.accept_ra = 0",
        "net.ipv6.conf.default.accept_ra = 0",
        // Link-local addresses too are usable at once, which the kernel resolves neighbours with.
        "net.ipv6.conf.all.accept_dad = 0",
        "net.ipv6.conf.default.accept_dad = 0",
        // As IPv4's: an interface that went down has its addresses again when it comes up.
        "net.ipv6.conf.all.keep_addr_on_down = 1",
        "net.ipv6.conf.default.keep_addr_on_down = 1",
    ]

    /// The switch has no addresses; without IPv6 it keeps the wires quiet.
    static let switchKernelSettings = [
        "net.ipv6.conf.all.disable_ipv6 = 1", "net.ipv6.conf.default.disable_ipv6 = 1",
    ]
}
