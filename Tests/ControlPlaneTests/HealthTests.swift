// SPDX-License-Identifier: Apache-2.0

import LVSModel
import Testing

@testable import ControlPlane

@Suite("Reconciler: health by checks")
struct HealthTests {
    let check = HealthCheck(kind: .tcp)
    let real = "real server 192.168.142.5 of TCP 192.168.142.100:80"

    /// Two real servers of the weights 1 and 3 with a check.
    private func serving() throws -> Rehearsal {
        var settings = DirectorHost.settings
        settings.services[0].check = check
        return try Rehearsal.serving(settings)
    }

    @Test("what is to be watched is said once, after the table, with the limit")
    func watched() throws {
        var settings = DirectorHost.settings
        settings.services[0].check = check
        settings.checkLimit = 7
        var rehearsal = try Rehearsal(settings)
        try rehearsal.begin()
        let all = [DirectorHost.web1, DirectorHost.web2].map {
            CheckedRealServer(service: DirectorHost.service, realServer: $0, check: check)
        }
        let actions = rehearsal.settle()
        #expect(actions.contains(.watch(all, limit: 7)))
        #expect(actions.watches.count == 1)
        rehearsal.report(.up)
        let lost = HostNetworkEvent.neighbour(
            HostNeighbour(interface: 2, address: DirectorHost.web1, mac: nil))
        #expect(rehearsal.settle(lost, .routesChanged).watches == [])
        settings.checkLimit = 8
        try rehearsal.reconciler.apply(settings, flowless: [])
        let known = rehearsal.settle().watches
        #expect(known.map { $0.map(\.health) } == [[.up, .unknown]])
    }

    @Test("a real server without a check is judged by layer 2 alone, and not watched")
    func unchecked() throws {
        var rehearsal = try Rehearsal.serving()
        #expect(rehearsal.report(.down, "refused") == [])
        #expect(try rehearsal.service().realServers.map(\.health) == [.up, .up])
    }

    @Test(
        "while nothing is known it takes flows and is not said to be up; the first result decides")
    func unknown() throws {
        var rehearsal = try serving()
        let before = try rehearsal.service().realServers[0]
        #expect(before.health == .unknown)
        #expect(before.reason == "not checked yet")
        #expect(before.effectiveWeight == 1)
        #expect(rehearsal.report(.up) == [])
        #expect(rehearsal.log() == ["\(real) is up (02:00:00:00:00:05 on eth0)"])
        #expect(try rehearsal.service().realServers[0].health == .up)
    }

