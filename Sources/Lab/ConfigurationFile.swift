// SPDX-License-Identifier: Apache-2.0

import LVSModel

extension DirectorSettings {
    /// The settings as `lvsdrd --config` reads them.
    var configurationFile: String {
        let lines =
            [
                "interface: \(interface)",
                "runtime-directory: \(runtimeDirectory)",
                "source-mac: \(sourceMAC.rawValue)",
                "flow-capacity: \(flowCapacity)",
                "no-flow: \(answers.noFlow.rawValue)",
                "no-real-server: \(answers.noRealServer.rawValue)",
                "answers-per-second: \(answers.perSecond)",
                "timeouts:",
                "  tcp: \(timeouts.tcp)",
                "  tcp-fin: \(timeouts.tcpFin)",
                "  udp: \(timeouts.udp)",
            ] + (workers.map { ["workers: \($0)"] } ?? [])
            + Self.list("services", services.flatMap(Self.lines))
        return lines.map { $0 + "\n" }.joined()
    }

    private static func lines(_ service: VirtualService) -> [String] {
        let flags = service.schedulerFlags.map(\.rawValue).sorted()
        let reals = list("real-servers", service.realServers.flatMap(lines))
        return [
            "  - address: \(text(service.address.address))",
            "    \(text(service.address.ports))",
            "    protocol: \(service.address.transport.rawValue)",
            "    scheduler: \(service.scheduler.rawValue)",
            "    scheduler-flags: [\(flags.joined(separator: ", "))]",
        ]
            + (service.persistence.map(lines) ?? []) + [
                "    one-packet: \(service.onePacket)",
                "    on-down: \(service.onDown.rawValue)",
                "    arp: \(service.arp.rawValue)",
            ] + reals.map { "    " + $0 }
    }

    private static func lines(_ persistence: Persistence) -> [String] {
        [
            "    persistence: \(persistence.timeout)",
            "    persistence-mask: \(persistence.prefixLength)",
        ]
    }

    private static func lines(_ real: RealServer) -> [String] {
        [
            "  - address: \(text(real.address))",
            "    weight: \(real.weight)",
            "    upper-threshold: \(real.upperThreshold)",
            "    lower-threshold: \(real.lowerThreshold)",
        ]
    }

    private static func list(_ key: String, _ items: [String]) -> [String] {
        items.isEmpty ? ["\(key): []"] : ["\(key):"] + items
    }

    /// In quotes where YAML could read its colons otherwise, as in `fd00::`.
    private static func text(_ address: IPAddress) -> String {
        address.family == .ipv4 ? "\(address)" : "\"\(address)\""
    }

    /// The key that fits and its value.
    private static func text(_ ports: PortSet) -> String {
        if let port = ports.single { return "port: \(port)" }
        return ports.isAny ? "ports: any" : "ports: [\(ports)]"
    }
}
