// SPDX-License-Identifier: Apache-2.0

import LVSModel
import Testing

@testable import ControlPlane

@Suite("Reconciler: active and standby")
struct StandbyTests {
    static let hostVIP = ip("192.168.142.101")

    /// A service of each kind: the director answers for one VIP, the host for the other.
    private static let settings: DirectorSettings = {
        var settings = DirectorHost.settings
        settings.start = .standby
        settings.services[0].check = HealthCheck(kind: .tcp)
        settings.services.append(
            VirtualService(
                address: ServiceAddress(address: hostVIP, port: 80, transport: .tcp),
                scheduler: .rr, arp: .host, realServers: [RealServer(address: DirectorHost.web1)]))
        return settings
    }()

    /// The VIPs of the services in each table that are served, and of those that wait.
    private func duties(_ tables: [ForwardingTable]) -> [[String]] {
        tables.map { $0.services.map { ($0.waits ? "waits: " : "") + "\($0.address.address)" } }
    }

    @Test("in standby nothing is served or announced; neighbours are kept and health is checked")
    func standby() throws {
        var rehearsal = try Rehearsal(Self.settings)
        try rehearsal.begin()
        let actions = rehearsal.settle()
        #expect(duties(actions.tables) == [["waits: 192.168.142.101"]])
        #expect(actions.announcements == 0)
        #expect(rehearsal.reconciler.kept.entries == [DirectorHost.entry1, DirectorHost.entry2])
        #expect(actions.watches.map(\.count) == [2])
        #expect(rehearsal.report(.down, "refused") == [])
        #expect(rehearsal.reconciler.role == .standby)
    }

    @Test("activated it serves what it knows, and announces at once and twice again")
    func activate() throws {
        var rehearsal = try Rehearsal.serving(Self.settings)
        rehearsal.report(.down, "refused")
        _ = rehearsal.log()
        rehearsal.now = .seconds(100)
        rehearsal.reconciler.setRole(.active)
        let actions = rehearsal.settle()
        #expect(actions.tables.map(\.weights) == [[0, 3, 1]])
        #expect(actions.announcements == 1)
        #expect(
            rehearsal.log() == [
                "active: serves every VIP", "published forwarding table 2",
                "announced 1 VIP on eth0",
            ])
        for time in [101, 103] {
            rehearsal.now = .seconds(time)
            #expect(rehearsal.settle().announcements == 1)
        }
        rehearsal.reconciler.setRole(.active)
        #expect(rehearsal.settle() == [])
    }

    @Test("back in standby it withdraws everything, and stops announcing in the middle")
    func back() throws {
        var settings = Self.settings
        settings.start = .active
        var rehearsal = try Rehearsal(settings)
        try rehearsal.begin()
        #expect(rehearsal.settle().announcements == 1)
        rehearsal.reconciler.setRole(.standby)
        #expect(duties(rehearsal.settle().tables) == [["waits: 192.168.142.101"]])
        #expect(rehearsal.wakeTime == nil)
        rehearsal.reconciler.setRole(.active)
        #expect(rehearsal.settle().announcements == 1)
    }

    @Test("a role that changes there and back before anything was done publishes nothing")
    func thereAndBack() throws {
        var rehearsal = try Rehearsal.serving()
        rehearsal.reconciler.setRole(.standby)
        rehearsal.reconciler.setRole(.active)
        #expect(rehearsal.settle() == [])
    }

    @Test("other settings do not change the role")
    func otherSettings() throws {
        var rehearsal = try Rehearsal.serving(Self.settings)
        rehearsal.reconciler.setRole(.active)
        #expect(try rehearsal.apply { $0.scheduler = .wlc }.tables.last?.services.count == 2)
        #expect(rehearsal.reconciler.role == .active)
    }

    @Test("a service whose VIP the host does not hold waits with its real servers known")
    func waiting() throws {
        var rehearsal = try Rehearsal.serving(Self.settings)
        let service = try #require(rehearsal.reconciler.published?.services.first)
        #expect(service.waits && service.realServers.allSatisfy { $0.link != nil })
        rehearsal.reconciler.setRole(.active)
        #expect(
            duties(rehearsal.settle().tables) == [["192.168.142.100", "192.168.142.101"]])
    }

    @Test("in standby a service follows its VIP's address from host to host")
    func followsAddress() throws {
        var rehearsal = try Rehearsal.serving(Self.settings)
        rehearsal.host.heldAddresses.insert(Self.hostVIP)
        let taken = rehearsal.settle(.routesChanged)
        #expect(duties(taken.tables) == [["192.168.142.101"]])
        #expect(taken.announcements == 0)
        #expect(rehearsal.log().first == "this host holds 192.168.142.101 now: it is served")
        rehearsal.host.heldAddresses.remove(Self.hostVIP)
        #expect(duties(rehearsal.settle(.routesChanged).tables) == [["waits: 192.168.142.101"]])
        #expect(
            rehearsal.log().first == "this host holds 192.168.142.101 no more: it is not served")
    }

    @Test("an active director serves a VIP of the host's whether the host holds it or not")
    func activeWithoutAddress() throws {
        var settings = Self.settings
        settings.start = .active
        var rehearsal = try Rehearsal.serving(settings)
        #expect(rehearsal.reconciler.published?.services.count == 2)
        rehearsal.host.heldAddresses.insert(Self.hostVIP)
        #expect(rehearsal.settle(.routesChanged).tables == [])
        #expect(rehearsal.log() == [])
    }

    @Test("held addresses are asked for as soon as a service needs them")
    func asked() throws {
        var settings = DirectorHost.settings
        settings.start = .standby
        var rehearsal = try Rehearsal.serving(settings)
        rehearsal.host.heldAddresses.insert(DirectorHost.vip)
        #expect(!rehearsal.reconciler.plan(for: .routes).wantsHeldAddresses)
        let actions = try rehearsal.apply { $0.arp = .host }
        #expect(actions.tables.last?.services.count == 1)
    }
}
