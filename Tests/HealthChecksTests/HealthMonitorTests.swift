// SPDX-License-Identifier: Apache-2.0

import LVSModel
import Testing

@testable import HealthChecks

@Suite("The monitor of health", .timeLimit(.minutes(1)))
struct HealthMonitorTests {
    private static let service = ServiceAddress(
        address: IPAddress(ipv4: 0x0A00_0064), port: 80, transport: .tcp)
    private let clock = ManualClock()
    private let desk = Desk()

    private func monitor(mark: UInt32? = 7) -> HealthMonitor {
        HealthMonitor(ask: desk.ask, mark: { _ in mark }, clock: clock)
    }

    private static func address(_ number: UInt32) -> IPAddress {
        IPAddress(ipv4: 0x0A00_0000 + number)
    }

    /// A real server that is checked every 1,000 ms.
    private func checked(
        _ number: UInt32 = 1, _ kind: CheckKind = .tcp, via: CheckWay = .rip,
        timeout: UInt32 = 500, health: Health = .unknown
    ) -> CheckedRealServer {
        CheckedRealServer(
            service: Self.service, realServer: Self.address(number),
            check: HealthCheck(
                kind: kind, via: via, interval: 1_000, timeout: timeout, rise: 2, fall: 2),
            health: health)
    }

    /// Runs the monitor while the body does.
    private func running(
        _ monitor: HealthMonitor, _ body: () async throws -> Void
    ) async throws {
        let run = Task { await monitor.run() }
        defer { run.cancel() }
        try await body()
        run.cancel()
        await run.value
    }

    /// Lets the next check fail or pass, and returns what it asked.
    ///
    /// - Parameter left: so many checks run afterwards.
    @discardableResult
    private func round(
        _ outcome: CheckOutcome, of monitor: HealthMonitor, left: Int = 0
    ) async throws -> ProbeQuestion {
        clock.advance(by: .seconds(1))
        let inquiry = try await desk.next()
        inquiry.answer(outcome)
        await running(left, of: monitor)
        return inquiry.question
    }

    /// Returns once no more checks run.
    private func running(_ count: Int, of monitor: HealthMonitor) async {
        for _ in 0..<1_000_000 {
            if await monitor.tasks.count <= count { return }
            await Task.yield()
        }
        Issue.record("more than \(count) checks run")
    }

    @Test("each is asked once an interval, and what becomes known is told once")
    func interval() async throws {
        let monitor = monitor()
        var reports = monitor.reports.makeAsyncIterator()
        await monitor.watch([checked()], limit: 10)
        try await running(monitor) {
            let question = try await round(.passed, of: monitor)
            #expect(question.realServer == Self.address(1))
            #expect(question.port == 80 && question.timeout == .milliseconds(500))
            #expect(await reports.next()?.health == .up)
            for _ in 0..<4 { try await round(.passed, of: monitor) }
            for _ in 0..<2 { try await round(.failed("connection refused"), of: monitor) }
            let report = await reports.next()
            #expect(report?.health == .down && report?.cause == "connection refused")
            let figures = try #require(await monitor.figures().values.first)
            #expect(figures.passed == 5 && figures.failed == 2)
            #expect(figures.lastFailure == "connection refused")
        }
        #expect(await reports.next() == nil)
    }

    @Test("so many run at once as the limit says; the others start in order, as one ends")
    func limit() async throws {
        let monitor = monitor()
        await monitor.watch((1...5).map { checked($0) }, limit: 2)
        try await running(monitor) {
            clock.advance(by: .seconds(1))
            var running = [try await desk.next(), try await desk.next()]
            var asked = Set(running.map(\.question.realServer))
            for _ in 0..<3 {
                #expect(await monitor.figures().values.reduce(0) { $0 + $1.passed } < 4)
                running.removeFirst().answer()
                running.append(try await desk.next())
                asked.insert(running[1].question.realServer)
            }
            #expect(asked.count == 5)
        }
    }

