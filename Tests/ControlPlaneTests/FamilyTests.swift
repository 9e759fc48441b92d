// SPDX-License-Identifier: Apache-2.0

import LVSModel
import Testing

@testable import ControlPlane

/// A director with a virtual service of each family, both on the same two hosts.
@Suite("IPv6 beside IPv4")
struct FamilyTests {
    let web1 = ip("fd00:8e::5")
    let web2 = ip("fd00:8e::6")
    let vip = ip("fd00:8e::100")

    private var settings: DirectorSettings {
        var settings = DirectorHost.settings
        settings.services.append(
            VirtualService(
                address: ServiceAddress(address: vip, port: 80, transport: .tcp), scheduler: .rr,
                realServers: [RealServer(address: web1), RealServer(address: web2)]))
        return settings
    }

    private var host: DirectorHost {
        var host = DirectorHost()
        for (address, last) in [(web1, 5), (web2, 6)] as [(IPAddress, UInt64)] {
            host.routes[address] = .onLink(interface: 2)
            host.neighbours.append(
                HostNeighbour(interface: 2, address: address, mac: mac(last)))
        }
        return host
    }

    private let all = [throughEth0(5), throughEth0(6), throughEth0(5), throughEth0(6)]

    @Test("a start asks for the neighbours of both families, and announces both VIPs as one")
    func start() throws {
        var rehearsal = try Rehearsal(settings)
        rehearsal.host = host
        try rehearsal.begin()
        let actions = rehearsal.settle()
        let keys = [DirectorHost.web1, DirectorHost.web2, web1, web2].map {
            NeighbourKey(interface: 2, address: $0)
        }
        #expect(actions.first == .resolve(release: [], keep: keys))
        #expect(actions.tables.map(\.links) == [all])
        #expect(actions.announcements == 1)
        let log = rehearsal.log()
        #expect(
            log.contains(
                "real server fd00:8e::6 of TCP [fd00:8e::100]:80 is up (02:00:00:00:00:06 on eth0)")
        )
        #expect(log.last == "announced 2 VIPs on eth0")
    }

    @Test("a neighbour's event is its own address's, whichever family the MAC address is known of")
    func neighbour() throws {
        var rehearsal = try Rehearsal.serving(settings, on: host)
        let lost = rehearsal.settle(
            .neighbour(HostNeighbour(interface: 2, address: web1, mac: nil)))
        #expect(
            lost.first
                == .resolve(release: [], keep: [NeighbourKey(interface: 2, address: web1)]))
        #expect(
            lost.tables.map(\.links) == [
                [throughEth0(5), throughEth0(6), nil, throughEth0(6)]
            ])
        let moved = rehearsal.settle(
            .neighbour(HostNeighbour(interface: 2, address: web1, mac: mac(0x55))))
        #expect(
            moved.tables.map(\.links) == [
                [throughEth0(5), throughEth0(6), throughEth0(0x55), throughEth0(6)]
            ])
    }

    @Test(
        "where an interface lost its IPv6 addresses, IPv4 is served on, and both once they return")
    func addressesLost() throws {
        var rehearsal = try Rehearsal.serving(settings, on: host)
        rehearsal.host.routes[web1] = .unreachable
        rehearsal.host.routes[web2] = .unreachable
        let without = rehearsal.settle(.routesChanged)
        #expect(without.tables.map(\.links) == [[throughEth0(5), throughEth0(6), nil, nil]])
        #expect(
            rehearsal.reconciler.problems(.reading()) == [
                "TCP [fd00:8e::100]:80 has no usable real server"
            ])
        rehearsal.host = host
        #expect(rehearsal.settle(.routesChanged).tables.map(\.links) == [all])
    }

    @Test("a router that is named by its link-local address is a gateway like any other")
    func gateway() throws {
        var host = host
        host.routes[web1] = .gateway(ip("fe80::1"), interface: 2)
        let rehearsal = try Rehearsal.serving(settings, on: host)
        let reach = rehearsal.reconciler.host.reachability(of: web1)
        #expect(
            reach.reason == "reached through the gateway fe80::1, not on a connected network")
    }

    @Test(
        "an IPv6 VIP that comes to an IPv4 one is announced; one that the host answers for is not")
    func announced() throws {
        for (arp, count) in [(ARPMode.director, 1), (.host, 0)] {
            var rehearsal = try Rehearsal.serving(on: host)
            var settings = settings
            settings.services[1].arp = arp
            try rehearsal.reconciler.apply(settings, flowless: [])
            #expect(rehearsal.settle().announcements == count)
        }
    }
}
