// SPDX-License-Identifier: Apache-2.0

/// What contenders are configured with.
enum Rules {
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

    /// lvsdrd with one worker, as all other forwarders have one thread. UDP flows last as long as a
    /// comparison with many of them does.
    static func daemonConfiguration(
        ingress: String, folder: String, services: ServiceSet, scheduler: String
    ) -> String {
        """
        interface: \(ingress)
        runtime-directory: \(folder)
        flow-capacity: \(services.flowCapacity)
        workers: 1
        \(services == .usual ? "" : "timeouts: {udp: 1h}\n")services:
        \(services.text(scheduler: scheduler))
        """
    }
}
