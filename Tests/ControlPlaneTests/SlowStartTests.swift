// SPDX-License-Identifier: Apache-2.0

import LVSModel
import Testing

@testable import ControlPlane

@Suite("Slow start")
struct SlowStartTests {
    /// Real servers of the weights 100 and 3, known to be up, 60 s to grow.
    private func serving(seconds: UInt32 = 60) throws -> Rehearsal {
        var settings = DirectorHost.settings
        settings.services[0].check = HealthCheck(kind: .tcp)
        settings.services[0].slowStart = seconds
        settings.services[0].realServers[0].weight = 100
        var rehearsal = try Rehearsal.serving(settings)
        rehearsal.report(.up)
        rehearsal.report(.up, of: DirectorHost.web2)
        return rehearsal
    }

    /// The first real server's weights from now on, each with the second at which it was published.
    private func growth(_ rehearsal: inout Rehearsal) -> [Int: UInt16] {
        var weights: [Int: UInt16] = [:]
        for _ in 0..<100 {
            guard let time = rehearsal.wakeTime else { break }
            rehearsal.now = time
            for table in rehearsal.settle().tables {
                weights[Int(time.components.seconds)] = table.weights[0]
            }
        }
        return weights
    }

    @Test("one that comes up grows from 1 to its weight in ten steps")
    func grows() throws {
        var rehearsal = try serving()
        #expect(rehearsal.reconciler.published?.weights == [100, 3])
        rehearsal.report(.down, "refused", at: .seconds(10))
        #expect(rehearsal.report(.up, at: .seconds(20)).tables.map(\.weights) == [[1, 3]])
        #expect(try rehearsal.service().realServers[0].effectiveWeight == 1)
        #expect(rehearsal.wakeTime == .seconds(26))
        #expect(
            growth(&rehearsal) == [
                26: 10, 32: 20, 38: 30, 44: 40, 50: 50, 56: 60, 62: 70, 68: 80, 74: 90, 80: 100,
            ])
        #expect(rehearsal.wakeTime == nil)
        #expect(try rehearsal.service().realServers[0].effectiveWeight == 100)
    }

    @Test("steps stand on whole seconds, so that several grow in one table")
    func wholeSeconds() throws {
        var rehearsal = try serving(seconds: 5)
        rehearsal.report(.down, "refused", at: .seconds(10))
        rehearsal.report(.down, "refused", of: DirectorHost.web2)
        rehearsal.report(.up, at: .milliseconds(20_300))
        rehearsal.report(.up, of: DirectorHost.web2, at: .milliseconds(20_700))
        #expect(rehearsal.reconciler.published?.weights == [1, 1])
        #expect(growth(&rehearsal) == [22: 20, 23: 40, 24: 60, 25: 80, 26: 100])
        #expect(rehearsal.reconciler.published?.weights == [100, 3])
    }

    @Test("a small weight is published only when it is another one, 1 stays 1")
    func smallWeights() throws {
        var rehearsal = try serving()
        rehearsal.report(.down, "refused", of: DirectorHost.web2, at: .seconds(10))
        rehearsal.report(.up, of: DirectorHost.web2, at: .seconds(20))
        #expect(Set(growth(&rehearsal).keys) == [62, 80])
        let slow = SlowStart(at: .zero)
        #expect(slow.weight(of: 1, over: 60, at: .zero) == 1)
        #expect(slow.weight(of: 0, over: 60, at: .zero) == 0)
        #expect(slow.weight(of: 65_535, over: 86_400, at: .seconds(86_399)) == 58_981)
    }

    @Test("one that goes down while it grows begins anew")
    func anew() throws {
        var rehearsal = try serving()
        rehearsal.report(.down, "refused", at: .seconds(10))
        rehearsal.report(.up, at: .seconds(20))
        rehearsal.now = .seconds(50)
        _ = rehearsal.settle()
        rehearsal.report(.down, "refused")
        #expect(rehearsal.wakeTime == nil)
        rehearsal.report(.up, at: .seconds(55))
        #expect(rehearsal.reconciler.published?.weights == [1, 3])
        #expect(growth(&rehearsal)[61] == 10)
    }

    @Test("one that has a MAC address again or is enabled again grows; one that is added does not")
    func otherWays() throws {
        var rehearsal = try serving()
        let neighbour = HostNeighbour(interface: 2, address: DirectorHost.web1, mac: nil)
        _ = rehearsal.settle(.neighbour(neighbour))
        let back = HostNeighbour(interface: 2, address: DirectorHost.web1, mac: mac(5))
        #expect(rehearsal.settle(.neighbour(back)).tables.map(\.weights) == [[1, 3]])
        _ = growth(&rehearsal)
        for state in [AdministrativeState.disabled, .draining] {
            try rehearsal.apply { $0.realServers[0].administrativeState = state }
            try rehearsal.apply { $0.realServers[0].administrativeState = .enabled }
            #expect(rehearsal.reconciler.published?.weights == [1, 3])
            _ = growth(&rehearsal)
        }
        try rehearsal.apply { $0.realServers.removeFirst() }
        try rehearsal.apply {
            $0.realServers.append(RealServer(address: DirectorHost.web1, weight: 50))
        }
        #expect(rehearsal.reconciler.published?.weights == [3, 50])
    }

    @Test("a change of the service's settings does not end the growth, only its own does")
    func otherSettings() throws {
        var rehearsal = try serving()
        rehearsal.report(.down, "refused", at: .seconds(10))
        rehearsal.report(.up, at: .seconds(20))
        let weight = try rehearsal.apply { $0.realServers[0].weight = 200 }
        #expect(weight.tables == [])
        rehearsal.now = .seconds(26)
        #expect(rehearsal.settle().tables.map(\.weights) == [[20, 3]])
        #expect(try rehearsal.apply { $0.slowStart = 0 }.tables.map(\.weights) == [[200, 3]])
        #expect(rehearsal.wakeTime == nil)
    }

    @Test("one that the floor held in did not come up, and keeps its weight")
    func held() throws {
        var rehearsal = try serving()
        try rehearsal.apply { $0.minimumUp = 2 }
        rehearsal.report(.down, "refused")
        #expect(rehearsal.report(.up) == [])
        #expect(rehearsal.reconciler.published?.weights == [100, 3])
    }
}
