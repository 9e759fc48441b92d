// SPDX-License-Identifier: Apache-2.0

import LVSModel
import Testing

@testable import ControlPlane

@Suite("Reconciler: what fails is tried again")
struct ReconcilerFailureTests {
    let changed = HostNetworkEvent.neighbour(
        HostNeighbour(interface: 2, address: DirectorHost.web1, mac: mac(0x55)))
    let back = HostNetworkEvent.neighbour(
        HostNeighbour(interface: 2, address: DirectorHost.web1, mac: mac(5)))

    @Test("a table that was not taken is published a second later, and told of once")
    func publication() throws {
        var rehearsal = try Rehearsal.serving()
        rehearsal.publishingError = .publication("ENOMEM")
        #expect(rehearsal.settle(changed).tables.count == 1)
        #expect(rehearsal.wakeTime == .seconds(4))
        #expect(
            rehearsal.reconciler.problems(.reading()) == [
                "the forwarding table was not taken: ENOMEM; "
                    + "the one before stays in force, and it is tried again"
            ])
        rehearsal.now = .seconds(4)
        #expect(rehearsal.settle().tables.count == 1)
        rehearsal.publishingError = nil
        rehearsal.now = .seconds(5)
        #expect(rehearsal.settle().tables.map(\.links) == [[throughEth0(0x55), throughEth0(6)]])
        #expect(rehearsal.reconciler.problems(.reading()) == [])
        #expect(rehearsal.log().count { $0.contains("ENOMEM") } == 1)
        #expect(rehearsal.wakeTime == nil)
    }

    @Test("a failed publication is forgotten when the table in force is the right one again")
    func obsolete() throws {
        var rehearsal = try Rehearsal.serving()
        rehearsal.publishingError = .publication("ENOMEM")
        _ = rehearsal.settle(changed)
        #expect(rehearsal.settle(back) == [])
        #expect(rehearsal.wakeTime == nil)
        #expect(rehearsal.reconciler.problems(.reading()) == [])
    }

    @Test("nothing is announced before a table is in force")
    func announcedAfterPublication() throws {
        var rehearsal = try Rehearsal()
        rehearsal.publishingError = .publication("ENOMEM")
        try rehearsal.begin()
        #expect(rehearsal.settle().announcements == 0)
        rehearsal.publishingError = nil
        rehearsal.now = .seconds(1)
        #expect(rehearsal.settle().announcements == 1)
    }

    @Test("a reading that failed is tried a second later; what is known is used until then")
    func reading() throws {
        var rehearsal = try Rehearsal.serving()
        rehearsal.readingError = .hostNetwork("ENOBUFS")
        #expect(rehearsal.settle(.overrun, changed).tables.count == 1)
        #expect(rehearsal.settle(.routesChanged) == [])
        #expect(rehearsal.wakeTime == .seconds(4))
        #expect(
            rehearsal.reconciler.problems(.reading()) == [
                "the host's network: ENOBUFS; it is tried again"
            ])
        rehearsal.readingError = nil
        rehearsal.now = .seconds(4)
        let plan = rehearsal.reconciler.plan(for: .everything)
        #expect(rehearsal.settle().first == .read(plan))
        #expect(rehearsal.reconciler.problems(.reading()) == [])
    }

    @Test("an entry that the kernel does not keep is told of, and does not hold up the table")
    func keeping() throws {
        var rehearsal = try Rehearsal()
        rehearsal.keepingErrors[DirectorHost.entry1] = .hostNetwork("EPERM")
        try rehearsal.begin()
        #expect(rehearsal.settle().tables.count == 1)
        #expect(
            rehearsal.reconciler.problems(.reading()) == [
                "192.168.142.5 is not kept resolved: the host's network: EPERM"
            ])
        rehearsal.keepingErrors = [:]
        rehearsal.now = .seconds(5)
        let asked = Reconciler.Action.resolve(release: [], keep: [DirectorHost.entry1])
        #expect(rehearsal.settle().first == asked)
        #expect(rehearsal.reconciler.problems(.reading()) == [])
    }

    @Test("a release that failed is told of, and not tried again")
    func release() throws {
        var rehearsal = try Rehearsal.serving()
        rehearsal.releaseError = .hostNetwork("EPERM")
        rehearsal.host.routes[DirectorHost.web1] = .unreachable
        _ = rehearsal.settle(.routesChanged)
        #expect(rehearsal.log().contains("the host's network: EPERM"))
        #expect(rehearsal.reconciler.kept.entries == [DirectorHost.entry2])
    }
}
