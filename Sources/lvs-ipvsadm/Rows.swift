// SPDX-License-Identifier: Apache-2.0

import ControlMessages
import IPVSCompatibility
import LVSModel

// What the director tells, as ipvsadm's rows.

extension IPVSServiceRow {
    init?(_ message: ServiceMessage) {
        guard let vip = IPAddress(message.address), let ports = PortSet(message.ports),
            let transport = TransportProtocol(rawValue: message.protocol)
        else { return nil }
        self.init(
            address: ServiceAddress(address: vip, ports: ports, transport: transport),
            scheduler: message.scheduler, schedulerFlags: message.schedulerFlags,
            onePacket: message.onePacket,
            figures: IPVSFigures(
                total: Traffic(
                    connections: message.connections, packets: message.packets,
                    bytes: message.bytes), rate: Traffic(message.rates)),
            realServers: message.realServers.compactMap(IPVSRealServerRow.init))
        if let timeout = message.persistence {
            persistence = Persistence(
                timeout: timeout,
                prefixLength: message.persistenceMask ?? UInt8(vip.family.bitCount))
        }
    }
}

extension IPVSRealServerRow {
    init?(_ message: RealServerMessage) {
        guard let address = IPAddress(message.address) else { return nil }
        let isQuiesced = message.administrativeState != AdministrativeState.enabled.rawValue
        self.init(
            address: address, weight: isQuiesced ? 0 : message.weight,
            upperThreshold: message.upperThreshold, lowerThreshold: message.lowerThreshold,
            flows: FlowCounts(
                active: message.activeFlows, inactive: message.inactiveFlows,
                persistent: message.persistentFlows),
            figures: IPVSFigures(
                total: Traffic(
                    connections: message.connections, packets: message.packets,
                    bytes: message.bytes), rate: Traffic(message.rates)))
    }
}

extension IPVSConnectionRow {
    init?(_ message: FlowMessage) {
        guard let transport = TransportProtocol(rawValue: message.protocol),
            let client = IPAddress(message.client), let vip = IPAddress(message.address)
        else { return nil }
        self.init(
            transport: transport, remaining: message.expires, state: message.state,
            client: client, clientPort: message.clientPort, vip: vip, vipPort: message.port,
            realServer: message.realServer.flatMap { IPAddress($0) })
    }
}

extension Traffic {
    /// In a second, over the last ten as IPVS's own average about has it.
    init(_ rates: RatesMessage) {
        let rate = rates.tenSeconds ?? rates.second
        self.init(
            connections: UInt64(rate?.connections ?? 0), packets: UInt64(rate?.packets ?? 0),
            bytes: UInt64(rate?.bytes ?? 0))
    }
}
