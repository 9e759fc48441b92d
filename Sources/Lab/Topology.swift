// SPDX-License-Identifier: Apache-2.0

public import LVSModel

/// What a lab looks like. `Topology()` is the reference deployment: a client, a director and two
/// real servers in one layer-2 network, 192.168.142.0/24.
public struct Topology: Hashable, Sendable {
    /// The networks that the director has an arm in.
    public enum Arms: String, Hashable, Sendable, CaseIterable {
        /// Clients and real servers are in one network.
        case one
        /// The real servers are in a second network, 192.168.143.0/24. A router between both, not
        /// the director, is their gateway and takes their replies to the client.
        case two
    }

    /// 192.168.142.100.
    public let vip = IPAddress(ipv4: 0xC0A8_8E64)
    /// How many real servers there are.
    public let webServers: Int
    public let arms: Arms
    /// The director's `eth0` holds the VIP (/32), for `arp: host`.
    public let vipOnDirector: Bool
    /// The client leaves checksums and segmentation to its network card, as most hosts do.
    public let clientOffload: Bool

    /// - Precondition: `webServers` is in `Topology.webServerRange`.
    public init(
        webServers: Int = 2, arms: Arms = .one, vipOnDirector: Bool = false,
        clientOffload: Bool = true
    ) {
        precondition(Self.webServerRange.contains(webServers), "1 to 90 web servers")
        self.webServers = webServers
        self.arms = arms
        self.vipOnDirector = vipOnDirector
        self.clientOffload = clientOffload
    }

    /// The addresses between the director's and the VIP.
    public static let webServerRange = 1...90

    /// The real servers, in order.
    public var webHosts: [Host] {
        (1...webServers).map(web)
    }

    /// All hosts: client, director, the router where there is one, real servers.
    public var hosts: [Host] {
        [client, director] + (arms == .two ? [router] : []) + webHosts
    }

    /// - Precondition: the topology has the host.
    public subscript(name: HostName) -> Host {
        guard let host = hosts.first(where: { $0.name == name }) else {
            preconditionFailure("the topology has no host \(name)")
        }
        return host
    }

    /// What a real server's `/` answers, without the end of line: 111111 is web1. nil for others.
    public func answer(of host: HostName) -> String? {
        webHosts.firstIndex { $0.name == host }.map { String(repeating: "\($0 + 1)", count: 6) }
    }

    /// The size of a real server's `/large`, in bytes.
    public static let largeFileSize = 8 << 20

    /// What the director is asked to do here: one service, port 80 of the VIP, `rr` over all real
    /// servers.
    public func settings(runtimeDirectory: String) -> DirectorSettings {
        let service = VirtualService(
            address: ServiceAddress(address: vip, port: 80, transport: .tcp), scheduler: .rr,
            arp: vipOnDirector ? .host : .director,
            realServers: webHosts.map { RealServer(address: $0.address) })
        return DirectorSettings(
            interface: "eth0", runtimeDirectory: runtimeDirectory, services: [service])
    }
}

extension Topology {
    /// What `ip -batch` does in the switch's namespace.
    func switchCommands(in lab: LabName) -> [String] {
        let lans = arms == .two ? 0...1 : 0...0
        let bridges = lans.flatMap { lan in
            [
                "link add lan\(lan) type bridge stp_state 0 forward_delay 0 mcast_snooping 0",
                "link set dev lan\(lan) up",
            ]
        }
        return bridges + hosts.flatMap { $0.cableCommands(in: lab) }
    }

    private var client: Host {
        host(.client, at: [(lan: 0, number: 3)])
    }

    /// As the deployment asks: it neither routes nor sends redirects.
    private var director: Host {
        host(
            .director, at: [(lan: 0, number: 4)] + (arms == .two ? [(lan: 1, number: 4)] : []),
            kernelSettings: [
                "net.ipv4.conf.all.send_redirects = 0",
                "net.ipv4.conf.default.send_redirects = 0",
            ],
            additions: vipOnDirector ? ["address add \(vip)/32 dev eth0"] : [])
    }

    private var router: Host {
        host(
            .router, at: [(lan: 0, number: 1), (lan: 1, number: 1)],
            kernelSettings: ["net.ipv4.ip_forward = 1"])
    }

    /// A real server as the deployment asks: it has the VIP, and neither answers ARP for it nor
    /// names it in an ARP request.
    private func web(_ number: Int) -> Host {
        let gateway = ["route add default via \(Self.address(lan: 1, number: 1))"]
        return host(
            .web(number), at: [(lan: arms == .two ? 1 : 0, number: 4 + UInt32(number))],
            kernelSettings: [
                "net.ipv4.conf.all.arp_ignore = 1",
                "net.ipv4.conf.all.arp_announce = 2",
                "net.ipv4.conf.lo.arp_ignore = 1",
                "net.ipv4.conf.lo.arp_announce = 2",
            ],
            additions: [
                "address add \(vip)/32 dev lo label lo:0",
                "route add \(vip)/32 dev lo",
            ] + (arms == .two ? gateway : []))
    }

    /// A host with one interface for each place.
    private func host(
        _ name: HostName, at places: [(lan: Int, number: UInt32)], kernelSettings: [String] = [],
        additions: [String] = []
    ) -> Host {
        let interfaces = places.enumerated().map { index, place in
            Host.Interface(
                name: "eth\(index)", lan: place.lan,
                address: Self.address(lan: place.lan, number: place.number))
        }
        return Host(
            name: name, interfaces: interfaces,
            kernelSettings: Self.plainKernelSettings + kernelSettings, additions: additions)
    }

    /// 192.168.142.0/24 is the first network, the next number the second.
    private static func address(lan: Int, number: UInt32) -> IPAddress {
        IPAddress(ipv4: 0xC0A8_8E00 + (UInt32(lan) << 8) + number)
    }

    /// A new namespace takes over some settings of the machine's own: these make all hosts alike.
    /// They come before the interfaces, which take over those named `default`. IPv6 is off to keep
    /// the wires quiet.
    static let plainKernelSettings = [
        "net.ipv4.ip_forward = 0",
        "net.ipv4.conf.all.rp_filter = 0",
        "net.ipv4.conf.default.rp_filter = 0",
        "net.ipv4.conf.all.arp_ignore = 0",
        "net.ipv4.conf.default.arp_ignore = 0",
        "net.ipv4.conf.all.arp_announce = 0",
        "net.ipv4.conf.default.arp_announce = 0",
        "net.ipv6.conf.all.disable_ipv6 = 1",
        "net.ipv6.conf.default.disable_ipv6 = 1",
    ]
}
