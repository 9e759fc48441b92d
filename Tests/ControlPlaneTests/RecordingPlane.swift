// SPDX-License-Identifier: Apache-2.0

import ControlPlane
import LVSModel
import Synchronization

/// The port to the data plane, in memory: writes down what it is given.
final class RecordingPlane: ForwardingPlane {
    struct Record: Sendable {
        var tables: [ForwardingTable] = []
        var announcements = 0
        var counters = DataPlaneCounters.reading()
        /// Thrown by the next publications, one after the other.
        var errors: [DirectorError] = []
    }

    private let record = Mutex(Record())
    /// One for each announcement.
    let announced: AsyncStream<Void>
    private let announcer: AsyncStream<Void>.Continuation

    init() {
        (announced, announcer) = AsyncStream.makeStream()
    }

    /// From now on it has these counters, or throws these errors.
    func set(_ change: @Sendable (inout Record) -> Void) {
        record.withLock { change(&$0) }
    }

    var tables: [ForwardingTable] { record.withLock { $0.tables } }
    var announcements: Int { record.withLock { $0.announcements } }

    func publish(_ table: ForwardingTable) async throws(DirectorError) {
        let error = record.withLock { record -> DirectorError? in
            if !record.errors.isEmpty { return record.errors.removeFirst() }
            record.tables.append(table)
            return nil
        }
        if let error { throw error }
    }

    func counters() async -> DataPlaneCounters {
        record.withLock { $0.counters }
    }

    func announce() async {
        record.withLock { $0.announcements += 1 }
        announcer.yield()
    }
}
