// SPDX-License-Identifier: Apache-2.0

import LVSModel
import Testing

@testable import ControlPlane

@Suite("Director", .timeLimit(.minutes(1)))
struct DirectorTests {
    let plane = RecordingPlane()
    let network = ScriptedNetwork()
    let clock = ManualClock()
    let director: Director
    private let events: AsyncStream<DirectorEvent>

    init() throws {
        let (events, teller) = AsyncStream<DirectorEvent>.makeStream()
        self.events = events
        director = try Director(
            settings: DirectorHost.settings, plane: plane, network: network, clock: clock,
            wallClock: { 0 },
            log: { teller.yield($0) })
    }

    /// Runs the director beside `work`, then cancels it and waits for its end.
    private func running(
        _ work: (inout AsyncStream<DirectorEvent>.Iterator) async throws -> Void
    ) async throws {
        let run = Task { try await director.run() }
        var log = events.makeAsyncIterator()
        do {
            try await work(&log)
        } catch {
            run.cancel()
            throw error
        }
        run.cancel()
        try await run.value
    }

    /// The log up to and with this event.
    private func wait(
        for event: DirectorEvent, in log: inout AsyncStream<DirectorEvent>.Iterator
    ) async -> [DirectorEvent] {
        var seen: [DirectorEvent] = []
        while let next = await log.next(isolation: #isolation) {
            seen.append(next)
            if next == event { return seen }
        }
        return seen
    }

    private let announced = DirectorEvent.announced(vips: 1, interface: "eth0")

    @Test("starts, serves, and when cancelled releases what it asked for")
    func life() async throws {
        #expect(await director.status().phase == .starting)
        try await running { log in
            let seen = await wait(for: announced, in: &log)
            #expect(seen.suffix(2) == [.published(generation: 1), announced])
            #expect(network.kept == [DirectorHost.entry1, DirectorHost.entry2])
            #expect(plane.tables.map(\.links) == [[throughEth0(5), throughEth0(6)]])
            let status = await director.status()
            #expect(status.phase == .serving)
            #expect(status.publications == 1)
            #expect(status.interface == DirectorHost.eth0)
            #expect(status.problems == [])
        }
        #expect(network.kept == [])
        #expect(await director.status().phase == .stopping)
    }

    @Test("announces three times by the clock, which also tells the uptime")
    func announces() async throws {
        try await running { log in
            _ = await wait(for: announced, in: &log)
            await clock.sleeper(until: .seconds(1))
            clock.advance(by: .seconds(1))
            _ = await wait(for: announced, in: &log)
            await clock.sleeper(until: .seconds(3))
            clock.advance(by: .seconds(2))
            _ = await wait(for: announced, in: &log)
            #expect(plane.announcements == 3)
            #expect(await director.status().uptime == 3)
        }
    }

    @Test("publishes a changed MAC address without the clock moving")
    func followsEvents() async throws {
        try await running { log in
            _ = await wait(for: announced, in: &log)
            network.teller.yield(
                .neighbour(HostNeighbour(interface: 2, address: DirectorHost.web1, mac: mac(0x55))))
            let seen = await wait(for: .published(generation: 2), in: &log)
            #expect(plane.tables.last?.links == [throughEth0(0x55), throughEth0(6)])
            let changed = DirectorEvent.realServerChangedMAC(
                DirectorHost.web1, of: DirectorHost.service, from: mac(5), to: mac(0x55))
            #expect(seen.contains(changed))
            #expect(await director.status().macChanges == 1)
        }
    }

    @Test("moves the entries that the kernel keeps when routes change")
    func followsRoutes() async throws {
        try await running { log in
            _ = await wait(for: announced, in: &log)
            network.set { $0.host.routes[DirectorHost.web1] = .onLink(interface: 3) }
            network.teller.yield(.routesChanged)
            _ = await wait(for: .published(generation: 2), in: &log)
            let moved = NeighbourKey(interface: 3, address: DirectorHost.web1)
            #expect(network.kept == [moved, DirectorHost.entry2])
        }
        #expect(network.kept == [])
    }

    @Test("is starting until its first table was taken, which it offers again after a second")
    func retries() async throws {
        let error = DirectorError.publication("ENOMEM")
        plane.set { $0.errors = [error] }
        try await running { log in
            _ = await wait(for: .failed(error), in: &log)
            await clock.sleeper(until: .seconds(1))
            let status = await director.status()
            #expect(status.phase == .starting)
            #expect(status.problems.count == 1)
            clock.advance(by: .seconds(1))
            _ = await wait(for: .published(generation: 1), in: &log)
            #expect(await director.status().phase == .serving)
        }
    }

    @Test("reads again a second after a reading that failed")
    func readsAgain() async throws {
        try await running { log in
            _ = await wait(for: announced, in: &log)
            let error = DirectorError.hostNetwork("ENOBUFS")
            network.set { $0.readingError = error }
            network.teller.yield(.overrun)
            _ = await wait(for: .failed(error), in: &log)
            network.set {
                $0.readingError = nil
                $0.host.neighbours[0].mac = mac(0x55)
            }
            await clock.sleeper(until: .seconds(1))
            clock.advance(by: .seconds(1))
            _ = await wait(for: .published(generation: 2), in: &log)
        }
    }

