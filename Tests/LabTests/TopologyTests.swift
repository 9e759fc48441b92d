// SPDX-License-Identifier: Apache-2.0

import LVSModel
import Testing

@testable import Lab

struct TopologyTests {
    @Test("the plain topology is the reference deployment")
    func reference() {
        let topology = Topology()
        #expect(topology.vip == IPAddress("192.168.142.100"))
        #expect(topology.vip6 == IPAddress("fd00:8e::100"))
        #expect(
            topology.hosts.map { "\($0.name) \($0.address) \($0.address6) \($0.mac)" } == [
                "client 192.168.142.3 fd00:8e::3 02:00:c0:a8:8e:03",
                "director 192.168.142.4 fd00:8e::4 02:00:c0:a8:8e:04",
                "web1 192.168.142.5 fd00:8e::5 02:00:c0:a8:8e:05",
                "web2 192.168.142.6 fd00:8e::6 02:00:c0:a8:8e:06",
            ])
        #expect(topology.hosts.allSatisfy { $0.interfaces.count == 1 })
    }

    @Test("a real server has the VIP on lo, and keeps silent about it")
    func realServer() {
        let web = Topology()[.web(1)]
        #expect(web.linkCommands.contains("address add 192.168.142.100/32 dev lo label lo:0"))
        #expect(web.linkCommands.contains("address add fd00:8e::100/128 dev lo nodad"))
        #expect(
            web.kernelSettings.suffix(4) == [
                "net.ipv4.conf.all.arp_ignore = 1", "net.ipv4.conf.all.arp_announce = 2",
                "net.ipv4.conf.lo.arp_ignore = 1", "net.ipv4.conf.lo.arp_announce = 2",
            ])
    }

    @Test("with two arms the real servers are in a second network, behind a router")
    func twoArms() {
        let topology = Topology(arms: .two)
        #expect(topology.hosts.map(\.name) == [.client, .director, .router, .web(1), .web(2)])
        #expect(topology[.director].interfaces.map(\.lan) == [0, 1])
        #expect(topology[.web(1)].address == IPAddress("192.168.143.5"))
        #expect(topology[.web(1)].interfaces.map(\.lan) == [1])
        #expect(
            topology[.web(1)].linkCommands.suffix(2) == [
                "route add default via 192.168.143.1", "route add default via fd00:8f::1",
            ])
        let forwarding = ["net.ipv4.ip_forward = 1", "net.ipv6.conf.all.forwarding = 1"]
        #expect(topology[.router].kernelSettings.suffix(2) == forwarding)
    }

    @Test("only the director holds the VIP on its interface, and only where that is asked for")
    func vipOnDirector() {
        let commands = [
            "address add 192.168.142.100/32 dev eth0",
            "address add fd00:8e::100/128 dev eth0 nodad preferred_lft 0",
        ]
        #expect(Set(Topology()[.director].linkCommands).isDisjoint(with: commands))
        let topology = Topology(vipOnDirector: true)
        #expect(topology[.director].linkCommands.suffix(2) == commands)
        #expect(topology.settings(runtimeDirectory: "/run/x").services[0].arp == .host)
        #expect(topology.service6.arp == .host)
    }

    @Test("a second director is as the first, with addresses of its own")
    func secondDirector() {
        let topology = Topology(arms: .two, secondDirector: true, vipOnDirector: true)
        #expect(topology.directorHosts.map(\.name) == [.director, .director2])
        let second = topology[.director2]
        #expect(second.interfaces.map { "\($0.address)" } == ["192.168.142.95", "192.168.143.95"])
        #expect(second.kernelSettings == topology[.director].kernelSettings)
        #expect(!second.linkCommands.contains { $0.contains("\(topology.vip)") })
        #expect(Topology().directorHosts.map(\.name) == [.director])
    }

    @Test("the largest topology gives each host an address of its own, all but the VIP")
    func largest() {
        let topology = Topology(
            webServers: Topology.webServerRange.upperBound, secondDirector: true)
        let addresses = Set(topology.hosts.flatMap { [$0.address, $0.address6] })
        #expect(addresses.count == 2 * topology.hosts.count)
        #expect(addresses.isDisjoint(with: [topology.vip, topology.vip6]))
        let last = topology[.web(90)]
        #expect(last.address == IPAddress("192.168.142.94"))
        #expect(last.address6 == IPAddress("fd00:8e::94"))
    }

    @Test("each real server answers its number, other hosts nothing")
    func answers() {
        let topology = Topology(webServers: 10)
        #expect(topology.answer(of: .web(1)) == "111111")
        #expect(topology.answer(of: .web(10)) == "101010101010")
        #expect(topology.answer(of: .web(11)) == nil)
        #expect(topology.answer(of: .client) == nil)
    }
}
