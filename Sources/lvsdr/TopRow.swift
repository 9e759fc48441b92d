// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import ControlMessages
import LVSModel

/// A real server of a service, a line of `lvsdr top`.
struct TopRow {
    /// What tells it from the others.
    struct Name: Hashable {
        var service: ServiceAddress
        var realServer: IPAddress
    }

    var service: ServiceMessage
    var real: RealServerMessage

    /// nil for what a newer director calls in another way.
    var name: Name? {
        guard let vip = IPAddress(service.address), let ports = PortSet(service.ports),
            let transport = TransportProtocol(rawValue: service.protocol),
            let address = IPAddress(real.address)
        else { return nil }
        return Name(
            service: ServiceAddress(address: vip, ports: ports, transport: transport),
            realServer: address)
    }

    /// All of them, sorted; those that are equal as the director lists them.
    static func sorted(
        _ services: [ServiceMessage], by order: TopOrder, isReversed: Bool, over period: Period
    ) -> [TopRow] {
        let rows = services.flatMap { service in
            service.realServers.map { TopRow(service: service, real: $0) }
        }
        guard order != .name else { return isReversed ? rows.reversed() : rows }
        let keys = rows.enumerated().map { (figure: order.figure(of: $1, over: period), index: $0) }
        return keys.sorted {
            guard $0.figure != $1.figure else { return $0.index < $1.index }
            return isReversed ? $0.figure < $1.figure : $0.figure > $1.figure
        }.map { rows[$0.index] }
    }
}

/// What the lines of `lvsdr top` are sorted by; numbers have the greatest first.
enum TopOrder: String, CaseIterable, ExpressibleByArgument {
    case connections
    case packets
    case bytes
    case active
    /// The director's order: services with their real servers as they were added.
    case name

    var key: Character { rawValue.first ?? " " }

    /// A real server that was not watched for so long stands behind those that were.
    fileprivate func figure(of row: TopRow, over period: Period) -> Double {
        let rate = row.real.rates[period]
        switch self {
        case .connections: return rate?.connections ?? -1
        case .packets: return rate?.packets ?? -1
        case .bytes: return rate?.bytes ?? -1
        case .active: return Double(row.real.activeFlows)
        case .name: return 0
        }
    }
}
