// SPDX-License-Identifier: Apache-2.0

import LVSModel
import Testing

@testable import ControlPlane

@Suite("Pending events")
struct PendingEventsTests {
    @Test("gives all that is pending at once, in order, and then nothing")
    func takesAll() {
        var pending = PendingEvents()
        pending.append(.routesChanged)
        pending.append(.link(DirectorHost.eth0))
        #expect(pending.take() == [.routesChanged, .link(DirectorHost.eth0)])
        #expect(pending.take() == [])
    }

    @Test("becomes an overrun, and goes on from there, when there are too many")
    func overrun() {
        var pending = PendingEvents()
        for _ in 0..<PendingEvents.capacity { pending.append(.routesChanged) }
        pending.append(.link(DirectorHost.eth0))
        #expect(pending.take() == [.overrun, .link(DirectorHost.eth0)])
    }
}
