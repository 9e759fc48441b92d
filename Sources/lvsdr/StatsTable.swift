// SPDX-License-Identifier: Apache-2.0

import ControlMessages

/// The table of `lvsdr stats`, as rich as the width allows.
struct StatsTable {
    /// From the widest to the narrowest.
    enum Style: CaseIterable {
        case whole
        case shortNumbers
        case withoutDetail
        case withoutWeight
    }

    /// The first style that fits, else the narrowest.
    static func fitting(_ width: Int, services: [ServiceMessage]) -> Table {
        var table = Table(columns: [])
        for style in Style.allCases {
            table = StatsTable(style: style).table(services)
            if table.width <= width { break }
        }
        return table
    }

    private let style: Style

    private func table(_ services: [ServiceMessage]) -> Table {
        let titles = ["conns", "packets", "bytes", "active", "inactive"]
        var table = Table(
            columns: texts("", "", "", "").map { .init(title: $0) }
                + titles.map { .init(title: $0, alignment: .right) })
        for service in services {
            table.add(
                texts(service.name, service.scheduler, "", "")
                    + figures([
                        service.connections, service.packets, service.bytes,
                        UInt64(service.activeFlows), UInt64(service.inactiveFlows),
                    ]))
            for real in service.realServers {
                table.add(
                    texts(
                        real.name, real.state, "weight \(real.weight)",
                        real.reason ?? real.mac ?? "")
                        + figures([
                            real.connections, real.packets, real.bytes,
                            UInt64(real.activeFlows), UInt64(real.inactiveFlows),
                        ]))
            }
        }
        return table
    }

    /// The text cells that the style has.
    private func texts(
        _ name: String, _ state: String, _ weight: String, _ detail: String
    ) -> [String] {
        switch style {
        case .whole, .shortNumbers: [name, state, weight, detail]
        case .withoutDetail: [name, state, weight]
        case .withoutWeight: [name, state]
        }
    }

    private func figures(_ numbers: [UInt64]) -> [String] {
        numbers.map(style == .whole ? Figures.grouped : Figures.compact)
    }
}
