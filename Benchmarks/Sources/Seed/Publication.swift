// SPDX-License-Identifier: Apache-2.0

import DataPlane
import LVSModel

/// A forwarder on the memory port, and a forwarding table that is published again and again with
/// another weight.
public struct Publication: ~Copyable {
    private var plane: MemoryDataPlane
    private var table: ForwardingTable

    /// - Parameters:
    ///   - services: 1...16,384, with one port of one VIP each.
    ///   - realServers: of each service; in all 131,072 at most.
    public init(services: Int, realServers: Int, scheduler: Scheduler) throws {
        let ingress = ForwardingTable.Interface(
            index: 2, mac: MACAddress(rawValue: 0x0200_0000_0004))
        let link = ForwardingTable.Link(
            mac: MACAddress(rawValue: 0x0200_0000_1000), egress: ingress)
        let table = ForwardingTable(
            ingress: ingress, sourceMAC: .director, timeouts: FlowTimeouts(),
            services: (0..<services).map { index in
                let address = ServiceAddress(
                    address: IPAddress(ipv4: 0x0A00_0000 + UInt32(index)), port: 80, transport: .tcp
                )
                let reals = (0..<realServers).map { real in
                    let number = UInt32(index * realServers + real)
                    return ForwardingTable.Real(
                        index: number,
                        realServer: RealServer(address: IPAddress(ipv4: 0x0B00_0000 + number)),
                        link: link)
                }
                return ForwardingTable.Service(
                    index: UInt32(index),
                    service: VirtualService(address: address, scheduler: scheduler),
                    realServers: reals)
            })
        var plane = try MemoryDataPlane()
        try plane.publish(table)
        self.table = table
        self.plane = plane
    }

    /// Publishes the table with another weight of one real server.
    public mutating func publish() throws {
        let real = table.services[0].realServers[0]
        table.services[0].realServers[0].weight = real.weight == 1 ? 2 : 1
        try plane.publish(table)
    }
}
