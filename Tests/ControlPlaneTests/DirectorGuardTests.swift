// SPDX-License-Identifier: Apache-2.0

import LVSModel
import Testing

@testable import ControlPlane

@Suite("Director: other hosts that claim a VIP", .timeLimit(.minutes(1)))
struct DirectorGuardTests {
    private let plane = RecordingPlane()
    private let network = ScriptedNetwork()
    private let segment = ScriptedSegment()
    private let clock = ManualClock()
    private let holder = VIPClaim(vip: DirectorHost.vip, mac: mac(5), kind: .holder)
    private let announced = DirectorEvent.announced(vips: 1, interface: "eth0")

    /// A director that serves, and what it tells from then on.
    private struct Serving {
        let director: Director
        var log: AsyncStream<DirectorEvent>.Iterator

        /// The events up to and with the first one that fits.
        mutating func wait(for isLast: (DirectorEvent) -> Bool) async -> [DirectorEvent] {
            var seen: [DirectorEvent] = []
            while let next = await log.next(isolation: #isolation) {
                seen.append(next)
                if isLast(next) { return seen }
            }
            return seen
        }

        mutating func wait(for event: DirectorEvent) async -> [DirectorEvent] {
            await wait { $0 == event }
        }
    }

    private func serving(
        _ settings: DirectorSettings = DirectorHost.settings,
        _ work: (inout Serving) async throws -> Void
    ) async throws {
        let (events, teller) = AsyncStream<DirectorEvent>.makeStream()
        let director = try Director(
            settings: settings, plane: plane, network: network, segment: segment, clock: clock,
            wallClock: { 0 }, log: { teller.yield($0) })
        let run = Task { try await director.run() }
        var serving = Serving(director: director, log: events.makeAsyncIterator())
        let result: Result<Void, any Error>
        do {
            _ = await serving.wait { if case .published = $0 { true } else { false } }
            try await work(&serving)
            result = .success(())
        } catch {
            result = .failure(error)
        }
        run.cancel()
        try await run.value
        try result.get()
    }

    @Test("it asks for its VIPs as time passes")
    func asks() async throws {
        try await serving { _ in
            await segment.listens(to: [DirectorHost.vip])
            for second in 1...3 {
                await clock.sleeper(until: .seconds(second))
                clock.advance(by: .seconds(1))
            }
            for await vip in segment.asked {
                #expect(vip == DirectorHost.vip)
                break
            }
        }
    }

    @Test("a claim is an event and a problem that name the real server, and ends when it is mended")
    func alarm() async throws {
        try await serving { serving in
            let (director, web) = (serving.director, [DirectorHost.web1])
            segment.teller.yield(holder)
            _ = await serving.wait(for: .vipClaimed(holder, realServers: web))
            await director.receive(holder)
            #expect(await director.status().problems == [holder.alarm(realServers: web)])
            clock.advance(by: .seconds(20))
            await director.guardVIPs()
            _ = await serving.wait(for: .vipClaimEnded(holder, realServers: web))
            let status = await director.status()
            #expect(status.problems == [])
            #expect(status.arpConflicts == 2)
        }
    }

    @Test("a claim has the VIPs announced again at once and twice more, which is no event")
    func announces() async throws {
        try await serving { serving in
            _ = await serving.wait(for: announced)
            await serving.director.receive(holder)
            // The first of the start, and the first because of the claim.
            var heard = plane.announced.makeAsyncIterator()
            for _ in 0..<2 { await heard.next() }
            clock.advance(by: .seconds(1))
            await heard.next()
            await clock.sleeper(until: .seconds(3))
            clock.advance(by: .seconds(2))
            await heard.next()
            #expect(plane.announcements == 4)
            let other = VIPClaim(vip: DirectorHost.vip, mac: mac(0x99), kind: .sender)
            await serving.director.receive(other)
            let seen = await serving.wait(for: .vipClaimed(other, realServers: []))
            #expect(!seen.contains(announced))
        }
    }

