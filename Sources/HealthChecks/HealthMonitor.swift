// SPDX-License-Identifier: Apache-2.0

public import LVSModel

/// Checks real servers, each at its interval, and tells what becomes known of them after rise and
/// fall.
///
/// The first start comes soon, further ones are spread over the interval; no real server has two
/// checks at once; so many run at once as the limit says, further ones start in their order, with
/// their whole time. So one that dies is known to be down after interval x fall + timeout, and where
/// the timeout is longer than the interval after interval + fall x timeout, as long as no check need
/// wait for the limit's sake.
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
    let ask: Ask
    private let mark: @Sendable (IPAddress) -> UInt32?
    let elapsed: @Sendable () -> Duration
    let sleep: @Sendable (_ until: Duration) async throws -> Void

    private var states: [Name: CheckState] = [:]
    private var agenda = Agenda<Name>()
    /// Due, in order, and not started for the limit's sake.
    private var waiting: ArraySlice<Name> = []
    /// The checks that run, with those that were cancelled and have not ended.
    private(set) var tasks: [Name: Task<Void, Never>] = [:]
    private var limit = 256
    private var isOver = false
    private var sleeper: Task<Void, Never>?

    /// - Parameters:
    ///   - ask: asks one question; to be done at its deadline, and soon after it is cancelled.
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
    /// as they are; a check that is changed, or not wanted any more, is cancelled.
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
                tasks[name]?.cancel()
                next[name] = CheckState(checked, after: old, now: now)
            } else {
                next[name] = CheckState(checked, now: now)
            }
        }
        for (name, task) in tasks where next[name] == nil { task.cancel() }
        states = next
        plan()
        startWaiting()
        sleeper?.cancel()
    }

    /// What the checks came to, of those that are watched.
    public func figures() -> [Name: CheckFigures] {
        states.mapValues(\.figures)
    }

    /// Checks until its task is cancelled. To be called once.
    public func run() async {
        while !Task.isCancelled {
            findDue()
            startWaiting()
            await pause()
        }
        isOver = true
        for task in tasks.values { task.cancel() }
        // Each takes itself out as it ends.
        while let task = tasks.values.first { await task.value }
        reporter.finish()
    }
}

extension HealthMonitor {
    /// Makes the agenda anew.
    private func plan() {
        agenda = Agenda()
        for (name, state) in states { agenda.add(name, at: state.due) }
        waiting.removeAll { states[$0]?.isWaiting != true }
    }

    /// Lets those wait whose time has come. One that still waits misses its turn; one that still runs
    /// has it when it has ended.
    private func findDue() {
        let now = elapsed()
        while let name = agenda.next(at: now) {
            guard var state = states[name] else { continue }
            if tasks[name] != nil {
                state.isOverdue = true
            } else if !state.isWaiting {
                state.isWaiting = true
                waiting.append(name)
            }
            state.proceed(at: now)
            agenda.add(name, at: state.due)
            states[name] = state
        }
    }

    private func startWaiting() {
        while !isOver, tasks.count < limit, let name = waiting.popFirst() {
            guard let checked = states[name]?.checked else { continue }
            states[name]?.isWaiting = false
            tasks[name] = Task { await check(name, checked) }
        }
    }

    /// Until the next is due, or something has changed.
    private func pause() async {
        let until = agenda.first.map {
            Self.grain * Int($0.milliseconds / Self.grain.milliseconds + 1)
        }
        let sleep = sleep
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

    /// Those that are due within it start together: thousands of wake-ups cost more than the checks.
    private static let grain = Duration.milliseconds(10)

    private static func forever() async {
        while !Task.isCancelled { _ = try? await Task.sleep(for: .seconds(3_600)) }
    }

    /// The result of a check that was cancelled says nothing.
    private func check(_ name: Name, _ checked: CheckedRealServer) async {
        let (outcome, duration) = await result(name, checked)
        tasks[name] = nil
        if !Task.isCancelled, let report = states[name]?.receive(outcome, after: duration) {
            reporter.yield(report)
        }
        if states[name]?.isOverdue == true {
            states[name]?.isOverdue = false
            states[name]?.isWaiting = true
            waiting.append(name)
        }
        startWaiting()
    }

    /// Asks; where it would make the real server down that nobody answers at the VIP, its own address
    /// too.
    private func result(
        _ name: Name, _ checked: CheckedRealServer
    ) async -> (CheckOutcome, duration: Duration) {
        let start = elapsed()
        guard checked.check.via == .vip, checked.check.kind.isNetworked else {
            return (await ask(checked, mark: nil), elapsed() - start)
        }
        guard let mark = mark(checked.service.address) else {
            return (.failed("the VIP can not be asked: the director has no mark for it"), .zero)
        }
        let isAtTheBrink = states[name]?.isAtTheBrink == true
        let outcome =
            isAtTheBrink
            ? await askTwofold(checked, mark: mark) : await ask(checked, mark: mark)
        return (outcome, elapsed() - start)
    }
}
