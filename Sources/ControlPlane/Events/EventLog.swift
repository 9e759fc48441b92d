// SPDX-License-Identifier: Apache-2.0

public import LVSModel
import Synchronization

/// The director's last events, for whoever asks and whoever follows; thread-safe.
///
/// A follower has no memory of its own: it reads this one at its pace, and when it is so slow that
/// events it did not read yet are gone, it is told how many.
public final class EventLog: Sendable {
    /// How many it remembers.
    public let capacity: Int
    private let state = Mutex(State())

    private struct State {
        /// The one of id n stands at (n - 1) mod capacity.
        var records: [EventRecord] = []
        var nextID: UInt64 = 1
        var bells: [UInt64: AsyncStream<Void>.Continuation] = [:]
        var nextBell: UInt64 = 0

        var oldestID: UInt64 { nextID - UInt64(records.count) }
    }

    /// - Parameter capacity: at least 1.
    public init(capacity: Int = 10_000) {
        precondition(capacity > 0, "a log of no events")
        self.capacity = capacity
    }

    /// Gives the event its id.
    func append(_ event: DirectorEvent, by author: Author? = nil, time: UInt64) {
        let bells = state.withLock { state in
            let record = EventRecord(
                id: state.nextID, time: time, level: event.level.forRecords, kind: event.kind,
                service: event.service, realServer: event.realServer, author: author,
                text: "\(event)")
            if state.records.count < capacity {
                state.records.append(record)
            } else {
                state.records[Int((record.id - 1) % UInt64(capacity))] = record
            }
            state.nextID += 1
            return Array(state.bells.values)
        }
        for bell in bells { bell.yield() }
    }

    /// The id of the last event; 0 before the first.
    public var lastID: UInt64 { state.withLock { $0.nextID - 1 } }

    /// The events after the one of this id that are remembered, oldest first.
    ///
    /// An id that no event has yet is of an earlier run of the director: everything is after it.
    ///
    /// - Parameter limit: at most so many, the oldest of them.
    public func since(_ id: UInt64, limit: Int = .max) -> [EventRecord] {
        state.withLock { state in
            let first = max(id >= state.nextID ? 1 : id + 1, state.oldestID)
            let end = first + min(state.nextID - first, UInt64(clamping: limit))
            return (first..<end).map { state.records[Int(($0 - 1) % UInt64(capacity))] }
        }
    }

    /// The events after the one of this id and all to come, until the reader is cancelled or lets go
    /// of the stream. For one reader.
    ///
    /// Events that are gone before they were read become one of the kind `events-lost`, which has the
    /// id of the last of them. As with `since`, an id that no event has yet is of an earlier run.
    public func follow(after id: UInt64) -> AsyncStream<EventRecord> {
        let (bell, ringer) = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))
        let (number, last) = state.withLock { state in
            state.nextBell += 1
            state.bells[state.nextBell] = ringer
            return (state.nextBell, id >= state.nextID ? 0 : id)
        }
        let follower = EventFollower(log: self, number: number, last: last, bell: bell)
        return AsyncStream { await follower.next() }
    }

    /// The one after this id, or what tells that it is gone; nil when there is none yet.
    func record(after id: UInt64) -> EventRecord? {
        state.withLock { state in
            guard id + 1 < state.nextID else { return nil }
            let oldest = state.oldestID
            guard id + 1 >= oldest else {
                let first = state.records[Int((oldest - 1) % UInt64(capacity))]
                return EventRecord(lost: oldest - 1 - id, last: oldest - 1, time: first.time)
            }
            return state.records[Int(id % UInt64(capacity))]
        }
    }

    func stopRinging(_ number: UInt64) {
        let bell = state.withLock { $0.bells.removeValue(forKey: number) }
        bell?.finish()
    }

    /// How many follow now.
    var followers: Int { state.withLock { $0.bells.count } }
}

/// Where a reader of the log stands.
private final class EventFollower: Sendable {
    private let log: EventLog
    private let number: UInt64
    /// The id of the event that was read last.
    private let last: Mutex<UInt64>
    /// Rings at each event; holds one ring at most.
    private let bell: AsyncStream<Void>

    init(log: EventLog, number: UInt64, last: UInt64, bell: AsyncStream<Void>) {
        self.log = log
        self.number = number
        self.last = Mutex(last)
        self.bell = bell
    }

    deinit {
        log.stopRinging(number)
    }

    /// nil once the reader is cancelled.
    func next() async -> EventRecord? {
        while !Task.isCancelled {
            if let record = log.record(after: last.withLock(\.self)) {
                last.withLock { $0 = record.id }
                return record
            }
            for await _ in bell { break }
        }
        return nil
    }
}

extension EventRecord {
    fileprivate init(lost count: UInt64, last: UInt64, time: UInt64) {
        self.init(
            id: last, time: time, level: .warning, kind: "events-lost",
            text: "\(count) event\(count == 1 ? " is" : "s are") gone: this reader is slower than "
                + "they come")
    }
}

extension DirectorEvent.Level {
    fileprivate var forRecords: EventRecord.Level {
        switch self {
        case .debug: .debug
        case .info: .info
        case .warning: .warning
        }
    }
}
