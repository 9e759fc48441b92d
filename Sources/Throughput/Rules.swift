// SPDX-License-Identifier: Apache-2.0

/// What contenders are configured with.
enum Rules {
    static let serviceCount = 4

    /// One rule for each kind of frame: both MACs, the real server's by a hash of the flow, and on.
    static func text(ingress: String) -> String {
        """
        table netdev bench {
            chain ingress {
                type filter hook ingress device "\(ingress)" priority 0; policy accept;
                \(rule("ip", Wiring.vip, "udp", "\(Wiring.udpPort)"))
                \(rule("ip", Wiring.vip, "tcp", "{ \(Wiring.tcpPort), \(Wiring.iperfPort) }"))
                \(rule("ip6", Wiring.vip6, "udp", "\(Wiring.udpPort)"))
            }
        }

        """
    }

    private static func rule(_ family: String, _ vip: String, _ l4: String, _ ports: String)
        -> String
    {
        "\(family) daddr \(vip) \(l4) dport \(ports) ether saddr set \(Wiring.egressMAC)"
            + " ether daddr set jhash \(family) saddr . \(l4) sport mod 2"
            + " map { 0 : \(Wiring.realMAC), 1 : \(Wiring.realMAC) } fwd to \"eth1\""
    }

    /// lvsdrd with one worker, as all other forwarders have one thread, and with room for the flows of
    /// all scenarios.
    static func daemonConfiguration(ingress: String, folder: String, scheduler: String) -> String {
        let services = [
            service(Wiring.vip, Wiring.udpPort, "udp", Wiring.real, scheduler),
            service(Wiring.vip, Wiring.tcpPort, "tcp", Wiring.real, scheduler),
            service(Wiring.vip, Wiring.iperfPort, "tcp", Wiring.real, scheduler),
            service(Wiring.vip6, Wiring.udpPort, "udp", Wiring.real6, scheduler),
        ]
        return """
            interface: \(ingress)
            runtime-directory: \(folder)
            flow-capacity: 1572864
            workers: 1
            services:
            \(services.joined())
            """
    }

    private static func service(
        _ vip: String, _ port: Int, _ l4: String, _ real: String, _ scheduler: String
    ) -> String {
        """
          - address: "\(vip)"
            port: \(port)
            protocol: \(l4)
            scheduler: \(scheduler)
            real-servers:
              - address: "\(real)"

        """
    }
}
