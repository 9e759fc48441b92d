// SPDX-License-Identifier: Apache-2.0

import LVSModel
import Testing

@testable import ControlPlane

@Suite("Reconciler: links and announcements")
struct ReconcilerLinkTests {
    let down = HostNetworkEvent.link(DirectorHost.eth0.with(isRunning: false))
    let up = HostNetworkEvent.link(DirectorHost.eth0)

    /// How often it announces at this time.
    private func announcements(_ rehearsal: inout Rehearsal, at seconds: Double) -> Int {
        rehearsal.now = .seconds(seconds)
        return rehearsal.settle().announcements
    }

    @Test("three announcements follow the first table, and no fourth")
    func atStart() throws {
        var rehearsal = try Rehearsal()
        try rehearsal.begin()
        #expect(rehearsal.settle().announcements == 1)
        #expect(rehearsal.wakeTime == .seconds(1))
        #expect(announcements(&rehearsal, at: 0.9) == 0)
        #expect(announcements(&rehearsal, at: 1) == 1)
        #expect(announcements(&rehearsal, at: 3) == 1)
        #expect(announcements(&rehearsal, at: 100) == 0)
        #expect(rehearsal.wakeTime == nil)
    }

    @Test("a link that stops takes its real servers along; coming up, it brings announcements")
    func linkDownAndUp() throws {
        var rehearsal = try Rehearsal.serving()
        let entries = [DirectorHost.entry1, DirectorHost.entry2]
        let stopped = rehearsal.settle(down)
        #expect(stopped.first == .resolve(release: entries, keep: []))
        #expect(stopped.tables.map(\.links) == [[nil, nil]])
        #expect(stopped.announcements == 0)
        rehearsal.now = .seconds(10)
        let started = rehearsal.settle(up)
        #expect(started.first == .resolve(release: [], keep: entries))
        #expect(started.tables.count == 1)
        #expect(started.last == .announce)
        #expect(announcements(&rehearsal, at: 11) == 1)
        #expect(announcements(&rehearsal, at: 13) == 1)
        #expect(announcements(&rehearsal, at: 16) == 0)
    }

    @Test("a link that goes and comes between two looks still starts the announcements anew")
    func flapUnseen() throws {
        var rehearsal = try Rehearsal.serving()
        let actions = rehearsal.settle(down, up)
        #expect(
            actions == [
                .resolve(release: [], keep: [DirectorHost.entry1, DirectorHost.entry2]), .announce,
            ])
    }

    @Test("a link that comes up in the middle of the announcements starts them anew")
    func flapInTheMiddle() throws {
        var rehearsal = try Rehearsal()
        try rehearsal.begin()
        _ = rehearsal.settle()
        rehearsal.now = .seconds(0.5)
        #expect(rehearsal.settle(down, up).announcements == 1)
        #expect(announcements(&rehearsal, at: 1) == 0)
        #expect(announcements(&rehearsal, at: 1.5) == 1)
        #expect(announcements(&rehearsal, at: 3.5) == 1)
        #expect(announcements(&rehearsal, at: 9) == 0)
    }

    @Test("a link that is down at the start is announced on when it comes up")
    func downAtStart() throws {
        var rehearsal = try Rehearsal()
        rehearsal.host.links[0].isRunning = false
        try rehearsal.begin()
        let actions = rehearsal.settle()
        #expect(actions.tables.count == 1)
        #expect(actions.announcements == 0)
        #expect(rehearsal.settle(up).announcements == 1)
    }

    @Test("nothing is announced where the host answers for every VIP")
    func hostAnswers() throws {
        var settings = DirectorHost.settings
        settings.services[0].arp = .host
        var rehearsal = try Rehearsal(settings)
        try rehearsal.begin()
        #expect(rehearsal.settle().announcements == 0)
        #expect(rehearsal.settle(down, up).announcements == 0)
    }

    @Test("a new MAC address of the ingress interface is published and announced")
    func ownMAC() throws {
        var rehearsal = try Rehearsal.serving()
        let actions = rehearsal.settle(.link(DirectorHost.eth0.with(mac: mac(0x44))))
        let table = try #require(actions.tables.first)
        #expect(table.ingress == .init(index: 2, mac: mac(0x44)))
        #expect(table.links.compactMap { $0?.egress.mac } == [mac(0x44), mac(0x44)])
        #expect(actions.announcements == 1)
        #expect(rehearsal.log() == ["published forwarding table 2", "announced 1 VIP on eth0"])
    }

    @Test("another interface that comes up is not announced on")
    func otherLink() throws {
        var host = DirectorHost()
        host.routes[DirectorHost.web2] = .onLink(interface: 3)
        host.neighbours[1].interface = 3
        var rehearsal = try Rehearsal.serving(on: host)
        let stopped = rehearsal.settle(.link(DirectorHost.eth1.with(isRunning: false)))
        #expect(stopped.tables.map(\.links) == [[throughEth0(5), nil]])
        let started = rehearsal.settle(.link(DirectorHost.eth1))
        #expect(started.tables.count == 1)
        #expect(started.announcements == 0)
    }

    @Test("an ingress interface that was removed stays a problem when it comes back")
    func removed() throws {
        var rehearsal = try Rehearsal.serving()
        let actions = rehearsal.settle(.linkRemoved(index: 2))
        #expect(actions.tables.map(\.links) == [[nil, nil]])
        #expect(actions.tables.first?.ingress == .init(index: 2, mac: mac(4)))
        rehearsal.host.links[0].index = 7
        rehearsal.host.routes = [DirectorHost.web1: .onLink(interface: 7)]
        _ = rehearsal.settle(.link(rehearsal.host.links[0]), .routesChanged)
        #expect(rehearsal.reconciler.host.ingressLink == nil)
        let problem = rehearsal.reconciler.problems(.reading()).first
        #expect(problem == "interface eth0 was removed: restart lvsdrd")
    }

    @Test("an egress interface that was removed takes its real servers along")
    func egressRemoved() throws {
        var host = DirectorHost()
        host.routes[DirectorHost.web2] = .onLink(interface: 3)
        host.neighbours[1].interface = 3
        var rehearsal = try Rehearsal.serving(on: host)
        let removed = rehearsal.settle(.linkRemoved(index: 3))
        #expect(removed.tables.map(\.links) == [[throughEth0(5), nil]])
        #expect(
            rehearsal.log().prefix(2) == [
                "interface eth1 was removed",
                "real server 192.168.142.6 of TCP 192.168.142.100:80 is down: "
                    + "its interface was removed",
            ])
    }
}
