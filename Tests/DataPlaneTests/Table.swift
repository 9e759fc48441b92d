// SPDX-License-Identifier: Apache-2.0

import LVSModel

/// The seed deployment's forwarding table, to be varied by tests.
struct Table {
    static let ingress = ForwardingTable.Interface(index: 2, mac: Frame.director)

    static func mac(_ host: UInt64) -> MACAddress {
        MACAddress(rawValue: 0x0200_0000_0000 + host)
    }

    static func ports(_ text: String) -> PortSet {
        guard let ports = PortSet(text) else { preconditionFailure("no ports: \(text)") }
        return ports
    }

    /// A real server 192.168.142.HOST whose MAC ends in HOST; its index is HOST too.
    static func real(
        _ host: UInt32, weight: UInt16 = 1, up: Bool = true, down: Bool = false,
        upper: UInt32 = 0, lower: UInt32 = 0,
        egress: ForwardingTable.Interface = ingress
    ) -> ForwardingTable.Real {
        ForwardingTable.Real(
            index: host,
            realServer: RealServer(
                address: IPAddress(ipv4: 0xC0A8_8E00 + host), weight: weight,
                upperThreshold: upper, lowerThreshold: lower),
            isDown: down,
            link: up ? ForwardingTable.Link(mac: mac(UInt64(host)), egress: egress) : nil)
    }

    static func service(
        _ index: UInt32 = 0, vip: String = "192.168.142.100", port: UInt16 = 80,
        ports: PortSet? = nil, transport: TransportProtocol = .tcp, scheduler: Scheduler = .rr,
        flags: Set<SchedulerFlag> = [],
        persistence: Persistence? = nil, onePacket: Bool = false,
        onDown: OnDownPolicy = .reschedule, arp: ARPMode = .director,
        reals: [ForwardingTable.Real] = [real(5), real(6)]
    ) -> ForwardingTable.Service {
        let name = ServiceAddress(
            address: ip(vip), ports: ports ?? PortSet(port), transport: transport)
        return ForwardingTable.Service(
            index: index,
            service: VirtualService(
                address: name, scheduler: scheduler, schedulerFlags: flags,
                persistence: persistence,
                onePacket: onePacket, onDown: onDown, arp: arp),
            realServers: reals)
    }

    static func of(
        _ services: ForwardingTable.Service..., sourceMAC: SourceMACMode = .director,
        timeouts: FlowTimeouts = FlowTimeouts()
    ) -> ForwardingTable {
        ForwardingTable(
            ingress: ingress, sourceMAC: sourceMAC, timeouts: timeouts, services: services)
    }
}