    @Test("down by its check it takes no flows, keeps its link, and its cause is told once")
    func down() throws {
        var rehearsal = try serving()
        rehearsal.report(.up)
        _ = rehearsal.log()
        let table = try #require(rehearsal.report(.down, "connection refused").tables.first)
        #expect(table.services[0].realServers.map(\.isDown) == [true, false])
        #expect(table.links == [throughEth0(5), throughEth0(6)])
        #expect(
            rehearsal.log() == [
                "\(real) is down: connection refused", "published forwarding table 2",
            ]
        )
        let shown = try rehearsal.service().realServers[0]
        #expect(shown.health == .down)
        #expect(shown.reason == "connection refused")
        #expect(shown.effectiveWeight == 0)
        #expect(shown.weight == 1)
        #expect(shown.check == "tcp")
        #expect(rehearsal.report(.down, "connection refused") == [])
        #expect(rehearsal.report(.down, "no answer in 2 s") == [])
        #expect(rehearsal.log() == [])
        #expect(rehearsal.report(.up).tables.map(\.weights) == [[1, 3]])
        #expect(rehearsal.log().first == "\(real) is up (02:00:00:00:00:05 on eth0)")
    }

    @Test("reports that take each other back before anything was done lead to nothing")
    func flap() throws {
        var rehearsal = try serving()
        rehearsal.report(.up)
        _ = rehearsal.log()
        for health in [Health.down, .up, .down, .up] {
            rehearsal.reconciler.receive(
                HealthReport(
                    service: DirectorHost.service, realServer: DirectorHost.web1, health: health))
        }
        #expect(rehearsal.settle() == [])
        #expect(rehearsal.log() == [])
    }

    @Test("a host that dies fails its check, then loses its MAC address: that is one event")
    func dies() throws {
        var rehearsal = try serving()
        rehearsal.report(.up)
        rehearsal.report(.down, "no answer in 2 s")
        _ = rehearsal.log()
        let key = HostNeighbour(interface: 2, address: DirectorHost.web1, mac: nil)
        #expect(rehearsal.settle(.neighbour(key)).tables.map(\.links) == [[nil, throughEth0(6)]])
        #expect(try rehearsal.service().realServers[0].reason == "no MAC address")
        #expect(rehearsal.log() == ["published forwarding table 3"])
        let back = HostNeighbour(interface: 2, address: DirectorHost.web1, mac: mac(5))
        #expect(rehearsal.settle(.neighbour(back)).tables.map(\.weights) == [[0, 3]])
        #expect(rehearsal.log() == ["published forwarding table 4"])
        rehearsal.report(.up)
        #expect(rehearsal.log().first == "\(real) is up (02:00:00:00:00:05 on eth0)")
    }

    @Test("one that has its MAC address again but still fails its check says that it does")
    func stillFails() throws {
        var rehearsal = try serving()
        rehearsal.report(.up)
        _ = rehearsal.log()
        _ = rehearsal.settle(
            .neighbour(HostNeighbour(interface: 2, address: DirectorHost.web1, mac: nil)))
        #expect(rehearsal.log().first == "\(real) is down: no MAC address")
        #expect(rehearsal.report(.down, "no answer in 2 s") == [.publish(try last(&rehearsal))])
        #expect(!rehearsal.log().contains { $0.contains("is down") })
        _ = rehearsal.settle(
            .neighbour(HostNeighbour(interface: 2, address: DirectorHost.web1, mac: mac(5))))
        #expect(rehearsal.log().first == "\(real) is down: no answer in 2 s")
    }

    private func last(_ rehearsal: inout Rehearsal) throws -> ForwardingTable {
        var table = try #require(rehearsal.reconciler.published)
        table.services[0].realServers[0].isDown = true
        return table
    }

    @Test("what a check says of the weight is in force until the check is another one")
    func weight() throws {
        var rehearsal = try serving()
        #expect(rehearsal.report(.up, weight: 40).tables.map(\.weights) == [[40, 3]])
        #expect(rehearsal.log().contains("\(real) has weight 40, as its check says"))
        #expect(rehearsal.report(.up) == [])
        let shown = try rehearsal.service().realServers[0]
        #expect(shown.weight == 1)
        #expect(shown.effectiveWeight == 40)
        #expect(rehearsal.report(.up, weight: 0).tables.map(\.weights) == [[0, 3]])
        rehearsal.report(.down, "status 1")
        #expect(rehearsal.report(.up, weight: 9).tables.map(\.weights) == [[9, 3]])
        let other = try rehearsal.apply { $0.check?.port = 8080 }
        #expect(other.tables.map(\.weights) == [[1, 3]])
        #expect(other.watches.map { $0.map(\.health) } == [[.unknown, .unknown]])
    }

    @Test(
        "what is known survives other settings, and is forgotten with the check or the real server")
    func survives() throws {
        var rehearsal = try serving()
        rehearsal.report(.down, "connection refused")
        let other = try rehearsal.apply {
            $0.scheduler = .wlc
            $0.realServers[0].weight = 5
            $0.realServers.reverse()
        }
        #expect(other.tables.map(\.weights) == [[3, 0]])
        #expect(other.watches.map { $0.map(\.health) } == [[.unknown, .down]])
        let readdressed = try rehearsal.apply {
            $0.address = ServiceAddress(
                address: DirectorHost.vip, ports: PortSet("80,443") ?? .any, transport: .tcp)
        }
        #expect(readdressed.tables.map(\.weights) == [[3, 0]])
        try rehearsal.apply { $0.realServers.removeLast() }
        let back = try rehearsal.apply {
            $0.realServers.append(RealServer(address: DirectorHost.web1))
        }
        #expect(back.tables.last?.weights == [3, 1])
        #expect(rehearsal.report(.down, of: ip("192.168.142.9")) == [])
    }

    @Test("a check that is taken away leaves layer 2 to judge")
    func takenAway() throws {
        var rehearsal = try serving()
        rehearsal.report(.down, "connection refused")
        let without = try rehearsal.apply { $0.check = nil }
        #expect(without.tables.map(\.weights) == [[1, 3]])
        #expect(without.watches == [[]])
        #expect(rehearsal.log().contains("\(real) is up (02:00:00:00:00:05 on eth0)"))
    }

    @Test("what an earlier run knew is known at the start, and can be read out")
    func restart() throws {
        var settings = DirectorHost.settings
        settings.services[0].check = check
        let name = CheckedName(service: DirectorHost.service, realServer: DirectorHost.web1)
        let known = [
            name: HealthReport(
                service: name.service, realServer: name.realServer, health: .down,
                cause: "connection refused", weight: 2)
        ]
        var rehearsal = try Rehearsal(settings)
        rehearsal.reconciler = try Reconciler(settings: settings, knownHealth: known)
        try rehearsal.begin()
        let actions = rehearsal.settle()
        #expect(actions.tables.map(\.weights) == [[0, 3]])
        #expect(actions.watches.map { $0.map(\.health) } == [[.down, .unknown]])
        #expect(rehearsal.log().first == "\(real) is down: connection refused")
        #expect(rehearsal.reconciler.services.knownHealth == known)
        #expect(rehearsal.report(.up).tables.map(\.weights) == [[2, 3]])
    }

    @Test("disabled it takes nothing and is not checked; draining it takes nothing new and is")
    func administrative() throws {
        var rehearsal = try serving()
        rehearsal.report(.down, "connection refused")
        let disabled = try rehearsal.apply { $0.realServers[0].administrativeState = .disabled }
        #expect(disabled.watches.map { $0.map(\.realServer) } == [[DirectorHost.web2]])
        let shown = try rehearsal.service().realServers[0]
        #expect(shown.administrativeState == .disabled)
        #expect(shown.health == .unknown)
        #expect(shown.reason == "not checked while it is disabled")
        #expect(rehearsal.report(.up) == [])
        let draining = try rehearsal.apply {
            $0.realServers[0].administrativeState = .draining
            $0.realServers[0].drainEnd = 1_800_000_000
        }
        #expect(draining.tables.map(\.weights) == [[0, 3]])
        #expect(draining.tables.first?.services[0].realServers[0].isDown == false)
        #expect(draining.watches.map(\.count) == [2])
        #expect(try rehearsal.service().realServers[0].drainEnd == 1_800_000_000)
        #expect(rehearsal.report(.up) == [])
        #expect(rehearsal.report(.down).tables.first?.services[0].realServers[0].isDown == true)
    }

    @Test("a disabled real server without a check keeps its link, and is up for all that is known")
    func disabledWithoutCheck() throws {
        var rehearsal = try Rehearsal.serving()
        let table = try rehearsal.apply { $0.realServers[0].administrativeState = .disabled }.tables
        #expect(table.first?.services[0].realServers[0].isDown == true)
        #expect(table.map(\.links) == [[throughEth0(5), throughEth0(6)]])
        #expect(try rehearsal.service().realServers[0].health == .up)
        #expect(rehearsal.log() == ["published forwarding table 2"])
    }

    @Test("figures of the checks stand with the real servers that are checked")
    func figures() throws {
        let rehearsal = try serving()
        let name = CheckedName(service: DirectorHost.service, realServer: DirectorHost.web2)
        let figures = CheckFigures(passed: 4, failed: 1)
        let shown = rehearsal.reconciler.services(.reading(), checks: [name: figures])
        #expect(shown[0].realServers.map(\.checkFigures) == [CheckFigures(), figures])
    }
}