    @Test("a real server whose check takes long is not asked a second time meanwhile")
    func slow() async throws {
        let monitor = monitor()
        await monitor.watch([checked(1), checked(2)], limit: 10)
        try await running(monitor) {
            clock.advance(by: .seconds(1))
            var first = try await desk.next(2)
            first.removeValue(forKey: Self.address(2))?.answer()
            await running(1, of: monitor)
            for _ in 0..<3 {
                let question = try await round(.passed, of: monitor, left: 1)
                #expect(question.realServer == Self.address(2))
            }
            first.removeValue(forKey: Self.address(1))?.answer()
            // What it missed is made up for once.
            let late = try await desk.next()
            #expect(late.question.realServer == Self.address(1))
            late.answer()
            await running(0, of: monitor)
            clock.advance(by: .seconds(1))
            #expect(try await desk.next(2).keys.contains(Self.address(1)))
        }
    }

    @Test("to be told the same again disturbs no check that runs")
    func unchanged() async throws {
        let monitor = monitor()
        await monitor.watch([checked()], limit: 10)
        try await running(monitor) {
            clock.advance(by: .seconds(1))
            let inquiry = try await desk.next()
            // What is said of its health counts for new ones only.
            for _ in 0..<100 { await monitor.watch([checked(health: .down)], limit: 10) }
            inquiry.answer()
            #expect(await monitor.reports.first { _ in true }?.health == .up)
            #expect(await monitor.figures().values.first?.passed == 1)
        }
    }

    @Test("to be told the same again does not put off the next check")
    func unchangedTime() async throws {
        let monitor = monitor()
        let all = (1...8).map { checked($0) }
        await monitor.watch(all, limit: 10)
        try await running(monitor) {
            clock.advance(by: .seconds(1))
            for inquiry in try await desk.next(8).values { inquiry.answer() }
            await running(0, of: monitor)
            clock.advance(by: .milliseconds(600))
            await monitor.watch(all, limit: 10)
            clock.advance(by: .milliseconds(400))
            #expect(try await desk.next(8).count == 8)
        }
    }

    @Test("a check that is changed is cancelled and begins anew, with what was known")
    func changed() async throws {
        let monitor = monitor()
        var reports = monitor.reports.makeAsyncIterator()
        await monitor.watch([checked()], limit: 10)
        try await running(monitor) {
            try await round(.passed, of: monitor)
            #expect(await reports.next()?.health == .up)
            clock.advance(by: .seconds(1))
            let old = try await desk.next()
            await monitor.watch([checked(1, .icmp)], limit: 10)
            #expect(await desk.cancelled.first { _ in true } == Self.address(1))
            old.answer(.failed("too late"))
            await running(0, of: monitor)
            try await round(.failed("no answer"), of: monitor)
            try await round(.failed("no answer"), of: monitor)
            let report = await reports.next()
            #expect(report?.health == .down && report?.cause == "no answer")
            let figures = try #require(await monitor.figures().values.first)
            #expect(figures.passed == 1 && figures.failed == 2)
        }
    }

    @Test("one that is not wanted any more is cancelled, and gives its place to those who wait")
    func gone() async throws {
        let monitor = monitor()
        await monitor.watch([checked(1)], limit: 1)
        try await running(monitor) {
            clock.advance(by: .seconds(1))
            _ = try await desk.next()
            await monitor.watch([checked(2)], limit: 1)
            #expect(await desk.cancelled.first { _ in true } == Self.address(1))
            await running(0, of: monitor)
            #expect(try await round(.passed, of: monitor).realServer == Self.address(2))
            #expect(await monitor.figures().keys.map(\.realServer) == [Self.address(2)])
        }
    }

    @Test("all checks are cancelled at the end")
    func end() async throws {
        let monitor = monitor()
        await monitor.watch([checked(1), checked(2)], limit: 1)
        try await running(monitor) {
            clock.advance(by: .seconds(1))
            _ = try await desk.next()
        }
        _ = await desk.cancelled.first { _ in true }
        #expect(await monitor.reports.first { _ in true } == nil)
    }

