// SPDX-License-Identifier: Apache-2.0

import ControlMessages

/// The table of `lvsdr stats`: of each service and real server its state and its numbers.
struct StatsTable {
    /// A column of numbers.
    private struct Column {
        var title: String
        /// The level from which it is not there.
        var goneFrom = Int.max
        var service: (ServiceMessage) -> Table.Cell
        var realServer: (RealServerMessage) -> Table.Cell
    }

    /// What was counted.
    static func totals(_ services: [ServiceMessage]) -> Table {
        let isPersistent = services.contains { $0.persistence != nil || $0.persistentFlows > 0 }
        let columns =
            [
                Column(
                    title: "conns", service: { count($0.connections) },
                    realServer: { count($0.connections) }),
                Column(
                    title: "packets", goneFrom: 4, service: { count($0.packets) },
                    realServer: { count($0.packets) }),
                Column(
                    title: "bytes", goneFrom: 4, service: { count($0.bytes) },
                    realServer: { count($0.bytes) }),
            ] + flows
        let persistent = Column(
            title: "persistent", goneFrom: 3, service: { count(UInt64($0.persistentFlows)) },
            realServer: { count(UInt64($0.persistentFlows)) })
        return table(services, columns + (isPersistent ? [persistent] : []))
    }

    /// What came in a second, on the average over a period.
    static func rates(_ services: [ServiceMessage], over period: Period) -> Table {
        func column(
            _ title: String, goneFrom: Int = .max, _ figure: @escaping (RateMessage) -> Double
        ) -> Column {
            Column(
                title: title, goneFrom: goneFrom,
                service: { Table.Cell(Figures.rate($0.rates[period].map(figure))) },
                realServer: { Table.Cell(Figures.rate($0.rates[period].map(figure))) })
        }
        let columns = [
            column("conns/s", \.connections), column("packets/s", goneFrom: 4, \.packets),
            column("bytes/s", goneFrom: 4, \.bytes),
        ]
        return table(services, columns + flows)
    }

    private static var flows: [Column] {
        [
            Column(
                title: "active", service: { count(UInt64($0.activeFlows)) },
                realServer: { count(UInt64($0.activeFlows)) }),
            Column(
                title: "inactive", goneFrom: 5, service: { count(UInt64($0.inactiveFlows)) },
                realServer: { count(UInt64($0.inactiveFlows)) }),
        ]
    }

    private static func count(_ number: UInt64) -> Table.Cell {
        Table.Cell(Figures.grouped(number), short: Figures.compact(number))
    }

    private static func table(_ services: [ServiceMessage], _ columns: [Column]) -> Table {
        var table = Table(
            columns: [.init(), .init(shortFrom: 4), .init(goneFrom: 3), .init(goneFrom: 2)]
                + columns.map {
                    .init(
                        title: $0.title, alignment: .right, shortFrom: 1, goneFrom: $0.goneFrom)
                })
        for service in services {
            table.add(
                [Table.Cell(service.name), service.scheduling, Table.Cell(""), Table.Cell("")]
                    + columns.map { $0.service(service) })
            for real in service.realServers {
                table.add(
                    [
                        Table.Cell(service.name(of: real)), service.state(of: real),
                        Table.Cell("weight \(real.weight)"),
                        Table.Cell(real.reason ?? real.mac ?? ""),
                    ] + columns.map { $0.realServer(real) })
            }
        }
        return table
    }
}
