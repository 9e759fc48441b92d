// SPDX-License-Identifier: Apache-2.0

import Synchronization

/// A clock that stands still until a test advances it.
final class ManualClock: Clock {
    struct Instant: InstantProtocol {
        var offset: Duration

        func advanced(by duration: Duration) -> Instant {
            Instant(offset: offset + duration)
        }

        func duration(to other: Instant) -> Duration {
            other.offset - offset
        }

        static func < (left: Instant, right: Instant) -> Bool {
            left.offset < right.offset
        }
    }

    private struct Sleeper {
        var deadline: Instant
        var continuation: CheckedContinuation<Void, any Error>
    }

    private struct State {
        var now = Instant(offset: .zero)
        var nextID = 0
        var sleepers: [Int: Sleeper] = [:]
        /// Sleepers that were cancelled before they lay down.
        var cancelled: Set<Int> = []
        /// Told as soon as somebody sleeps until their deadline.
        var watchers: [(deadline: Instant, news: AsyncStream<Void>.Continuation)] = []
    }

    private let state = Mutex(State())

    var now: Instant { state.withLock { $0.now } }
    var minimumResolution: Duration { .nanoseconds(1) }

    func sleep(until deadline: Instant, tolerance: Duration?) async throws {
        let id = state.withLock { state in
            state.nextID += 1
            return state.nextID
        }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { lieDown(id, until: deadline, $0) }
        } onCancel: {
            cancel(id)
        }
    }

    /// Returns once somebody sleeps until this long after the clock's beginning.
    func sleeper(until offset: Duration) async {
        let deadline = Instant(offset: offset)
        let (news, watcher) = AsyncStream<Void>.makeStream()
        let isThere = state.withLock { state in
            state.watchers.append((deadline, watcher))
            return state.sleepers.values.contains { $0.deadline == deadline }
        }
        if isThere { return }
        for await _ in news { return }
    }

    /// Wakes everybody whose time has come.
    func advance(by duration: Duration) {
        let woken = state.withLock { state in
            state.now = state.now.advanced(by: duration)
            let due = state.sleepers.filter { $0.value.deadline <= state.now }
            for id in due.keys { state.sleepers[id] = nil }
            return due.values.map(\.continuation)
        }
        for continuation in woken { continuation.resume() }
    }

    private func lieDown(
        _ id: Int, until deadline: Instant, _ continuation: CheckedContinuation<Void, any Error>
    ) {
        enum Outcome {
            case asleep
            case over
            case cancelled
        }
        let outcome = state.withLock { state -> Outcome in
            if state.cancelled.remove(id) != nil { return .cancelled }
            if deadline <= state.now { return .over }
            state.sleepers[id] = Sleeper(deadline: deadline, continuation: continuation)
            for watcher in state.watchers where watcher.deadline == deadline {
                watcher.news.yield()
            }
            return .asleep
        }
        switch outcome {
        case .asleep: break
        case .over: continuation.resume()
        case .cancelled: continuation.resume(throwing: CancellationError())
        }
    }

    private func cancel(_ id: Int) {
        let sleeper = state.withLock { state in
            let sleeper = state.sleepers.removeValue(forKey: id)
            if sleeper == nil { state.cancelled.insert(id) }
            return sleeper
        }
        sleeper?.continuation.resume(throwing: CancellationError())
    }
}
