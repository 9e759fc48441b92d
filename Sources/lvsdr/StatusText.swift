// SPDX-License-Identifier: Apache-2.0

import ControlMessages

/// What `lvsdr status` prints: problems first, then the director, then its real servers.
struct StatusText {
    var status: StatusMessage
    var services: ServicesMessage
    /// Columns of the terminal.
    var width: Int
    /// Seconds since 1970.
    var now: UInt64

    var lines: [Line] {
        problems + director + services.services.flatMap { [Line()] + lines(of: $0) }
            + (services.services.isEmpty ? ["", "No virtual services."] : [])
    }

    private var problems: [Line] {
        guard !status.problems.isEmpty else { return [] }
        let count = Figures.plural(UInt64(status.problems.count), "problem")
        return [Line("\(count):", .bad)]
            + status.problems.flatMap { Line.wrapped($0, head: "  ", width: width) } + [Line()]
    }

    private var director: [Line] {
        let flows = status.flows
        let uptime = Figures.duration(seconds: status.uptimeSeconds)
        let evicted = flows.evicted == 0 ? "" : ", \(Figures.grouped(flows.evicted)) made room"
        let changes = Figures.plural(status.macChanges, "MAC address change")
        let conflicts = Figures.plural(status.arpConflicts, "ARP conflict")
        var rows = [
            (
                "Director",
                "\(status.role), \(status.phase), up \(uptime), version \(status.version)"
            ),
            ("Interface", interface),
            (
                "Flows",
                "\(Figures.grouped(flows.count)) of \(Figures.grouped(flows.capacity))\(evicted)"
            ),
            ("Traffic", traffic),
            ("Replies", "n/a: they do not pass the director"),
            ("Segment", "\(changes) of real servers, \(conflicts) over VIPs"),
        ]
        if let acceleration = status.acceleration {
            rows.insert(("XDP", words(of: acceleration)), at: 2)
        }
        return rows.flatMap { name, text in
            let blanks = String(repeating: " ", count: 11 - name.count)
            return Line.wrapped(text, head: name + blanks, width: width)
        }
    }

    private var traffic: String {
        guard let rate = status.rates[.second] else { return "n/a: not watched for a second yet" }
        return "\(Figures.rate(rate.connections)) connections/s, "
            + "\(Figures.rate(rate.packets)) packets/s, \(Figures.rate(rate.bytes)) bytes/s"
    }

    private var interface: String {
        guard let interface = status.interface else { return "not there" }
        return [
            interface.name, interface.mac ?? "no MAC address",
            interface.running ? "running" : "NOT RUNNING", "MTU \(interface.mtu)", port,
        ].joined(separator: ", ")
    }

    private var port: String {
        switch status.port {
        case "packet": "AF_PACKET"
        case "xdp-copy": "AF_XDP with copies"
        case "xdp-zero-copy": "AF_XDP without copies"
        default: status.port
        }
    }

    private func words(of services: AccelerationMessage) -> String {
        let sent = services.bySlots + services.byLines
        guard sent > 0 else { return "accelerates no virtual service" }
        let crowded = services.withoutRoom
        let parts = [
            services.bySlots == 0 ? nil : "\(services.bySlots) by slots",
            services.byLines == 0
                ? nil
                : "\(services.byLines) by flow lines"
                    + (crowded == 0 ? "" : " (\(crowded) of them for want of room for slots)"),
            services.inUserspace == 0 ? nil : "\(services.inUserspace) left to userspace",
        ]
        let count = Figures.plural(UInt64(sent), "virtual service")
        return "accelerates \(count): " + parts.compactMap(\.self).joined(separator: ", ")
    }

    private func lines(of service: ServiceMessage) -> [Line] {
        let all = service.realServers
        let (up, others) = (all.filter(\.isUp), all.filter { !$0.isUp })
        let share =
            all.isEmpty
            ? "no real servers"
            : "\(up.count) of \(Figures.plural(UInt64(all.count), "real server")) up"
        let words = [service.name, service.scheduling.text] + service.policies + [share]
        let head = Line.wrapped(words.joined(separator: "  "), width: width, style: .heading)
        return head
            + RealServerTable(service: service, realServers: others + up, now: now)
            .lines(within: width)
    }
}

/// The real servers of a service, each with its state and why it is so.
struct RealServerTable {
    var service: ServiceMessage
    var realServers: [RealServerMessage]
    /// Seconds since 1970.
    var now: UInt64

    /// From this level on the details stand below their real server.
    private static let detailsBelow = 2

    func lines(within width: Int) -> [Line] {
        let table = table
        let level = table.level(within: width)
        let lines = table.lines(at: level).map { $0.clipped(to: width) }
        guard level >= Self.detailsBelow else { return lines }
        return zip(lines, realServers).flatMap { line, real in
            [line] + Line.wrapped(detail(of: real), head: "     ", width: width)
        }
    }

    private var table: Table {
        var table = Table(columns: [
            .init(), .init(), .init(goneFrom: 4), .init(shortFrom: 1, goneFrom: 3),
            .init(goneFrom: Self.detailsBelow),
        ])
        for real in realServers {
            let check = real.check.map { Table.Cell($0.text, short: $0.shortText) }
            table.add([
                Table.Cell(service.name(of: real)), service.state(of: real),
                Table.Cell(real.weightText), check ?? Table.Cell("no check"),
                Table.Cell(detail(of: real)),
            ])
        }
        return table
    }

    private func detail(of real: RealServerMessage) -> String {
        var parts = [real.detail]
        if service.holds(real) { parts.append("held in by minimum-up") }
        if let drain = real.drain(now: now) { parts.append(drain) }
        if real.isUp, let failure = real.check?.lastFailure {
            parts.append("its last check failed: \(failure)")
        }
        return parts.filter { !$0.isEmpty }.joined(separator: "; ")
    }
}
