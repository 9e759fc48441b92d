// SPDX-License-Identifier: Apache-2.0

import LVSModel

@testable import ControlPlane

/// Builds an address from text that is known to be one.
func ip(_ text: String) -> IPAddress {
    guard let address = IPAddress(text) else { preconditionFailure("\(text) is no address") }
    return address
}

/// The MAC address `02:00:00:00:00:xx`.
func mac(_ last: UInt64) -> MACAddress {
    MACAddress(rawValue: 0x0200_0000_0000 | last)
}

/// What the kernel of a director with two real servers knows, as values that a test changes.
struct DirectorHost: Sendable {
    static let vip = ip("192.168.142.100")
    static let web1 = ip("192.168.142.5")
    static let web2 = ip("192.168.142.6")
    static let service = ServiceAddress(address: vip, port: 80, transport: .tcp)
    static let eth0 = HostLink(index: 2, name: "eth0", mac: mac(4), isRunning: true, mtu: 1500)
    static let eth1 = HostLink(index: 3, name: "eth1", mac: mac(0x14), isRunning: true, mtu: 1500)
    static let entry1 = NeighbourKey(interface: 2, address: web1)
    static let entry2 = NeighbourKey(interface: 2, address: web2)

    static let settings = DirectorSettings(
        interface: "eth0",
        services: [
            VirtualService(
                address: service, scheduler: .rr,
                realServers: [RealServer(address: web1), RealServer(address: web2, weight: 3)])
        ])

    var links = [eth0, eth1]
    var routes: [IPAddress: HostRoute] = [
        web1: .onLink(interface: 2), web2: .onLink(interface: 2),
    ]
    var neighbours = [
        HostNeighbour(interface: 2, address: web1, mac: mac(5)),
        HostNeighbour(interface: 2, address: web2, mac: mac(6)),
    ]
    /// The addresses of its interfaces.
    var heldAddresses: Set<IPAddress> = [ip("192.168.142.4")]

    func link(index: Int32) -> HostLink? {
        links.first { $0.index == index }
    }

    func link(named name: String) -> HostLink? {
        links.first { $0.name == name }
    }

    func route(to address: IPAddress) -> HostRoute {
        routes[address] ?? .unreachable
    }
}

extension HostLink {
    func with(isRunning: Bool) -> HostLink {
        HostLink(index: index, name: name, mac: mac, isRunning: isRunning, mtu: mtu)
    }

    func with(mac: MACAddress?) -> HostLink {
        HostLink(index: index, name: name, mac: mac, isRunning: isRunning, mtu: mtu)
    }
}

extension DataPlaneCounters {
    /// A reading in which only these figures are not nothing.
    static func reading(
        ringDrops: UInt64 = 0, services: [UInt32: Traffic] = [:],
        realServers: [UInt32: RealCounters] = [:]
    ) -> DataPlaneCounters {
        DataPlaneCounters(
            exits: [], ringFrames: 0, ringDrops: ringDrops, flows: 0, flowCapacity: 1024,
            services: services, realServers: realServers)
    }
}

/// A link to a real server through eth0.
func throughEth0(_ last: UInt64) -> ForwardingTable.Link {
    ForwardingTable.Link(
        mac: mac(last), egress: ForwardingTable.Interface(index: 2, mac: mac(4)))
}