    @Test("a VIP that does not answer where the RIP does is not on the host")
    func vipMissing() async throws {
        let monitor = monitor()
        var reports = monitor.reports.makeAsyncIterator()
        await monitor.watch([checked(via: .vip, health: .up)], limit: 10)
        try await running(monitor) {
            #expect(try await round(.unanswered("no answer in 2 s"), of: monitor).mark == 7)
            // The first failure does not make it down: the RIP is not asked.
            let second = try await round(.unanswered("no answer in 2 s"), of: monitor, left: 1)
            #expect(second.mark == 7)
            let plain = try await desk.next()
            #expect(plain.question.mark == nil)
            #expect(plain.question.timeout == .milliseconds(500))
            plain.answer()
            let report = await reports.next()
            #expect(report?.health == .down)
            #expect(
                report?.cause
                    == "VIP not on this host: the same check to 10.0.0.1 passes (no answer in 2 s)")
        }
    }

    @Test("a VIP that does not answer where the RIP does not either keeps its cause")
    func bothFail() async throws {
        let monitor = monitor()
        var reports = monitor.reports.makeAsyncIterator()
        await monitor.watch([checked(via: .vip)], limit: 10)
        try await running(monitor) {
            try await round(.unanswered("no answer in 2 s"), of: monitor, left: 1)
            try await desk.next().answer(.unanswered("connection refused"))
            #expect(await reports.next()?.cause == "no answer in 2 s")
        }
    }

    @Test("a VIP that answers, however badly, is on the host: the RIP is not asked")
    func badAnswer() async throws {
        let monitor = monitor()
        var reports = monitor.reports.makeAsyncIterator()
        await monitor.watch([checked(via: .vip)], limit: 10)
        try await running(monitor) {
            let first = try await round(.failed("503, expected 200"), of: monitor)
            #expect(first.mark == 7)
            #expect(await reports.next()?.cause == "503, expected 200")
            // The next question is the next check's.
            let second = try await round(.passed, of: monitor)
            #expect(second.mark == 7)
        }
    }

    @Test("a VIP that is silent for half of the time has the RIP asked in the other half")
    func silentVIP() async throws {
        let monitor = monitor()
        var reports = monitor.reports.makeAsyncIterator()
        await monitor.watch([checked(via: .vip)], limit: 10)
        try await running(monitor) {
            clock.advance(by: .seconds(1))
            let vip = try await desk.next()
            #expect(vip.question.mark == 7)
            await clock.sleeper(until: .milliseconds(1_250))
            clock.advance(by: .milliseconds(250))
            let plain = try await desk.next()
            #expect(plain.question.mark == nil)
            #expect(plain.question.timeout == .milliseconds(250))
            plain.answer()
            clock.advance(by: .milliseconds(250))
            vip.answer(.unanswered("no answer in 500 ms"))
            let cause = await reports.next()?.cause
            #expect(cause?.hasPrefix("VIP not on this host: ") == true)
        }
    }

    @Test("a VIP that answers late, but in time, passes whatever the RIP says")
    func lateVIP() async throws {
        let monitor = monitor()
        var reports = monitor.reports.makeAsyncIterator()
        await monitor.watch([checked(via: .vip)], limit: 10)
        try await running(monitor) {
            clock.advance(by: .seconds(1))
            let vip = try await desk.next()
            await clock.sleeper(until: .milliseconds(1_250))
            clock.advance(by: .milliseconds(250))
            try await desk.next().answer(.unanswered("connection refused"))
            vip.answer()
            #expect(await reports.next()?.health == .up)
        }
    }

    @Test("without a mark the VIP is not asked, nor is its absence claimed")
    func noMark() async throws {
        let monitor = monitor(mark: nil)
        await monitor.watch([checked(via: .vip)], limit: 10)
        try await running(monitor) {
            clock.advance(by: .seconds(1))
            let report = await monitor.reports.first { _ in true }
            #expect(report?.health == .down)
            #expect(report?.cause == "the VIP can not be asked: the director has no mark for it")
        }
    }

    @Test("a program needs no mark, and its other weight is told")
    func weight() async throws {
        let monitor = monitor(mark: nil)
        var reports = monitor.reports.makeAsyncIterator()
        let kind = CheckKind.exec(ExecCheck(program: "/bin/true", setsWeight: true))
        await monitor.watch([checked(1, kind, via: .vip)], limit: 10)
        try await running(monitor) {
            for weight in [5, 5, 9, nil, 9, 3] as [UInt16?] {
                try await round(.passed(weight: weight), of: monitor)
            }
            var weights: [UInt16?] = []
            while weights.count < 3, let report = await reports.next() {
                #expect(report.health == .up)
                weights.append(report.weight)
            }
            #expect(weights == [5, 9, 3])
        }
    }
}
