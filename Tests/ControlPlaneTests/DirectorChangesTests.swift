// SPDX-License-Identifier: Apache-2.0

import LVSModel
import Testing

@testable import ControlPlane

/// A director that serves, with all of its ports in memory.
private final class Stage: Sendable {
    let plane = RecordingPlane()
    let clock = ManualClock()
    let journal = MemoryJournal()
    let director: Director
    private let told: AsyncStream<DirectorEvent>

    init(_ settings: DirectorSettings = DirectorHost.settings) throws {
        let (told, teller) = AsyncStream<DirectorEvent>.makeStream()
        self.told = told
        let clock = clock
        director = try Director(
            settings: settings, plane: plane, network: ScriptedNetwork(), journal: journal,
            clock: clock,
            wallClock: { 1_000_000 + UInt64(clock.now.offset.components.seconds) * 1000 },
            log: { teller.yield($0) })
    }

    /// Runs the director beside `work`, which begins when it serves.
    func serving(
        _ work: (Director, inout AsyncStream<DirectorEvent>.Iterator) async throws -> Void
    ) async throws {
        let run = Task { try await director.run() }
        var log = told.makeAsyncIterator()
        while let event = await log.next(isolation: #isolation) {
            if case .announced = event { break }
        }
        do {
            try await work(director, &log)
        } catch {
            run.cancel()
            throw error
        }
        run.cancel()
        try await run.value
    }

    /// The first line of the log with this in it.
    func text(
        _ part: String, in log: inout AsyncStream<DirectorEvent>.Iterator
    ) async -> String {
        while let event = await log.next(isolation: #isolation) {
            if "\(event)".contains(part) { return "\(event)" }
        }
        return "the log ended"
    }
}

@Suite("Director: changes", .timeLimit(.minutes(1)))
struct DirectorChangesTests {
    private static let (service, web1, web2) = (
        DirectorHost.service, DirectorHost.web1, DirectorHost.web2
    )
    private let stage: Stage

    init() throws {
        stage = try Stage()
    }

    private func weight(_ weight: UInt16, of real: IPAddress = web1) -> Change {
        .editRealServer(real, of: Self.service, RealServerEdit(weight: weight))
    }

    private func weights(_ table: ForwardingTable?) -> [UInt16]? {
        table?.services.first?.realServers.map(\.weight)
    }

    @Test("a change is answered when the table that has it is published, and written down")
    func inForce() async throws {
        try await stage.serving { director, log in
            try await director.change([weight(7)])
            #expect(weights(stage.plane.tables.last) == [7, 3])
            #expect(stage.journal.content.entries == [.changed([weight(7)])])
            #expect(await director.settings.services[0].realServers[0].weight == 7)
            #expect(await director.differencesFromFile() == [weight(7)])
            let text = "weight of 192.168.142.5 in TCP 192.168.142.100:80: 1 -> 7"
            #expect(await stage.text("weight", in: &log) == text)
            #expect(director.events.since(0).last?.kind == "changed")
            #expect(director.events.since(0).last?.realServer == Self.web1)
        }
    }

    @Test("events name who had something changed, and nobody for what came by itself")
    func authors() async throws {
        try await stage.serving { director, _ in
            let alice = Author.peer(name: "alice", user: 1000, process: 913)
            let signal = Author.signal("SIGHUP")
            try await director.change([weight(7)], by: alice)
            var file = DirectorHost.settings
            file.services[0].realServers[1].weight = 9
            try await director.reload(file, by: signal)
            try await director.zeroCounters(of: Self.service, by: alice)
            await director.didSave(await director.settings, by: alice)
            try await director.setRole(.standby, by: alice)
            let authors = director.events.since(0).map { "\($0.kind) \($0.author as Author?)" }
            let expected = [
                ("changed", alice), ("reloaded", signal), ("changed", signal), ("zeroed", alice),
                ("saved", alice), ("role-changed", alice),
            ].map { "\($0) \($1 as Author?)" }
            #expect(authors.filter { !$0.hasSuffix("nil") } == expected)
            #expect(authors.contains { $0.hasPrefix("published") })
        }
    }

