// SPDX-License-Identifier: Apache-2.0

import LVSModel
import Testing

@testable import ControlPlane

@Suite("Reconciler: flows of another director")
struct TakeoverTests {
    private static func settings(
        _ scheduler: Scheduler, arp: ARPMode = .director, start: Role = .active
    ) -> DirectorSettings {
        var settings = DirectorHost.settings
        settings.timeouts.tcp = 600
        settings.start = start
        settings.services[0].scheduler = scheduler
        settings.services[0].arp = arp
        return settings
    }

    @Test("a takeover is as long as an established flow may be silent")
    func length() throws {
        var rehearsal = try Rehearsal.serving(Self.settings(.mh))
        #expect(rehearsal.reconciler.published?.takesOver == true)
        #expect(rehearsal.wakeTime == .seconds(600))
        rehearsal.now = .seconds(600)
        #expect(rehearsal.settle().tables.map(\.takesOver) == [false])
        #expect(rehearsal.wakeTime == nil)
    }

    @Test("schedulers that do not agree take nothing over, and nothing waits for the end")
    func others() throws {
        var rehearsal = try Rehearsal.serving(Self.settings(.wlc))
        #expect(rehearsal.reconciler.published?.takesOver == false)
        #expect(rehearsal.wakeTime == nil)
    }

    @Test("each activation begins one, and standby ends it")
    func activation() throws {
        var rehearsal = try Rehearsal.serving(Self.settings(.sh, start: .standby))
        #expect(rehearsal.reconciler.published?.takesOver == false)
        for start in [1000, 2000] {
            rehearsal.now = .seconds(start)
            rehearsal.reconciler.setRole(.active)
            #expect(rehearsal.settle().tables.map(\.takesOver) == [true])
            rehearsal.now = .seconds(start + 500)
            rehearsal.reconciler.setRole(.standby)
            #expect(rehearsal.settle().tables.map(\.takesOver) == [false])
            #expect(rehearsal.wakeTime == nil)
        }
    }

    @Test("one that is under way when the next begins lasts longer")
    func again() throws {
        var rehearsal = try Rehearsal.serving(Self.settings(.maglev))
        rehearsal.now = .seconds(100)
        rehearsal.reconciler.setRole(.standby)
        rehearsal.reconciler.setRole(.active)
        #expect(rehearsal.settle() == [])
        #expect(rehearsal.wakeTime == .seconds(700))
    }

    @Test("a VIP that comes to this host begins one, in both roles", arguments: Role.allCases)
    func address(role: Role) throws {
        var rehearsal = try Rehearsal.serving(Self.settings(.dh, arp: .host, start: role))
        rehearsal.now = .seconds(1000)
        _ = rehearsal.settle()
        #expect(rehearsal.reconciler.published?.takesOver == false)
        rehearsal.host.heldAddresses.insert(DirectorHost.vip)
        #expect(rehearsal.settle(.routesChanged).tables.map(\.takesOver) == [true])
        #expect(rehearsal.wakeTime == .seconds(1600))
    }
}
