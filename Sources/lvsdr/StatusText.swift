// SPDX-License-Identifier: Apache-2.0

import ControlMessages

/// What `lvsdr status` prints: problems first, then the director, then its real servers.
struct StatusText {
    var status: StatusMessage
    var services: ServicesMessage

    var lines: [String] {
        problems + director + services.services.flatMap { [""] + lines(of: $0) }
            + (services.services.isEmpty ? ["", "No virtual services."] : [])
    }

    private var problems: [String] {
        guard !status.problems.isEmpty else { return [] }
        let count = Figures.plural(UInt64(status.problems.count), "problem")
        return ["\(count):"] + status.problems.map { "  \($0)" } + [""]
    }

    private var director: [String] {
        var table = Table(columns: [.init(), .init()])
        let uptime = Figures.duration(seconds: status.uptimeSeconds)
        table.add(["Director", "\(status.phase), up \(uptime), version \(status.version)"])
        table.add(["Interface", interface])
        table.add([
            "Flows",
            "\(Figures.grouped(status.flows.count)) of \(Figures.grouped(status.flows.capacity))",
        ])
        return table.lines
    }

    private var interface: String {
        guard let interface = status.interface else { return "not there" }
        return [
            interface.name, interface.mac ?? "no MAC address",
            interface.running ? "running" : "NOT RUNNING", "MTU \(interface.mtu)",
        ].joined(separator: ", ")
    }

    private func lines(of service: ServiceMessage) -> [String] {
        let all = service.realServers
        let (up, others) = (all.filter(\.isUp), all.filter { !$0.isUp })
        var table = Table(columns: Array(repeating: .init(), count: 4))
        for real in others + up {
            table.add([service.name(of: real), real.state, real.weightText, real.detail])
        }
        let share =
            all.isEmpty
            ? "no real servers"
            : "\(up.count) of \(Figures.plural(UInt64(all.count), "real server")) up"
        let words = [service.name, service.scheduler] + service.policies + [share]
        return [words.joined(separator: "  ")] + table.lines
    }
}