    @Test("a change that is refused changes nothing, and nothing is published or written")
    func refused() async throws {
        try await stage.serving { director, _ in
            await #expect(
                throws: ChangeRefusal(
                    .notFound, number: 2,
                    "there is no real server 192.168.142.9 in TCP 192.168.142.100:80")
            ) { try await director.change([weight(7), weight(1, of: ip("192.168.142.9"))]) }
            #expect(await director.settings == DirectorHost.settings)
            #expect(stage.plane.tables.count == 1)
            #expect(stage.journal.content.entries == [])
        }
    }

    @Test("a table that is not taken takes the change back, with the cause")
    func takenBack() async throws {
        try await stage.serving { director, _ in
            stage.plane.set { $0.errors = [.publication("ENOMEM")] }
            await #expect(
                throws: ChangeRefusal(
                    .unavailable, "the forwarding table was not taken: ENOMEM")
            ) { try await director.change([weight(7)]) }
            #expect(await director.settings == DirectorHost.settings)
            #expect(stage.journal.content.entries == [])
            // The table before is in force: there is nothing to be tried again.
            try await director.change([weight(8)])
            #expect(stage.plane.tables.map { weights($0) } == [[1, 3], [8, 3]])
            #expect(await director.status().problems == [])
        }
    }

    @Test("of many changes at once none is lost")
    func atOnce() async throws {
        try await stage.serving { director, _ in
            try await withThrowingTaskGroup { group in
                for number in UInt32(1)...200 {
                    group.addTask {
                        try await director.change([
                            .addRealServer(
                                RealServer(address: IPAddress(ipv4: 0x0A00_0000 + number)),
                                to: Self.service)
                        ])
                    }
                }
                try await group.waitForAll()
            }
            #expect(await director.settings.services[0].realServers.count == 202)
            #expect(stage.plane.tables.last?.services[0].realServers.count == 202)
            let settings = try stage.journal.stateAtStart()?.settings
            #expect(await director.settings == settings)
        }
    }

    @Test("when a table with several requests is not taken, each is tried alone")
    func eachAlone() async throws {
        try await stage.serving { director, _ in
            stage.plane.set { $0.errors = [.publication("ENOMEM")] }
            let changes = [weight(7), weight(8, of: Self.web2)]
            let refused = await withTaskGroup { group in
                for change in changes {
                    group.addTask {
                        do {
                            try await director.change([change])
                            return 0
                        } catch {
                            return 1
                        }
                    }
                }
                return await group.reduce(0, +)
            }
            // They went together, and then each alone was taken; or one went first and was refused.
            let wanted: [[UInt16]] = refused == 0 ? [[7, 8]] : [[7, 3], [1, 8]]
            #expect(refused <= 1)
            #expect(wanted.contains(weights(stage.plane.tables.last) ?? []))
        }
    }

    @Test("a change before the director serves is answered when it does")
    func beforeServing() async throws {
        let stage = stage
        let change = Task { try await stage.director.change([weight(7)]) }
        try await stage.serving { director, _ in
            try await change.value
            #expect(weights(stage.plane.tables.last) == [7, 3])
        }
    }

    @Test("a director that stops refuses what it did not make")
    func stopping() async throws {
        try await stage.serving { _, _ in }
        await #expect(throws: ChangeRefusal(.unavailable, "the director is stopping")) {
            try await stage.director.change([weight(7)])
        }
    }

    @Test("a director that does not start refuses what waits")
    func neverStarts() async throws {
        let stage = stage
        var settings = DirectorHost.settings
        settings.interface = "eth9"
        let director = try Director(
            settings: settings, plane: stage.plane, network: ScriptedNetwork(),
            clock: stage.clock, wallClock: { 0 }, log: { _ in })
        let change = Task { try await director.change([weight(7)]) }
        await #expect(throws: DirectorError.self) { try await director.run() }
        await #expect(throws: ChangeRefusal(.unavailable, "the director is stopping")) {
            try await change.value
        }
    }

    @Test("many changes of one time are told by the first of them")
    func told() async throws {
        try await stage.serving { director, log in
            try await director.change(
                (1...30).map {
                    .addRealServer(
                        RealServer(address: IPAddress(ipv4: 0x0A00_0000 + $0)), to: Self.service)
                })
            #expect(await stage.text("more changes", in: &log) == "and 10 more changes")
        }
    }

    @Test("a journal that fails is a problem that is told, and later it is whole")
    func journalFails() async throws {
        try await stage.serving { director, log in
            try await director.change([weight(5)])
            stage.journal.set { $0.error = .journal("ENOSPC") }
            try await director.change([weight(6)])
            let text = "changes would not outlive this lvsdrd: ENOSPC"
            #expect(await stage.text("ENOSPC", in: &log) == text)
            #expect(await director.status().problems == ["\(text); it is tried again"])
            stage.journal.set { $0.error = nil }
            let before = stage.journal.content.replacements
            for second in 1...5 where stage.journal.content.replacements == before {
                await stage.clock.sleeper(until: .seconds(second))
                stage.clock.advance(by: .seconds(1))
                try await director.change([weight(UInt16(10 + second))])
            }
            #expect(stage.journal.content.replacements == before + 1)
            let settings = await director.settings
            #expect(try stage.journal.stateAtStart()?.settings == settings)
            #expect(await director.status().problems == [])
        }
    }
}

