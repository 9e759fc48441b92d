// SPDX-License-Identifier: Apache-2.0

import ControlPlane
import LVSModel
import Synchronization

/// The port to the checks, in memory: a test says what they find.
final class ScriptedHealth: HealthSource {
    struct Script: Sendable {
        /// What was asked for last, and how many at once.
        var watched: [CheckedRealServer] = []
        var limit = 0
        var figures: [CheckedName: CheckFigures] = [:]
    }

    private let script = Mutex(Script())
    let reports: AsyncStream<HealthReport>
    let teller: AsyncStream<HealthReport>.Continuation

    init() {
        (reports, teller) = AsyncStream.makeStream()
    }

    /// From now on the checks came to this.
    func set(_ change: @Sendable (inout Script) -> Void) {
        script.withLock { change(&$0) }
    }

    var watched: [CheckedRealServer] { script.withLock { $0.watched } }
    var limit: Int { script.withLock { $0.limit } }

    func watch(_ realServers: [CheckedRealServer], limit: Int) async {
        script.withLock {
            $0.watched = realServers
            $0.limit = limit
        }
    }

    func figures() async -> [CheckedName: CheckFigures] {
        script.withLock { $0.figures }
    }
}
