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
                "timeouts:",
                "  tcp: \(timeouts.tcp)",
                "  tcp-fin: \(timeouts.tcpFin)",
                "  udp: \(timeouts.udp)",
                "services:",
            ] + services.flatMap(Self.lines)
        return lines.map { $0 + "\n" }.joined()
    }

    private static func lines(_ service: VirtualService) -> [String] {
        [
            "  - address: \(service.address.address)",
            "    port: \(service.address.port)",
            "    protocol: \(service.address.transport.rawValue)",
            "    scheduler: \(service.scheduler.rawValue)",
            "    arp: \(service.arp.rawValue)",
            "    real-servers:",
        ]
            + service.realServers.flatMap {
                ["      - address: \($0.address)", "        weight: \($0.weight)"]
            }
    }
}
