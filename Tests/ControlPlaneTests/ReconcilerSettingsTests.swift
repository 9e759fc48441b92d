// SPDX-License-Identifier: Apache-2.0

import LVSModel
import Testing

@testable import ControlPlane

@Suite("Reconciler: other settings")
struct ReconcilerSettingsTests {
    let web3 = ip("192.168.142.7")

    @Test("settings beyond the forwarding table's indexes are refused at the start")
    func limits() throws {
        var settings = DirectorHost.settings
        settings.services = (1...16_385).map {
            VirtualService(
                address: ServiceAddress(address: DirectorHost.vip, port: $0, transport: .udp),
                scheduler: .rr)
        }
        #expect(throws: DirectorError.tooManyServices(16_385)) {
            try Reconciler(settings: settings)
        }
    }

    @Test("refused settings change nothing")
    func refused() throws {
        var rehearsal = try Rehearsal.serving()
        var settings = DirectorHost.settings
        settings.services[0].realServers = (0...131_072).map {
            RealServer(address: IPAddress(ipv4: 0x0A00_0000 + $0))
        }
        #expect(throws: DirectorError.tooManyRealServers(131_073)) {
            try rehearsal.reconciler.apply(settings, flowless: [])
        }
        #expect(rehearsal.settle() == [])
        #expect(rehearsal.reconciler.settings == DirectorHost.settings)
    }

    @Test("another real server is read, asked for and published; the others keep their indexes")
    func replaced() throws {
        var rehearsal = try Rehearsal.serving()
        rehearsal.host.routes[web3] = .onLink(interface: 2)
        rehearsal.host.neighbours.append(HostNeighbour(interface: 2, address: web3, mac: mac(7)))
        var settings = DirectorHost.settings
        settings.services[0].realServers[0] = RealServer(address: web3)
        try rehearsal.reconciler.apply(settings, flowless: [])
        let entry3 = NeighbourKey(interface: 2, address: web3)
        let actions = rehearsal.settle()
        #expect(actions.contains(.resolve(release: [DirectorHost.entry1], keep: [entry3])))
        let table = try #require(actions.tables.last)
        #expect(table.links == [throughEth0(7), throughEth0(6)])
        #expect(table.services[0].realServers.map(\.index) == [2, 1])
        #expect(actions.announcements == 0)
        let up = "real server 192.168.142.7 of TCP 192.168.142.100:80 is up "
        #expect(rehearsal.log().contains(up + "(02:00:00:00:00:07 on eth0)"))
    }

    @Test("another VIP is announced")
    func anotherVIP() throws {
        var rehearsal = try Rehearsal.serving()
        var settings = DirectorHost.settings
        let address = ServiceAddress(address: ip("192.168.142.101"), port: 80, transport: .tcp)
        settings.services.append(VirtualService(address: address, scheduler: .wrr))
        try rehearsal.reconciler.apply(settings, flowless: [])
        #expect(rehearsal.settle().announcements == 1)
        #expect(rehearsal.log().last == "announced 2 VIPs on eth0")
    }

    @Test("an index is free for another real server once no table names it")
    func unnamed() throws {
        var rehearsal = try Rehearsal.serving()
        #expect(rehearsal.reconciler.unnamedIndexes == [])
        var settings = DirectorHost.settings
        settings.services[0].realServers.removeFirst()
        try rehearsal.reconciler.apply(settings, flowless: [])
        #expect(rehearsal.reconciler.unnamedIndexes == [])
        _ = rehearsal.settle()
        #expect(rehearsal.reconciler.unnamedIndexes == [0])
    }

    @Test("an index that a table on its way names is not free")
    func onItsWay() throws {
        var rehearsal = try Rehearsal()
        try rehearsal.begin()
        while true {
            let action = rehearsal.reconciler.next(at: .zero)
            if case .publish = action { break }
            guard case .resolve(_, let keep) = action else {
                Issue.record("unexpected \(action)")
                return
            }
            for entry in keep { rehearsal.reconciler.didKeep(entry, at: .zero) }
        }
        var settings = DirectorHost.settings
        settings.services = []
        try rehearsal.reconciler.apply(settings, flowless: [])
        #expect(rehearsal.reconciler.unnamedIndexes == [])
    }
}
