// SPDX-License-Identifier: Apache-2.0

import LVSModel
import Lab
import Testing

extension InLab {
    @Suite("The doctor names what is wrong with real servers and the segment")
    struct DoctorRealServerTests {
        private let web1 = "192.168.142.5"

        private func settings(_ network: Network) -> DirectorSettings {
            network.topology.settings(runtimeDirectory: network.folder(of: .director))
        }

        @Test("real servers that can not be reached, or that are one host")
        func reach() async throws {
            try await withNetwork { network in
                var settings = settings(network)
                try await network.shell(
                    .director, "ip route add 10.20.0.0/24 via 192.168.142.3")
                try await network.shell(
                    .web(2), "ip address add 192.168.142.66/24 dev eth0")
                try await network.shell(.web(2), "ip address add \(web1)/24 dev eth0")
                let others = ["10.20.0.1", "10.30.0.1", "192.168.142.4", "192.168.142.77"]
                for name in others + ["192.168.142.66"] {
                    let address = try #require(IPAddress(name))
                    settings.services[0].realServers.append(RealServer(address: address))
                }
                let report = try await network.doctor(settings)
                #expect(report.exitStatus == 2)
                #expect(
                    report.names(
                        "real-route", "broken", "10.20.0.1", found: "router 192.168.142.3"))
                #expect(report.names("real-route", "broken", "10.30.0.1", found: "no route"))
                #expect(report.names("real-route", "broken", "192.168.142.4", found: "itself"))
                #expect(
                    report.names(
                        "real-mac", "broken", "192.168.142.77",
                        mend: "arping -I eth0 192.168.142.77"))
                #expect(report.names("real-mac", "broken", web1, found: "several hosts"))
                #expect(
                    report.names(
                        "real-mac-shared", "warning", "192.168.142.6, 192.168.142.66",
                        found: "\(network.topology[.web(2)].mac)"))
            }
        }

        @Test("a VIP that is missing, a closed port, a small MTU, the director as gateway")
        func serving() async throws {
            try await withNetwork { network in
                var settings = settings(network)
                var closed = settings.services[0]
                closed.address = ServiceAddress(
                    address: network.topology.vip, port: 81, transport: .tcp)
                closed.realServers.removeFirst()
                settings.services.append(closed)
                try await network.shell(
                    .web(1),
                    """
                    ip address del \(network.vip)/32 dev lo
                    ip link set eth0 mtu 1400
                    ip route replace default via 192.168.142.4
                    """)
                let report = try await network.doctor(settings)
                #expect(report.exitStatus == 2)
                #expect(
                    report.names(
                        "real-vip", "broken", web1, found: "answers for itself",
                        mend: "lvsdr realserver apply --vip \(network.vip)"))
                #expect(report.names("real-mtu", "broken", web1, found: "1500 bytes"))
                #expect(report.names("real-gateway", "broken", web1, mend: "default via"))
                #expect(report.names("real-port", "not-checked", web1))
                #expect(
                    report.names(
                        "real-port", "broken", "192.168.142.6", found: "100:81 is closed"))
                #expect(report.names("real-port", "ok", "192.168.142.6", found: "100:80"))
                #expect(report.problems.count == 5, "\(report.problems)")

                try await network.shell(
                    .web(1),
                    """
                    ip address add \(network.vip)/32 dev lo
                    ip link set eth0 mtu 1500
                    ip route del default
                    """)
                settings.services.removeLast()
                #expect(try await network.doctor(settings).problems == [])
            }
        }

        @Test("a real server that passes on what is for the VIP does not have it", .withoutXDPPort)
        func forwarding() async throws {
            try await withDirector { network, daemon in
                try await network.shell(
                    .web(1),
                    """
                    ip address del \(network.vip)/32 dev lo; ip route del \(network.vip) dev lo
                    sysctl -qw net.ipv4.ip_forward=1
                    """)
                let report = try await network.doctor(daemon.settings)
                #expect(
                    report.names("real-vip", "broken", web1, found: "passes on"),
                    "\(report.problems)")
            }
        }

        @Test("hosts that speak for the VIP: a real server twice, and a stranger")
        func claims() async throws {
            try await withNetwork { network in
                let settings = settings(network)
                try await network.shell(
                    .web(1),
                    """
                    sysctl -qw net.ipv4.conf.all.arp_ignore=0 net.ipv4.conf.all.arp_announce=0
                    sysctl -qw net.ipv4.conf.lo.arp_ignore=0 net.ipv4.conf.lo.arp_announce=0
                    ip neighbour flush all
                    """)
                try await network.shell(
                    .client, "ip address add \(network.vip)/32 dev eth0")
                let report = try await network.doctor(settings)
                #expect(
                    report.names(
                        "real-arp", "broken", web1, found: "arp_ignore",
                        mend: "lvsdr realserver apply"))
                #expect(report.names("real-arp", "broken", web1, found: "arp_announce"))
                #expect(
                    report.names(
                        "vip-claims", "broken", network.vip,
                        found: "\(network.topology[.client].mac)"))
                #expect(report.problems.allSatisfy { !$0.contains("192.168.142.6") })
                var paired = settings
                paired.peers = [network.topology[.client].mac]
                #expect(try await network.doctor(paired).names("vip-claims", "ok", network.vip))
            }
        }

        @Test("the same over IPv6")
        func ipv6() async throws {
            try await withNetwork { network in
                var settings = settings(network)
                settings.services = [network.topology.service6]
                #expect(try await network.doctor(settings).problems == [])
                let vip6 = "\(network.topology.vip6)"
                try await network.shell(
                    .web(1),
                    """
                    ip address del \(vip6)/128 dev lo
                    ip link set eth0 mtu 1400
                    ip route replace default via \(network.topology[.director].address6)
                    """)
                try await network.shell(.web(2), "ip address add \(vip6)/128 dev eth0 nodad")
                let report = try await network.doctor(settings)
                let name = "\(network.topology[.web(1)].address6)"
                #expect(report.names("real-vip", "broken", name))
                #expect(report.names("real-mtu", "broken", name))
                #expect(report.names("real-gateway", "broken", name))
                #expect(
                    report.names("real-arp", "broken", "\(network.topology[.web(2)].address6)"))
                #expect(report.problems.count == 5, "\(report.problems)")
            }
        }
    }
}
