// SPDX-License-Identifier: Apache-2.0

import LVSModel
import Testing

@testable import ControlPlane

@Suite("Drains")
struct DrainsTests {
    private let web1 = DirectorHost.web1

    private func ready(
        until end: UInt64?, at seconds: UInt64, _ flows: FlowCounts?
    ) throws -> [UInt64] {
        let settings = try DirectorHost.settings.applying([
            .drain(web1, of: DirectorHost.service, until: end)
        ])
        let drains = Drains(settings)
        let ready = drains.ready(at: seconds) { $0.address == web1 ? flows : FlowCounts() }
        #expect(ready.allSatisfy { $0.key.address == web1 })
        return ready.map(\.flows)
    }

    @Test("one is ready when its flows are gone; templates are no flows")
    func gone() throws {
        #expect(try ready(until: nil, at: 5, FlowCounts(active: 1)) == [])
        #expect(try ready(until: nil, at: 5, FlowCounts(inactive: 1)) == [])
        #expect(try ready(until: nil, at: 5, FlowCounts(persistent: 9)) == [0])
        #expect(try ready(until: nil, at: 5, nil) == [])
    }

    @Test("one is ready when its time is over, with the flows that it has left")
    func over() throws {
        let flows = FlowCounts(active: 2, inactive: 1, persistent: 9)
        #expect(try ready(until: 6, at: 5, flows) == [])
        #expect(try ready(until: 5, at: 5, flows) == [3])
        #expect(try ready(until: 5, at: 5, nil) == [0])
    }

    @Test("who does not drain is left alone")
    func none() {
        let drains = Drains(DirectorHost.settings)
        #expect(drains.isEmpty)
        #expect(drains.realServerCount == 2)
        #expect(drains.ready(at: .max) { _ in FlowCounts() } == [])
    }
}
