// SPDX-License-Identifier: Apache-2.0

public import LVSModel

/// Checks real servers, each at its interval, and tells what becomes known of them after rise and
/// fall.
///
/// The starts are spread over the interval; no real server has two checks at once; so many run at
/// once as the limit says, further ones start in their order, with their whole time.
public actor HealthMonitor {
    /// Names a real server of a service.
    public struct Name: Hashable, Sendable {
        public let service: ServiceAddress
        public let realServer: IPAddress

        public init(service: ServiceAddress, realServer: IPAddress) {
            self.service = service
            self.realServer = realServer
        }
    }

    /// Gives the outcome of one question.
    public typealias Ask = @Sendable (CheckKind, ProbeQuestion) async -> CheckOutcome

    /// What becomes known, in order; it ends with `run`.
    public nonisolated let reports: AsyncStream<HealthReport>

    private let reporter: AsyncStream<HealthReport>.Continuation
    private let ask: Ask
    private let mark: @Sendable (IPAddress) -> UInt32?
    private let elapsed: @Sendable () -> Duration
    private let sleep: @Sendable (_ until: Duration) async throws -> Void

    private var states: [Name: CheckState] = [:]
    private var agenda = Agenda<Name>()
    /// Due, in order, and not started for the limit's sake.
    private var waiting: [Name] = []
    private var running = 0
    private var limit = 256
    private var sleeper: Task<Void, Never>?

    /// - Parameters:
    ///   - ask: asks one question; to be done at its deadline.
    ///   - mark: the SO_MARK that names a VIP; nil when a VIP can not be asked now.
    public init(
        ask: @escaping Ask, mark: @escaping @Sendable (IPAddress) -> UInt32?,
        clock: some Clock<Duration> = ContinuousClock()
    ) {
        (reports, reporter) = AsyncStream.makeStream()
        self.ask = ask
        self.mark = mark
        let start = clock.now
        elapsed = { start.duration(to: clock.now) }
        sleep = { try await clock.sleep(until: start.advanced(by: $0), tolerance: nil) }
    }

    /// Checks these from now on, and no others. Those that are checked in the same way already go on
    /// as they are.
    ///
    /// - Parameter limit: how many run at once at most, 1...10,000.
    public func watch(_ realServers: [CheckedRealServer], limit: Int) {
        self.limit = limit
        let now = elapsed()
        var next: [Name: CheckState] = [:]
        next.reserveCapacity(realServers.count)
        for checked in realServers {
            let name = Name(service: checked.service, realServer: checked.realServer)
            if let old = states[name] {
                if old.checked.check == checked.check {
                    next[name] = old
                    continue
                }
                next[name] = CheckState(checked, after: old, now: now)
            } else {
                next[name] = CheckState(checked, now: now)
            }
        }
        states = next
        plan()
        sleeper?.cancel()
    }

    /// What the checks came to, of those that are watched.
    public func figures() -> [Name: CheckFigures] {
        states.mapValues(\.figures)
    }

    /// Checks until its task is cancelled. To be called once.
    public func run() async {
        await withDiscardingTaskGroup { group in
            while !Task.isCancelled {
                for name in due() {
                    group.addTask { await self.check(name) }
                }
                await pause()
            }
            group.cancelAll()
        }
        reporter.finish()
    }
}

extension HealthMonitor {
    /// Makes the agenda anew.
    private func plan() {
        agenda = Agenda()
        for (name, state) in states { agenda.add(name, at: state.due) }
        waiting.removeAll { states[$0] == nil }
    }

    /// Those that start now.
    private func due() -> [Name] {
        let now = elapsed()
        while let name = agenda.next(at: now) {
            guard var state = states[name] else { continue }
            if !state.isRunning {
                state.isRunning = true
                waiting.append(name)
            }
            state.proceed(at: now)
            agenda.add(name, at: state.due)
            states[name] = state
        }
        let count = min(waiting.count, max(0, limit - running))
        guard count > 0 else { return [] }
        let starting = Array(waiting.prefix(count))
        waiting.removeFirst(count)
        running += count
        return starting
    }

    /// Until the next is due, or something has changed.
    private func pause() async {
        let until = agenda.first
        let sleep = sleep
        guard waiting.isEmpty || running >= limit else { return }
        let task = Task<Void, Never> {
            // Cancelled when something has changed.
            if let until { _ = try? await sleep(until) } else { await Self.forever() }
        }
        sleeper = task
        await withTaskCancellationHandler {
            await task.value
        } onCancel: {
            task.cancel()
        }
    }

    private static func forever() async {
        while !Task.isCancelled { _ = try? await Task.sleep(for: .seconds(3_600)) }
    }

    private func check(_ name: Name) async {
        defer {
            running -= 1
            if !waiting.isEmpty { sleeper?.cancel() }
        }
        guard let checked = states[name]?.checked else { return }
        let start = elapsed()
        var outcome = await outcome(of: checked, via: checked.check.via)
        let duration = elapsed() - start
        guard !Task.isCancelled else { return }
        if case .failed(let cause) = outcome, checked.check.via == .vip,
            checked.check.kind.isNetworked, states[name]?.isAtTheBrink == true,
            case .passed = await self.outcome(of: checked, via: .rip)
        {
            outcome = .failed(
                "VIP not on this host: \(cause), and the same check to \(checked.realServer) passes"
            )
        }
        finish(name, checked, outcome, duration)
    }

    private func outcome(of checked: CheckedRealServer, via: CheckWay) async -> CheckOutcome {
        let check = checked.check
        var mark: UInt32?
        if via == .vip, check.kind.isNetworked {
            guard let known = self.mark(checked.service.address) else {
                return .failed("the VIP can not be asked: the director has no mark for it")
            }
            mark = known
        }
        return await ask(
            check.kind,
            ProbeQuestion(
                service: checked.service, realServer: checked.realServer,
                port: check.port ?? checked.service.ports.first, mark: mark,
                timeout: .milliseconds(check.timeout)))
    }

    /// A result of a check that is not wanted any more, or was changed meanwhile, says nothing.
    private func finish(
        _ name: Name, _ checked: CheckedRealServer, _ outcome: CheckOutcome, _ duration: Duration
    ) {
        guard var state = states[name] else { return }
        state.isRunning = false
        let isWanted = state.checked.check == checked.check
        let report = isWanted ? state.receive(outcome, after: duration) : nil
        states[name] = state
        if let report { reporter.yield(report) }
    }
}
