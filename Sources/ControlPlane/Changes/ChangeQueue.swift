// SPDX-License-Identifier: Apache-2.0

import LVSModel

/// Somebody wants something changed.
struct ChangeRequest: Sendable {
    enum Wish: Sendable {
        case changes([Change])
        case reload(DirectorSettings, exactly: Bool)
        /// Those of these that still drain are to be removed.
        case removeDrained([Drained])
    }

    /// A real server that has drained, and the flows that it has left.
    struct Drained: Hashable, Sendable {
        var key: RealServerKey
        var flows: UInt64
    }

    var wish: Wish
    /// Who wants it; nil for the director itself.
    var author: Author?
    var answer: @Sendable (Result<ChangeStep, ChangeRefusal>) -> Void
}

/// What a request comes to, beside what was wanted before.
struct ChangeStep: Sendable {
    var settings: DirectorSettings
    var changes: [Change]
    var reload: Reload?
    /// The configuration file, when it was loaded.
    var file: DirectorSettings?
    var drained: [ChangeRequest.Drained] = []
}

extension ChangeRequest.Wish {
    /// - Parameters:
    ///   - settings: what is wanted before it.
    ///   - file: as it was last loaded.
    func step(
        from settings: DirectorSettings, file: DirectorSettings
    ) throws(ChangeRefusal) -> ChangeStep {
        switch self {
        case .changes(let changes):
            return ChangeStep(settings: try settings.applying(changes), changes: changes)
        case .reload(let new, let exactly):
            let reload =
                exactly
                ? Reload(exactly: new, running: settings)
                : try Reload(base: file, file: new, running: settings)
            return ChangeStep(
                settings: reload.settings, changes: reload.applied, reload: reload, file: new)
        case .removeDrained(let drained):
            var draft = SettingsDraft(settings)
            let ready = drained.filter {
                let real = draft.realServer($0.key.address, of: $0.key.service)
                return real?.administrativeState == .draining
            }
            let changes = ready.map { Change.removeRealServer($0.key.address, of: $0.key.service) }
            return ChangeStep(
                settings: try settings.applying(changes), changes: changes, drained: ready)
        }
    }
}

/// Requests in the order in which they came.
struct ChangeQueue: Sendable {
    private var requests: [ChangeRequest] = []
    /// So many of the first are to be taken one at a time.
    private var lonely = 0

    mutating func append(_ request: ChangeRequest) {
        requests.append(request)
    }

    /// They could not be made together: each is to be made alone.
    mutating func putBack(_ failed: [ChangeRequest]) {
        requests = failed + requests
        lonely = max(lonely, failed.count)
    }

    /// Those that are to be made together; empty when there are none.
    mutating func take() -> [ChangeRequest] {
        guard lonely > 0 else { return takeAll() }
        lonely -= 1
        return [requests.removeFirst()]
    }

    mutating func takeAll() -> [ChangeRequest] {
        lonely = 0
        defer { requests = [] }
        return requests
    }
}

/// Changes that are wanted and not in force yet.
struct Transaction: Sendable {
    /// What was wanted before, whether it was in force, and what checks had said of it.
    var before: DirectorSettings
    var wasInForce: Bool
    var health: [CheckedName: HealthReport]
    var steps: [(request: ChangeRequest, step: ChangeStep)]
}
