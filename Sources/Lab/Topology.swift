// SPDX-License-Identifier: Apache-2.0

public import LVSModel

/// What a lab looks like. `Topology()` is the reference deployment: a client, a director and two
/// real servers in one layer-2 network, 192.168.142.0/24 and fd00:8e::/64.
public struct Topology: Hashable, Sendable {
    /// The networks that the director has an arm in.
    public enum Arms: String, Hashable, Sendable, CaseIterable {
        /// Clients and real servers are in one network.
        case one
        /// The real servers are in a second network, 192.168.143.0/24 and fd00:8f::/64. A router
        /// between both, not the director, is their gateway and takes their replies to the client.
        case two
    }

    /// 192.168.142.100.
    public let vip = IPAddress(ipv4: 0xC0A8_8E64)
    /// fd00:8e::100.
    public let vip6 = address6(lan: 0, number: 100)
    /// How many real servers there are.
    public let webServers: Int
    public let arms: Arms
    /// Whether there is a second director, `director2`.
    public let secondDirector: Bool
    /// The director's `eth0` holds the VIPs (/32, /128), for `arp: host`.
    public let vipOnDirector: Bool
    /// Whether there is a `visitor` in a third network, 192.168.144.0/24 and fd00:90::/64, behind a
    /// router that is the gateway of all others.
    public let outside: Bool
    /// Whether there is an NFS server, 192.168.142.10.
    public let nfs: Bool
    /// The director and the real servers are as an installation leaves them: without the VIP, and
    /// without the settings that direct routing needs.
    public let bare: Bool
    /// Frames come to the director as a network card delivers them, so that an XDP program can send
    /// them on: single ones, their checksums done, VLAN tags in them. Otherwise the client leaves
    /// checksums and segmentation to its network card, which a cable of the lab does not do.
    public var xdp: Bool

    /// - Precondition: `webServers` is in `Topology.webServerRange`; with `nfs` it is at most
    ///   `webServersBesideNFS`.
    public init(
        webServers: Int = 2, arms: Arms = .one, secondDirector: Bool = false,
        vipOnDirector: Bool = false, outside: Bool = false, nfs: Bool = false,
        bare: Bool = false, xdp: Bool = false
    ) {
        precondition(Self.webServerRange.contains(webServers), "1 to 90 web servers")
        precondition(
            !nfs || webServers <= Self.webServersBesideNFS, "at most 5 web servers beside NFS")
        self.webServers = webServers
        self.arms = arms
        self.secondDirector = secondDirector
        self.vipOnDirector = vipOnDirector
        self.outside = outside
        self.nfs = nfs
        self.bare = bare
        self.xdp = xdp
    }

    /// The addresses between the director's and the VIP.
    public static let webServerRange = 1...90
    /// The sixth would have the NFS server's address.
    public static let webServersBesideNFS = 5

    /// The real servers, in order.
    public var webHosts: [Host] {
        (1...webServers).map(web)
    }

    /// One or two, with the same arms.
    public var directorHosts: [Host] {
        [director(.director, number: 4)]
            + (secondDirector ? [director(.director2, number: 95)] : [])
    }

    /// All hosts: client, directors, router, visitor and NFS server where there are some, real
    /// servers.
    public var hosts: [Host] {
        [client] + directorHosts + (hasRouter ? [router] : []) + (outside ? [visitor] : [])
            + (nfs ? [nfsServer] : []) + webHosts
    }

    var hasRouter: Bool { arms == .two || outside }

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
        DirectorSettings(
            interface: "eth0", acceleration: xdp ? .on : .auto, runtimeDirectory: runtimeDirectory,
            services: [service(vip, realServers: webHosts.map(\.address))])
    }

    /// The same service over IPv6.
    public var service6: VirtualService {
        service(vip6, realServers: webHosts.map(\.address6))
    }

    private func service(_ vip: IPAddress, realServers: [IPAddress]) -> VirtualService {
        VirtualService(
            address: ServiceAddress(address: vip, port: 80, transport: .tcp), scheduler: .rr,
            arp: vipOnDirector ? .host : .director,
            realServers: realServers.map { RealServer(address: $0) })
    }
}
