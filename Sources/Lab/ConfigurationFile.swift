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
            ] + (workers.map { ["workers: \($0)"] } ?? []) + ["services:"]
            + services.flatMap(Self.lines)
        return lines.map { $0 + "\n" }.joined()
    }

    private static func lines(_ service: VirtualService) -> [String] {
        let flags = service.schedulerFlags.map(\.rawValue).sorted()
        return [
            "  - address: \(service.address.address)",
            "    port: \(service.address.ports)",
            "    protocol: \(service.address.transport.rawValue)",
            "    scheduler: \(service.scheduler.rawValue)",
            "    arp: \(service.arp.rawValue)",
            "    scheduler-flags: [\(flags.joined(separator: ", "))]",
            "    real-servers:",
        ]
            + service.realServers.flatMap {
                ["      - address: \($0.address)", "        weight: \($0.weight)"]
            }
    }
}
