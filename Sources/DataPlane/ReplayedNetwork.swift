// SPDX-License-Identifier: Apache-2.0

public import LVSModel

/// The network that a capture was taken in, as far as a director has to know it: what the kernel
/// would have told a running one.
public struct ReplayedNetwork: Hashable, Sendable {
    /// Of the director's interface in the capture.
    public var director: MACAddress
    /// By RIP. A real server that is missing here is down, for it has no MAC address; so is one that
    /// has the director's.
    public var realServers: [IPAddress: MACAddress]

    public init(director: MACAddress, realServers: [IPAddress: MACAddress]) {
        self.director = director
        self.realServers = realServers
    }

    /// The forwarding table that a director with these settings would have in this network.
    ///
    /// All is on one interface, of the index 1. Services and real servers are numbered in the order
    /// of the settings, from 0.
    ///
    /// - Precondition: at most 16,384 services and 131,072 real servers.
    public func table(for settings: DirectorSettings) -> ForwardingTable {
        let interface = ForwardingTable.Interface(index: 1, mac: director)
        var next: UInt32 = 0
        let services = settings.services.enumerated().map { index, service in
            ForwardingTable.Service(
                index: UInt32(index), service: service,
                realServers: service.realServers.map { real in
                    defer { next += 1 }
                    return ForwardingTable.Real(
                        index: next, realServer: real,
                        link: link(to: real.address, by: interface))
                })
        }
        return ForwardingTable(
            ingress: interface, sourceMAC: settings.sourceMAC, timeouts: settings.timeouts,
            answers: settings.answers, services: services)
    }

    /// A frame to the director's own MAC address would come back to it.
    private func link(
        to realServer: IPAddress, by interface: ForwardingTable.Interface
    ) -> ForwardingTable.Link? {
        guard let mac = realServers[realServer], mac != director else { return nil }
        return ForwardingTable.Link(mac: mac, egress: interface)
    }
}
