// SPDX-License-Identifier: Apache-2.0

import LVSModel
import Testing

@testable import ControlPlane

@Suite("Reconciler: what happens on the host")
struct ReconcilerTests {
    let unresolved = HostNetworkEvent.neighbour(
        HostNeighbour(interface: 2, address: DirectorHost.web1, mac: nil))
    let resolved = HostNetworkEvent.neighbour(
        HostNeighbour(interface: 2, address: DirectorHost.web1, mac: mac(5)))

    @Test("a start asks for resolution, publishes the whole table, and announces")
    func start() throws {
        var rehearsal = try Rehearsal()
        try rehearsal.begin()
        let table = ForwardingTable(
            ingress: .init(index: 2, mac: mac(4)), sourceMAC: .director, timeouts: FlowTimeouts(),
            services: [
                .init(
                    index: 0,
                    service: VirtualService(address: DirectorHost.service, scheduler: .rr),
                    realServers: [
                        .init(
                            index: 0, realServer: RealServer(address: DirectorHost.web1),
                            link: throughEth0(5)),
                        .init(
                            index: 1, realServer: RealServer(address: DirectorHost.web2, weight: 3),
                            link: throughEth0(6)),
                    ])
            ])
        let actions = rehearsal.settle()
        #expect(
            actions == [
                .resolve(release: [], keep: [DirectorHost.entry1, DirectorHost.entry2]),
                .publish(table),
                .announce,
            ])
        #expect(rehearsal.reconciler.publications == 1)
    }

    @Test("a start refuses an interface that is not there or has no MAC address")
    func badIngress() throws {
        var missing = try Rehearsal()
        missing.host.links.removeFirst()
        #expect(throws: DirectorError.noSuchInterface("eth0")) { try missing.begin() }
        var tunnel = try Rehearsal()
        tunnel.host.links[0].mac = nil
        #expect(throws: DirectorError.noMACAddress(interface: "eth0")) { try tunnel.begin() }
    }

    @Test("an unresolved real server leaves the table and comes back when it is resolved")
    func resolution() throws {
        var rehearsal = try Rehearsal.serving()
        let without = rehearsal.settle(unresolved).tables
        #expect(without.map(\.links) == [[nil, throughEth0(6)]])
        let with = rehearsal.settle(resolved).tables
        #expect(with.map(\.links) == [[throughEth0(5), throughEth0(6)]])
    }

    @Test("a changed MAC address is published at once, without asking the kernel anything")
    func changedMAC() throws {
        var rehearsal = try Rehearsal.serving()
        let actions = rehearsal.settle(
            .neighbour(HostNeighbour(interface: 2, address: DirectorHost.web1, mac: mac(0x55))))
        #expect(actions.count == 1)
        #expect(actions.tables.map(\.links) == [[throughEth0(0x55), throughEth0(6)]])
    }

    @Test("many events at once make one table")
    func coalesced() throws {
        var rehearsal = try Rehearsal.serving()
        let actions = rehearsal.settle(
            unresolved, resolved,
            .neighbour(HostNeighbour(interface: 2, address: DirectorHost.web1, mac: mac(0x55))),
            .neighbour(HostNeighbour(interface: 2, address: DirectorHost.web2, mac: mac(0x66))))
        #expect(actions.tables.map(\.links) == [[throughEth0(0x55), throughEth0(0x66)]])
    }

    @Test("an event that changes nothing, or is of no concern, leads to nothing")
    func noConcern() throws {
        var rehearsal = try Rehearsal.serving()
        let actions = rehearsal.settle(
            resolved, .link(DirectorHost.eth0),
            .neighbour(HostNeighbour(interface: 2, address: ip("192.168.142.77"), mac: mac(0x77))),
            .link(HostLink(index: 9, name: "eth9", mac: mac(9), isRunning: false, mtu: 1500)),
            .linkRemoved(index: 9))
        #expect(actions == [])
        #expect(rehearsal.log() == [])
    }

    @Test("an entry that lost its MAC address is asked for again at once, then every five seconds")
    func askedAgain() throws {
        var rehearsal = try Rehearsal.serving()
        let again = Reconciler.Action.resolve(release: [], keep: [DirectorHost.entry1])
        #expect(rehearsal.settle(unresolved).first == again)
        #expect(rehearsal.settle(unresolved) == [])
        #expect(rehearsal.wakeTime == rehearsal.now + .seconds(5))
        rehearsal.now += .seconds(5)
        #expect(rehearsal.settle() == [again])
        _ = rehearsal.settle(resolved)
        #expect(rehearsal.wakeTime == nil)
    }

    @Test("changed routes are looked up again, each address once, and entries move along")
    func routesChanged() throws {
        var settings = DirectorHost.settings
        settings.services.append(
            VirtualService(
                address: ServiceAddress(address: DirectorHost.vip, port: 443, transport: .tcp),
                scheduler: .rr, realServers: [RealServer(address: DirectorHost.web1)]))
        var rehearsal = try Rehearsal.serving(settings)
        rehearsal.host.routes[DirectorHost.web1] = .onLink(interface: 3)
        let actions = rehearsal.settle(.routesChanged, .routesChanged)
        let moved = NeighbourKey(interface: 3, address: DirectorHost.web1)
        #expect(
            actions.prefix(2) == [
                .read(
                    .init(
                        scope: .routes, ingress: .index(2),
                        addresses: [DirectorHost.web1, DirectorHost.web2])),
                .resolve(release: [DirectorHost.entry1], keep: [moved]),
            ])
        #expect(actions.tables.map(\.links) == [[nil, throughEth0(6), nil]])
        let onEth1 = ForwardingTable.Link(mac: mac(5), egress: .init(index: 3, mac: mac(0x14)))
        let found = rehearsal.settle(
            .neighbour(HostNeighbour(interface: 3, address: DirectorHost.web1, mac: mac(5))))
        #expect(found.tables.map(\.links) == [[onEth1, throughEth0(6), onEth1]])
    }

    @Test("routes that changed to no effect publish nothing and ask for nothing")
    func routesUnchanged() throws {
        var rehearsal = try Rehearsal.serving()
        let plan = rehearsal.reconciler.plan(for: .routes)
        #expect(rehearsal.settle(.routesChanged) == [.read(plan)])
    }

    @Test("after an overrun everything is read again and every entry is asked for again")
    func overrun() throws {
        var rehearsal = try Rehearsal.serving()
        rehearsal.host.neighbours[0].mac = mac(0x55)
        let plan = rehearsal.reconciler.plan(for: .everything)
        let actions = rehearsal.settle(.routesChanged, .overrun)
        #expect(
            actions.prefix(2) == [
                .read(plan),
                .resolve(release: [], keep: [DirectorHost.entry1, DirectorHost.entry2]),
            ])
        #expect(actions.tables.map(\.links) == [[throughEth0(0x55), throughEth0(6)]])
    }

    @Test("an overrun that hid the ingress interface's removal brings it to light")
    func overrunHidRemoval() throws {
        var rehearsal = try Rehearsal.serving()
        rehearsal.host.links.removeFirst()
        #expect(rehearsal.settle(.overrun).tables.map(\.links) == [[nil, nil]])
        #expect(rehearsal.log().first == "interface eth0 was removed")
    }
}
