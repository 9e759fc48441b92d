// SPDX-License-Identifier: Apache-2.0

import LVSModel

/// What is watched now; says when that must be another thing.
struct CheckWatch: Sendable {
    /// Whether it may be other than it should.
    var isStale = true
    private var watched: [CheckedRealServer] = []
    /// nil before anything was watched.
    private var limit: Int?

    /// Returns true when another watch must begin, which is then the one.
    mutating func begin(_ services: ServiceStates, limit: Int) -> Bool {
        guard isStale else { return false }
        isStale = false
        // What is known of them does not matter: it counts for new ones only.
        let wanted = services.checks.map { checked in
            CheckedRealServer(
                service: checked.service, realServer: checked.realServer, check: checked.check)
        }
        let isSame = wanted == watched && (self.limit ?? limit) == limit
        guard !isSame else { return false }
        watched = wanted
        self.limit = limit
        return true
    }
}
