// SPDX-License-Identifier: Apache-2.0

import LVSModel
import Testing

@testable import ControlPlane

@Suite("Reconciler: floor and sorry server")
struct FloorTests {
    static let sorry = ip("192.168.142.7")
    let service = "TCP 192.168.142.100:80"

    /// Two real servers of the weights 1 and 3, both known to be up.
    private func serving(_ change: (inout VirtualService) -> Void) throws -> Rehearsal {
        var settings = DirectorHost.settings
        settings.services[0].check = HealthCheck(kind: .tcp)
        change(&settings.services[0])
        var host = DirectorHost()
        host.routes[Self.sorry] = .onLink(interface: 2)
        host.neighbours.append(HostNeighbour(interface: 2, address: Self.sorry, mac: mac(7)))
        var rehearsal = try Rehearsal.serving(settings, on: host)
        for real in settings.services[0].realServers { rehearsal.report(.up, of: real.address) }
        _ = rehearsal.log()
        return rehearsal
    }

    private func lost(_ address: IPAddress) -> HostNetworkEvent {
        .neighbour(HostNeighbour(interface: 2, address: address, mac: nil))
    }

    @Test(
        "the last ones stay in as they were, shown as down, with an alarm when it begins and ends")
    func floor() throws {
        var rehearsal = try serving { $0.minimumUp = 1 }
        #expect(rehearsal.report(.down, "refused").tables.map(\.weights) == [[0, 3]])
        #expect(rehearsal.report(.down, "refused", of: DirectorHost.web2) == [])
        let log = rehearsal.log()
        #expect(
            log.last == "\(service) is at its floor of 1: 192.168.142.6 would be out by its check "
                + "and stays in")
        #expect(log.count { $0.contains("192.168.142.6 of") } == 1)
        let shown = try rehearsal.service()
        #expect(shown.isAtFloor)
        #expect(!shown.isSorry)
        #expect(shown.realServers.map(\.health) == [.down, .down])
        #expect(shown.realServers.map(\.effectiveWeight) == [0, 3])
        #expect(
            rehearsal.reconciler.problems(.reading()) == [
                "\(service) is at its floor of 1: 1 with a check that fails stays in"
            ])
        #expect(rehearsal.report(.up).tables.map(\.weights) == [[1, 0]])
        #expect(rehearsal.log().contains("\(service) is no longer at its floor"))
        #expect(try !rehearsal.service().isAtFloor)
    }

    @Test("of several that fail at once the one that failed last stays, whatever the order")
    func lastStays() throws {
        for order in [
            [DirectorHost.web1, DirectorHost.web2], [DirectorHost.web2, DirectorHost.web1],
        ] {
            var rehearsal = try serving { $0.minimumUp = 1 }
            for real in order {
                rehearsal.reconciler.receive(
                    HealthReport(service: DirectorHost.service, realServer: real, health: .down))
            }
            let weights = rehearsal.settle().tables.map(\.weights)
            #expect(weights == (order[0] == DirectorHost.web1 ? [[0, 3]] : [[1, 0]]))
        }
    }

    @Test("one that was out before is not put in again for the sake of the floor")
    func notPutIn() throws {
        var rehearsal = try serving { $0.minimumUp = 1 }
        rehearsal.report(.down, "refused")
        #expect(rehearsal.settle(lost(DirectorHost.web2)).tables.map(\.weights) == [[0, 0]])
        #expect(try !rehearsal.service().isAtFloor)
    }

    @Test("one without a MAC address can not be held; it is there again when it has one")
    func withoutMAC() throws {
        var rehearsal = try serving { $0.minimumUp = 2 }
        _ = rehearsal.settle(lost(DirectorHost.web1), lost(DirectorHost.web2))
        rehearsal.report(.down, "no answer in 2 s")
        rehearsal.report(.down, "no answer in 2 s", of: DirectorHost.web2)
        #expect(try !rehearsal.service().isAtFloor)
        let back = HostNeighbour(interface: 2, address: DirectorHost.web1, mac: mac(5))
        #expect(rehearsal.settle(.neighbour(back)).tables.map(\.weights) == [[1, 0]])
        #expect(try rehearsal.service().isAtFloor)
    }

    @Test("draining, disabled and quiesced real servers do not count, and are not held")
    func notCounted() throws {
        for change in [
            { $0.administrativeState = .draining }, { $0.administrativeState = .disabled },
            { $0.weight = 0 },
        ] as [(inout RealServer) -> Void] {
            var rehearsal = try serving {
                $0.minimumUp = 1
                change(&$0.realServers[1])
            }
            #expect(rehearsal.report(.down, "refused") == [])
            #expect(try rehearsal.service().isAtFloor)
            rehearsal.report(.down, "refused", of: DirectorHost.web2)
            #expect(try rehearsal.service().realServers.map(\.effectiveWeight) == [1, 0])
        }
    }

    @Test("a new process keeps in whom the one before kept in, and nobody else")
    func restart() throws {
        for order in [
            [DirectorHost.web1, DirectorHost.web2], [DirectorHost.web2, DirectorHost.web1],
        ] {
            var first = try serving { $0.minimumUp = 1 }
            for real in order { first.report(.down, "refused", of: real) }
            let news = first.reconciler.services.takeFloorNews()
            #expect(news == [DirectorHost.service: [order[1]]])
            #expect(first.reconciler.services.kept == news)
            #expect(first.reconciler.services.takeFloorNews() == [:])
            var next = try Rehearsal(first.reconciler.settings)
            next.reconciler = try Reconciler(
                settings: first.reconciler.settings,
                knownHealth: first.reconciler.services.knownHealth, kept: news)
            try next.begin()
            let weights = next.settle().tables.map(\.weights)
            #expect(weights == (order[0] == DirectorHost.web1 ? [[0, 3]] : [[1, 0]]))
            #expect(try next.service().isAtFloor)
            #expect(next.reconciler.services.takeFloorNews() == [:])
            next.report(.up, of: order[1])
            #expect(next.reconciler.services.takeFloorNews() == [DirectorHost.service: []])
        }
    }

    @Test("where it was not written down whom the floor kept in, it is not empty")
    func restartOfEarlierVersion() throws {
        var first = try serving { $0.minimumUp = 1 }
        first.report(.down, "refused")
        first.report(.down, "refused", of: DirectorHost.web2)
        var next = try Rehearsal(first.reconciler.settings)
        next.reconciler = try Reconciler(
            settings: first.reconciler.settings,
            knownHealth: first.reconciler.services.knownHealth)
        try next.begin()
        _ = next.settle()
        #expect(try next.service().isAtFloor)
    }

    @Test("without its floor those that were held are out")
    func floorTakenAway() throws {
        var rehearsal = try serving { $0.minimumUp = 2 }
        rehearsal.report(.down, "refused")
        #expect(try rehearsal.apply { $0.minimumUp = 1 }.tables.map(\.weights) == [[0, 3]])
        #expect(rehearsal.log().contains("\(service) is no longer at its floor"))
    }

    @Test("the sorry server is resolved and waits, serves when nobody else does, and then goes on")
    func sorry() throws {
        var rehearsal = try serving { $0.sorryServer = Self.sorry }
        #expect(rehearsal.reconciler.kept.entries.map(\.address).contains(Self.sorry))
        #expect(rehearsal.reconciler.published?.weights == [1, 3, 0])
        #expect(try rehearsal.service().realServers.count == 2)
        rehearsal.report(.down, "refused")
        let serves = rehearsal.report(.down, "refused", of: DirectorHost.web2).tables
        #expect(serves.map(\.weights) == [[0, 0, 1]])
        #expect(serves.map { $0.services[0].realServers.map(\.index) } == [[0, 1, 2]])
        #expect(
            rehearsal.log().contains(
                "\(service) has no usable real server: its sorry server 192.168.142.7 serves"))
        #expect(
            rehearsal.reconciler.problems(.reading()) == [
                "\(service) is served by its sorry server 192.168.142.7"
            ])
        let shown = try rehearsal.service()
        #expect(shown.isSorry)
        #expect(shown.realServers.map(\.effectiveWeight) == [0, 0, 1])
        let over = rehearsal.report(.up).tables
        #expect(over.map(\.weights) == [[1, 0, 0]])
        #expect(over.first?.services[0].realServers[2].isDown == false)
        #expect(
            rehearsal.log().contains("\(service) needs its sorry server 192.168.142.7 no more"))
        let flows = DataPlaneCounters.RealCounters(flows: FlowCounts(active: 1))
        let ends = try rehearsal.service(.reading(realServers: [2: flows]))
        #expect(ends.realServers.map(\.address).last == Self.sorry)
        #expect(ends.flows.active == 1)
    }

    @Test("with weight 0 or draining real servers alone the sorry server serves, at the floor not")
    func sorryBesideOthers() throws {
        var quiesced = try serving { $0.sorryServer = Self.sorry }
        let table = try quiesced.apply {
            $0.realServers[0].weight = 0
            $0.realServers[1].administrativeState = .draining
        }
        #expect(table.tables.map(\.weights) == [[0, 0, 1]])
        var floor = try serving {
            $0.sorryServer = Self.sorry
            $0.minimumUp = 1
        }
        floor.report(.down, "refused")
        floor.report(.down, "refused", of: DirectorHost.web2)
        #expect(floor.reconciler.published?.weights == [0, 3, 0])
    }

    @Test("a sorry server that can not be reached does not serve, and one of the real ones is none")
    func unusableSorry() throws {
        var rehearsal = try serving { $0.sorryServer = Self.sorry }
        _ = rehearsal.settle(lost(Self.sorry))
        rehearsal.report(.down, "refused")
        rehearsal.report(.down, "refused", of: DirectorHost.web2)
        #expect(try !rehearsal.service().isSorry)
        #expect(
            rehearsal.reconciler.problems(.reading()) == ["\(service) has no usable real server"])
        let same = try serving { $0.sorryServer = DirectorHost.web1 }
        #expect(same.reconciler.published?.weights == [1, 3])
    }

    @Test("another sorry server takes over, none leaves nobody")
    func otherSorry() throws {
        var rehearsal = try serving { $0.sorryServer = Self.sorry }
        rehearsal.report(.down, "refused")
        let other = try rehearsal.apply {
            $0.realServers.removeLast()
            $0.sorryServer = DirectorHost.web2
        }
        #expect(other.tables.last?.weights == [0, 1])
        let none = try rehearsal.apply { $0.sorryServer = nil }
        #expect(none.tables.map(\.weights) == [[0]])
        #expect(
            rehearsal.log().contains("\(service) needs its sorry server 192.168.142.6 no more"))
    }

    @Test("where weight 0 has clients too, a sorry server that does not serve is down")
    func hashed() throws {
        for scheduler in [Scheduler.sh, .dh] {
            let rehearsal = try serving {
                $0.scheduler = scheduler
                $0.sorryServer = Self.sorry
            }
            let table = try #require(rehearsal.reconciler.published)
            #expect(table.services[0].realServers.map(\.isDown) == [false, false, true])
        }
    }
}