    @Test("does not start when the host's network can not be read or lacks the interface")
    func badStart() async throws {
        network.set { $0.readingError = .hostNetwork("EPERM") }
        await #expect(throws: DirectorError.hostNetwork("EPERM")) { try await director.run() }
        network.set {
            $0.readingError = nil
            $0.host.links = [DirectorHost.eth1]
        }
        await #expect(throws: DirectorError.noSuchInterface("eth0")) { try await director.run() }
        #expect(plane.tables == [])
    }

    @Test("ends with an error, and releases what it asked for, when the host tells no more")
    func eventsEnded() async throws {
        let run = Task { try await director.run() }
        var log = events.makeAsyncIterator()
        _ = await wait(for: announced, in: &log)
        network.teller.finish()
        await #expect(throws: DirectorError.eventsEnded) { try await run.value }
        #expect(network.kept == [])
    }

    @Test("tells of an entry that it could not release")
    func releaseFails() async throws {
        let error = DirectorError.hostNetwork("EPERM")
        network.set { $0.releaseError = error }
        try await running { log in _ = await wait(for: announced, in: &log) }
        var log = events.makeAsyncIterator()
        #expect(await log.next(isolation: #isolation) == .failed(error))
    }

    @Test("other settings are in force without a restart")
    func otherSettings() async throws {
        try await running { log in
            _ = await wait(for: announced, in: &log)
            var settings = DirectorHost.settings
            settings.services[0].realServers[1].weight = 0
            try await director.apply(settings)
            _ = await wait(for: .published(generation: 2), in: &log)
            #expect(plane.tables.last?.services[0].realServers[1].weight == 0)
        }
    }

    @Test("an index goes to another service only when the counters show it without flows")
    func indexReuse() async throws {
        let others = (1..<16_384).map { port in
            VirtualService(
                address: ServiceAddress(address: DirectorHost.vip, port: port, transport: .udp),
                scheduler: .rr)
        }
        var settings = DirectorHost.settings
        settings.services += others
        let director = try Director(
            settings: settings, plane: plane, network: network, clock: clock, wallClock: { 0 },
            log: { _ in })
        settings.services = others
        try await director.apply(settings)
        settings.services[0].address = ServiceAddress(
            address: DirectorHost.vip, port: 8080, transport: .tcp)
        await #expect(throws: DirectorError.noFreeIndex) { try await director.apply(settings) }
        let busy = DataPlaneCounters.RealCounters(flows: FlowCounts(inactive: 1))
        plane.set { $0.counters = .reading(realServers: [0: .init(), 1: busy]) }
        await #expect(throws: DirectorError.noFreeIndex) { try await director.apply(settings) }
        plane.set { $0.counters = .reading(realServers: [0: .init(), 1: .init()]) }
        try await director.apply(settings)
    }

    @Test("many real servers without a MAC address make a few lines in the log; each is an event")
    func manyDown() async throws {
        var settings = DirectorHost.settings
        settings.services[0].realServers = (0..<1_000).map {
            RealServer(address: IPAddress(ipv4: 0x0A00_0001 + $0))
        }
        let (events, teller) = AsyncStream<DirectorEvent>.makeStream()
        let director = try Director(
            settings: settings, plane: plane, network: network, clock: clock, wallClock: { 0 },
            log: { teller.yield($0) })
        let run = Task { try await director.run() }
        var log = events.makeAsyncIterator()
        let lines = await wait(for: announced, in: &log)
        run.cancel()
        try await run.value
        #expect(lines.count { $0.kind == "real-server-down" } == 21)
        #expect(lines.contains(.moreRealServersDown(980, reason: "no route")))
        #expect(director.events.since(0).count { $0.kind == "real-server-down" } == 1_000)
    }

    @Test("the services' figures come from the data plane's counters")
    func figures() async throws {
        let traffic = Traffic(connections: 1, packets: 2, bytes: 3)
        plane.set { $0.counters = .reading(services: [0: traffic]) }
        #expect(await director.services().map(\.traffic) == [traffic])
    }

    @Test("real servers that flows of an earlier run name are published with their indexes")
    func keptRealServers() async throws {
        let kept = KeptRealServer(
            index: 0, vip: DirectorHost.vip, firstPort: 80, transport: .tcp,
            address: DirectorHost.web2)
        let (events, teller) = AsyncStream<DirectorEvent>.makeStream()
        let director = try Director(
            settings: DirectorHost.settings, keptRealServers: [kept],
            problems: ["flows will not outlive this lvsdrd"], plane: plane, network: network,
            clock: clock, wallClock: { 0 }, log: { teller.yield($0) })
        let run = Task { try await director.run() }
        var log = events.makeAsyncIterator()
        _ = await wait(for: announced, in: &log)
        #expect(plane.tables.last?.services[0].realServers.map(\.index) == [1, 0])
        #expect(await director.status().problems == ["flows will not outlive this lvsdrd"])
        run.cancel()
        try await run.value
    }
}
