// SPDX-License-Identifier: Apache-2.0

import LVSModel
import Testing

@testable import ControlPlane

@Suite("Director: health and role", .timeLimit(.minutes(1)))
struct DirectorHealthTests {
    let plane = RecordingPlane()
    let health = ScriptedHealth()
    let director: Director
    private let events: AsyncStream<DirectorEvent>

    init() throws {
        let (events, teller) = AsyncStream<DirectorEvent>.makeStream()
        self.events = events
        var settings = DirectorHost.settings
        settings.services[0].check = HealthCheck(kind: .tcp)
        director = try Director(
            settings: settings, plane: plane, network: ScriptedNetwork(), health: health,
            clock: ManualClock(), wallClock: { 0 }, log: { teller.yield($0) })
    }

    private func wait(
        for event: DirectorEvent, in log: inout AsyncStream<DirectorEvent>.Iterator
    ) async {
        while let next = await log.next(isolation: #isolation) {
            if next == event { return }
        }
        Issue.record("the log ended before: \(event)")
    }

    @Test("what the checks report is in force, and what they came to is shown")
    func reports() async throws {
        let run = Task { try await director.run() }
        var log = events.makeAsyncIterator()
        await wait(for: .announced(vips: 1, interface: "eth0"), in: &log)
        #expect(health.watched.map(\.realServer) == [DirectorHost.web1, DirectorHost.web2])
        #expect(health.limit == 256)
        let report = HealthReport(
            service: DirectorHost.service, realServer: DirectorHost.web1, health: .down,
            cause: "connection refused")
        health.teller.yield(report)
        await wait(for: .published(generation: 2), in: &log)
        #expect(plane.tables.last?.services[0].realServers.map(\.isDown) == [true, false])
        let name = CheckedName(service: report.service, realServer: report.realServer)
        #expect(await director.knownHealth == [name: report])
        health.set { $0.figures = [name: CheckFigures(failed: 3)] }
        #expect(await director.services()[0].realServers[0].checkFigures.failed == 3)
        run.cancel()
        try await run.value
    }

    @Test("a role that is set is in force and shown")
    func role() async throws {
        let run = Task { try await director.run() }
        var log = events.makeAsyncIterator()
        await wait(for: .announced(vips: 1, interface: "eth0"), in: &log)
        try await director.setRole(.standby)
        #expect(plane.tables.last?.services == [])
        #expect(await director.status().role == .standby)
        try await director.setRole(.active)
        await wait(for: .announced(vips: 1, interface: "eth0"), in: &log)
        #expect(plane.tables.last?.services.count == 1)
        run.cancel()
        try await run.value
    }

    @Test("a role that can not be in force yet is refused, and taken on when that goes again")
    func roleRefused() async throws {
        let run = Task { try await director.run() }
        var log = events.makeAsyncIterator()
        await wait(for: .announced(vips: 1, interface: "eth0"), in: &log)
        plane.set { $0.errors = [.publication("no memory")] }
        await #expect(throws: ChangeRefusal.self) { try await director.setRole(.standby) }
        #expect(await director.status().role == .standby)
        #expect(plane.tables.count == 1)
        run.cancel()
        try await run.value
        await #expect(throws: ChangeRefusal.self) { try await director.setRole(.active) }
    }

    @Test("of two commands the one that began later counts, whichever comes first")
    func roleOrder() async throws {
        let run = Task { try await director.run() }
        var log = events.makeAsyncIterator()
        await wait(for: .announced(vips: 1, interface: "eth0"), in: &log)
        try await director.setRole(.standby, begun: 20)
        let refusal = await #expect(throws: ChangeRefusal.self) {
            try await director.setRole(.active, begun: 19)
        }
        #expect(refusal?.kind == .conflict)
        #expect(await director.status().role == .standby)
        try await director.setRole(.active, begun: 20)
        try await director.setRole(.standby)
        #expect(await director.status().role == .standby)
        run.cancel()
        try await run.value
    }
}