    @Test(
        "a peer and the director's own interface are no alarm; a change of peers needs no restart")
    func peers() async throws {
        var settings = DirectorHost.settings
        settings.peers = [mac(0x77)]
        try await serving(settings) { serving in
            let (director, web) = (serving.director, [DirectorHost.web1])
            for friend in [mac(0x77), mac(4)] {
                await director.receive(
                    VIPClaim(vip: DirectorHost.vip, mac: friend, kind: .holder))
            }
            #expect(await director.status().arpConflicts == 0)
            await director.receive(holder)
            #expect(await director.status().arpConflicts == 1)
            try await director.change([.setPeers([mac(5)])])
            await director.guardVIPs()
            _ = await serving.wait(for: .vipClaimEnded(holder, realServers: web))
            await director.receive(holder)
            let status = await director.status()
            #expect(status.problems == [])
            #expect(status.arpConflicts == 1)
        }
    }

    @Test("a standby director neither asks nor alarms")
    func standby() async throws {
        try await serving { serving in
            let director = serving.director
            await segment.listens(to: [DirectorHost.vip])
            try await director.setRole(.standby)
            await segment.listens(to: [])
            await director.receive(holder)
            for _ in 0..<10 { await director.guardVIPs() }
            #expect(segment.questions == 0)
            #expect(await director.status().arpConflicts == 0)
            try await director.setRole(.active)
            await segment.listens(to: [DirectorHost.vip])
            for _ in 0..<10 { await director.guardVIPs() }
            #expect(segment.questions == 2)
        }
    }

    @Test("under arp: host it watches over the VIPs that the host holds, in standby too")
    func hosts() async throws {
        var settings = DirectorHost.settings
        settings.services[0].arp = .host
        settings.start = .standby
        network.set { $0.host.heldAddresses = [DirectorHost.vip, ip("192.168.142.4")] }
        try await serving(settings) { serving in
            let director = serving.director
            await segment.listens(to: [DirectorHost.vip])
            for _ in 0..<5 { await director.guardVIPs() }
            #expect(segment.questions == 1)
            await director.receive(holder)
            clock.advance(by: .seconds(20))
            await director.guardVIPs()
            // Because it was claimed, and because it is no longer.
            var announced = segment.announced.makeAsyncIterator()
            for _ in 0..<2 { #expect(await announced.next() == DirectorHost.vip) }
            #expect(plane.announcements == 0)
            network.set { $0.host.heldAddresses = [ip("192.168.142.4")] }
            network.teller.yield(.routesChanged)
            _ = await serving.wait(for: .vipGiven(DirectorHost.vip))
            await segment.listens(to: [])
            let questions = segment.questions
            for _ in 0..<5 { await director.guardVIPs() }
            #expect(segment.questions == questions)
        }
    }

    @Test(
        "an interface whose MAC address changes is listened to anew; on one that is down it is quiet"
    )
    func link() async throws {
        try await serving { serving in
            let director = serving.director
            await segment.listens(to: [DirectorHost.vip])
            network.teller.yield(.link(DirectorHost.eth0.with(mac: mac(0x44))))
            await segment.listens(to: [DirectorHost.vip], mac: mac(0x44))
            network.teller.yield(
                .link(DirectorHost.eth0.with(mac: mac(0x44)).with(isRunning: false)))
            _ = await serving.wait(for: .linkDown("eth0"))
            for _ in 0..<10 { await director.guardVIPs() }
            #expect(segment.questions == 0)
        }
    }

    @Test("where it can not listen that is a problem, and tried again each second")
    func failure() async throws {
        let error = DirectorError.hostNetwork("no permission")
        segment.set { $0.error = error }
        try await serving { serving in
            let director = serving.director
            _ = await serving.wait(for: .failed(error))
            for _ in 0..<5 { await director.guardVIPs() }
            let problem = "other hosts' ARP is not heard: \(error); it is tried again"
            #expect(await director.status().problems == [problem])
            #expect(segment.questions == 0)
            segment.set { $0.error = nil }
            await director.guardVIPs()
            await segment.listens(to: [DirectorHost.vip])
            // Whoever follows the director's own step sees what came of it.
            try await director.change([.setCheckLimit(9)])
            #expect(await director.status().problems == [])
        }
    }

    @Test("of very many claims the status tells twenty, and how many more there are")
    func many() async throws {
        try await serving { serving in
            for number in 0..<25 as Range<UInt64> {
                await serving.director.receive(
                    VIPClaim(vip: DirectorHost.vip, mac: mac(0x100 + number), kind: .holder))
            }
            let problems = await serving.director.status().problems
            #expect(problems.count == 21)
            #expect(problems.last == "5 more claims of VIPs by other hosts: see lvsdr events")
        }
    }
}
