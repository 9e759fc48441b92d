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
    /// Each entry that should be kept, and whether it is resolved.
    private var wanted: [NeighbourKey: Bool] = [:]
    /// All for which there may be something to do; the others rest.
    private var open: Set<NeighbourKey> = []

    /// All that the kernel was asked for, in order.
    var entries: [NeighbourKey] {
        standings.keys.sorted()
    }

    /// What was refused, in order.
    var refusals: [(entry: NeighbourKey, error: DirectorError)] {
        let refused = open.compactMap { key -> (entry: NeighbourKey, error: DirectorError)? in
            guard case .refused(_, let error) = standings[key] else { return nil }
            return (key, error)
        }
        return refused.sorted { $0.entry < $1.entry }
    }

    /// - Parameter wanted: each entry that should be kept, with whether it is resolved.
    mutating func want(_ wanted: [NeighbourKey: Bool]) {
        self.wanted = wanted
        open = Set(wanted.keys).union(standings.keys)
    }

    /// The entry became resolved, or is so no more; of no concern when it is not wanted.
    mutating func note(_ key: NeighbourKey, isResolved: Bool) {
        guard wanted[key] != nil else { return }
        wanted[key] = isResolved
        open.insert(key)
    }

    /// The difference between what should be kept and what is.
    mutating func plan(at now: Duration) -> Plan {
        var plan = Plan()
        for key in open {
            guard let isResolved = wanted[key] else {
                if standings[key] != nil { plan.release.append(key) }
                continue
            }
            guard let due = due(standings[key], isResolved: isResolved) else {
                open.remove(key)
                continue
            }
            if due <= now {
                plan.keep.append(key)
            } else {
                plan.next = min(plan.next ?? due, due)
            }
        }
        plan.release.sort()
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
        open.insert(key)
    }

    /// Returns whether this is news: not the same refusal again.
    mutating func wasRefused(_ key: NeighbourKey, _ error: DirectorError, at now: Duration) -> Bool
    {
        open.insert(key)
        let old = standings.updateValue(.refused(at: now, error), forKey: key)
        guard case .refused(_, error) = old else { return true }
        return false
    }

    mutating func didRelease(_ key: NeighbourKey) {
        standings[key] = nil
        if wanted[key] == nil { open.remove(key) }
    }

    mutating func lose(_ key: NeighbourKey) {
        guard standings[key] != nil else { return }
        standings[key] = .lost
        open.insert(key)
    }

    mutating func lose(where isLost: (NeighbourKey) -> Bool) {
        for key in standings.keys where isLost(key) { lose(key) }
    }
}