@Suite("Director: reload, drain and figures", .timeLimit(.minutes(1)))
struct DirectorReloadTests {
    private static let (service, web1) = (DirectorHost.service, DirectorHost.web1)
    private let stage: Stage

    init() throws {
        stage = try Stage()
    }

    private func weight(_ weight: UInt16) -> Change {
        .editRealServer(Self.web1, of: Self.service, RealServerEdit(weight: weight))
    }

    @Test("a reload makes what is new in the file and keeps what was changed at run time")
    func reload() async throws {
        try await stage.serving { director, log in
            try await director.change([weight(7)])
            let file = try DirectorHost.settings.applying([
                .setTimeouts(FlowTimeouts(tcp: 60))
            ])
            let preview = try await director.preview(file)
            #expect(await director.settings.timeouts.tcp == 900)
            let reload = try await director.reload(file)
            #expect(reload == preview)
            #expect(reload.applied == [.setTimeouts(FlowTimeouts(tcp: 60))])
            #expect(
                await stage.text("reloaded", in: &log) == "reloaded the configuration: 1 change")
            #expect(stage.plane.tables.last?.timeouts.tcp == 60)
            #expect(await director.loadedFile == file)
            #expect(await director.differencesFromFile() == [weight(7)])
            let state = try stage.journal.stateAtStart()
            #expect(state?.file == file)
            #expect(await director.settings == state?.settings)
            // Back to the file as it was: the weight still stands.
            try await director.reload(DirectorHost.settings)
            #expect(await director.differencesFromFile() == [weight(7)])
            try await director.reload(DirectorHost.settings, exactly: true)
            #expect(await director.settings == DirectorHost.settings)
            #expect(await director.differencesFromFile() == [])
        }
    }

    @Test("a hundred reloads of the same file publish nothing and write nothing")
    func sameFile() async throws {
        try await stage.serving { director, _ in
            for _ in 0..<100 { try await director.reload(DirectorHost.settings) }
            #expect(stage.plane.tables.count == 1)
            #expect(stage.journal.content.replacements == 1)
            #expect(stage.journal.content.entries == [])
        }
    }

    @Test("what was saved is the file")
    func saved() async throws {
        try await stage.serving { director, _ in
            try await director.change([weight(7)])
            await director.didSave(director.settings)
            #expect(await director.differencesFromFile() == [])
            try await director.change([weight(8)])
            #expect(try stage.journal.stateAtStart()?.file.services[0].realServers[0].weight == 7)
        }
    }

    private func flows(_ flows: FlowCounts) -> [UInt32: DataPlaneCounters.RealCounters] {
        [0: .init(flows: flows), 1: .init(flows: FlowCounts(active: 9))]
    }

    @Test("one that drains is removed when its flows are gone")
    func drain() async throws {
        let (busy, idle) = (flows(FlowCounts(active: 1)), flows(FlowCounts(persistent: 1)))
        try await stage.serving { director, log in
            stage.plane.set { $0.counters = .reading(realServers: busy) }
            try await director.change([.drain(Self.web1, of: Self.service, until: nil)])
            #expect(stage.plane.tables.last?.services[0].realServers.map(\.weight) == [0, 3])
            #expect(await director.services()[0].realServers[0].flows.active == 1)
            for second in 1...3 {
                await stage.clock.sleeper(until: .seconds(second))
                stage.clock.advance(by: .seconds(1))
            }
            #expect(await director.settings.services[0].realServers.count == 2)
            stage.plane.set { $0.counters = .reading(realServers: idle) }
            await stage.clock.sleeper(until: .seconds(4))
            stage.clock.advance(by: .seconds(1))
            let text = await stage.text("drained", in: &log)
            #expect(
                text == "real server 192.168.142.5 of TCP 192.168.142.100:80 is drained and "
                    + "removed: no flows are left")
            #expect(await director.settings.services[0].realServers.count == 1)
            #expect(
                stage.journal.content.entries.last
                    == .changed([.removeRealServer(Self.web1, of: Self.service)]))
        }
    }

    @Test("one that drains is removed when its time is over, and the flows left are told")
    func drainEnds() async throws {
        let busy = flows(FlowCounts(active: 2, inactive: 3))
        try await stage.serving { director, log in
            stage.plane.set { $0.counters = .reading(realServers: busy) }
            // The wall clock began at 1,000 s.
            try await director.change([.drain(Self.web1, of: Self.service, until: 1_002)])
            for second in 1...2 {
                #expect(await director.settings.services[0].realServers.count == 2)
                await stage.clock.sleeper(until: .seconds(second))
                stage.clock.advance(by: .seconds(1))
            }
            let text = await stage.text("drained", in: &log)
            #expect(text.hasSuffix("removed: its time is over, 5 left"))
        }
    }

    @Test("one that is undrained serves again and stays")
    func undrain() async throws {
        let idle = flows(FlowCounts())
        try await stage.serving { director, _ in
            stage.plane.set { $0.counters = .reading(realServers: idle) }
            try await director.change([.drain(Self.web1, of: Self.service, until: nil)])
            try await director.change([.undrain(Self.web1, of: Self.service)])
            #expect(stage.plane.tables.last?.services[0].realServers.map(\.weight) == [1, 3])
            for second in 1...3 {
                await stage.clock.sleeper(until: .seconds(second))
                stage.clock.advance(by: .seconds(1))
            }
            #expect(await director.settings == DirectorHost.settings)
        }
    }

    @Test("counters that are set to zero count from there; rates and flows do not care")
    func zero() async throws {
        let traffic = Traffic(connections: 1, packets: 10, bytes: 100)
        let counters = DataPlaneCounters.reading(
            services: [0: traffic],
            realServers: [0: .init(traffic: traffic, flows: FlowCounts(active: 4))])
        try await stage.serving { director, _ in
            stage.plane.set { $0.counters = counters }
            let other = ServiceAddress(address: DirectorHost.vip, port: 443, transport: .tcp)
            await #expect(throws: ChangeRefusal.self) { try await director.zeroCounters(of: other) }
            #expect(await director.services()[0].traffic == traffic)
            try await director.zeroCounters(of: Self.service)
            let service = await director.services()[0]
            #expect(service.traffic == Traffic())
            #expect(service.realServers[0].traffic == Traffic())
            #expect(service.realServers[0].flows.active == 4)
            #expect(await director.status().counters.services == [0: traffic])
        }
    }

    @Test("rates come from readings once a second")
    func rates() async throws {
        try await stage.serving { director, _ in
            // At 1 and 3 seconds announcements are due too; who sleeps until a later one has read the
            // second before.
            for second in 1...7 {
                await stage.clock.sleeper(until: .seconds(second))
                let traffic = Traffic(packets: UInt64(second) * 50)
                stage.plane.set {
                    $0.counters = .reading(
                        services: [0: traffic], realServers: [1: .init(traffic: traffic)])
                }
                stage.clock.advance(by: .seconds(1))
            }
            // It sleeps again when it has read.
            await stage.clock.sleeper(until: .seconds(8))
            #expect(await director.status().rates.second?.packets == 50)
            let service = await director.services()[0]
            #expect(service.rates.second?.packets == 50)
            #expect(service.realServers.map { $0.rates.second?.packets } == [0, 50])
        }
    }
}
