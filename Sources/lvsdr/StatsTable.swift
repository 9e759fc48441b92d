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
        case withoutTraffic
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

    private static let titles = ["conns", "packets", "bytes", "active", "inactive", "persistent"]

    private let style: Style

    private func table(_ services: [ServiceMessage]) -> Table {
        let isPersistent = services.contains { $0.persistence != nil || $0.persistentFlows > 0 }
        let shown = figures(withPersistent: isPersistent)
        var table = Table(
            columns: texts("", "", "", "").map { .init(title: $0) }
                + shown.map { .init(title: Self.titles[$0], alignment: .right) })
        for service in services {
            table.add(
                texts(service.name, service.scheduler, "", "")
                    + shown.map { text(service.figures[$0]) })
            for real in service.realServers {
                table.add(
                    texts(
                        service.name(of: real), real.state, "weight \(real.weight)",
                        real.reason ?? real.mac ?? "")
                        + shown.map { text(real.figures[$0]) })
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
        case .withoutWeight, .withoutTraffic: [name, state]
        }
    }

    /// The numbers that the style has, by their places among the titles.
    private func figures(withPersistent isPersistent: Bool) -> [Int] {
        switch style {
        case .whole, .shortNumbers, .withoutDetail: Array(0..<(isPersistent ? 6 : 5))
        case .withoutWeight: Array(0..<5)
        case .withoutTraffic: [0, 3, 4]
        }
    }

    private func text(_ number: UInt64) -> String {
        style == .whole ? Figures.grouped(number) : Figures.compact(number)
    }
}

extension ServiceMessage {
    /// In the order of the table's titles.
    fileprivate var figures: [UInt64] {
        [connections, packets, bytes]
            + [activeFlows, inactiveFlows, persistentFlows].map(UInt64.init)
    }
}

extension RealServerMessage {
    fileprivate var figures: [UInt64] {
        [connections, packets, bytes]
            + [activeFlows, inactiveFlows, persistentFlows].map(UInt64.init)
    }
}
