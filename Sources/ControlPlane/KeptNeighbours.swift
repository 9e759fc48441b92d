// SPDX-License-Identifier: Apache-2.0

import LVSModel

/// Which neighbour entries the kernel was asked to keep resolved.
///
/// The kernel forgets such a request together with the entry: when the link stops, when the
/// interface's address changes, when someone empties the neighbour table. So an entry that lost its
/// MAC address is asked for again at once, and one that has none from time to time.
struct KeptNeighbours: Sendable {
    /// As often as the kernel by itself asks for an entry that it keeps resolved.
    static let askAgain = Duration.seconds(5)

    private enum Standing: Hashable, Sendable {
        case kept(since: Duration)
        /// The kernel may have forgotten it.
        case lost
        case refused(at: Duration, DirectorError)
    }

    /// What to do now, and when to look again.
    struct Plan: Hashable, Sendable {
        var release: [NeighbourKey] = []
        var keep: [NeighbourKey] = []
        var next: Duration?

        var isEmpty: Bool { release.isEmpty && keep.isEmpty }
    }

    private var standings: [NeighbourKey: Standing] = [:]

    /// All that the kernel was asked for, in order.
    var entries: [NeighbourKey] {
        standings.keys.sorted()
    }

    /// What was refused, in order.
    var refusals: [(entry: NeighbourKey, error: DirectorError)] {
        entries.compactMap { key in
            guard case .refused(_, let error) = standings[key] else { return nil }
            return (key, error)
        }
    }

    /// The difference between what should be kept and what is.
    ///
    /// - Parameter wanted: each entry with whether it is resolved.
    func plan(for wanted: [NeighbourKey: Bool], at now: Duration) -> Plan {
        var plan = Plan(release: standings.keys.filter { wanted[$0] == nil }.sorted())
        for (key, isResolved) in wanted {
            guard let due = due(standings[key], isResolved: isResolved) else { continue }
            if due <= now {
                plan.keep.append(key)
            } else {
                plan.next = min(plan.next ?? due, due)
            }
        }
        plan.keep.sort()
        return plan
    }

    /// When the entry is to be asked for; nil when there is no need.
    private func due(_ standing: Standing?, isResolved: Bool) -> Duration? {
        switch standing {
        case nil, .lost: .zero
        case .refused(let at, _): at + Self.askAgain
        case .kept(let since): isResolved ? nil : since + Self.askAgain
        }
    }

    mutating func didKeep(_ key: NeighbourKey, at now: Duration) {
        standings[key] = .kept(since: now)
    }

    /// Returns whether this is news: not the same refusal again.
    mutating func wasRefused(_ key: NeighbourKey, _ error: DirectorError, at now: Duration) -> Bool
    {
        let old = standings.updateValue(.refused(at: now, error), forKey: key)
        guard case .refused(_, error) = old else { return true }
        return false
    }

    mutating func didRelease(_ key: NeighbourKey) {
        standings[key] = nil
    }

    mutating func lose(_ key: NeighbourKey) {
        if standings[key] != nil { standings[key] = .lost }
    }

    mutating func lose(where isLost: (NeighbourKey) -> Bool) {
        for key in standings.keys where isLost(key) { standings[key] = .lost }
    }
}
