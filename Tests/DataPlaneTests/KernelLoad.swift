// SPDX-License-Identifier: Apache-2.0

/// A destination as IPVS keeps it, for picks that depend on its flows.
struct Destination {
    var host: UInt32
    var weight: Int
    var active = 0
    var inactive = 0

    var overhead: Int { active * 256 + inactive }
}

/// What IPVS picks by load: written for clarity, apart from the data plane, to compare it with.
///
/// The list is newest first.
struct KernelLoad {
    /// lblc's entry for the VIP, and lblcr's set, both by host; the set's newest is the first.
    private var entry: UInt32?
    private var set: [UInt32] = []

    /// The host picked, or nil.
    mutating func pick(_ scheduler: String, _ list: [Destination]) -> UInt32? {
        let open = list.filter { $0.weight > 0 }
        switch scheduler {
        case "lc": return Self.least(open) { $0.overhead < $1.overhead }?.host
        case "wlc": return Self.weightedLeast(open)?.host
        case "sed": return Self.shortestDelay(open)?.host
        case "nq": return (open.first { $0.active == 0 } ?? Self.shortestDelay(open))?.host
        case "fo": return Self.least(open) { $0.weight > $1.weight }?.host
        case "ovf":
            return Self.least(open.filter { $0.active <= $0.weight }) { $0.weight > $1.weight }?
                .host
        case "lblc": return locality(list, open)
        case "lblcr": return replicated(list, open)
        default: preconditionFailure("no such scheduler: \(scheduler)")
        }
    }

    /// The first that no other one is better than.
    private static func least(
        _ list: [Destination], _ isBetter: (Destination, Destination) -> Bool
    ) -> Destination? {
        var best: Destination?
        for destination in list where best.map({ isBetter(destination, $0) }) ?? true {
            best = destination
        }
        return best
    }

    private static func weightedLeast(_ list: [Destination]) -> Destination? {
        least(list) { $1.overhead * $0.weight > $0.overhead * $1.weight }
    }

    private static func shortestDelay(_ list: [Destination]) -> Destination? {
        least(list) { ($1.active + 1) * $0.weight > ($0.active + 1) * $1.weight }
    }

    private static func isOver(_ destination: Destination, _ list: [Destination]) -> Bool {
        destination.active > destination.weight && list.contains { $0.active * 2 < $0.weight }
    }

    private mutating func locality(_ list: [Destination], _ open: [Destination]) -> UInt32? {
        if let kept = open.first(where: { $0.host == entry }), !Self.isOver(kept, list) {
            return kept.host
        }
        guard let next = Self.weightedLeast(open)?.host else { return nil }
        entry = next
        return next
    }

    private mutating func replicated(_ list: [Destination], _ open: [Destination]) -> UInt32? {
        let members = set.compactMap { host in open.first { $0.host == host } }
        if let least = Self.weightedLeast(members), !Self.isOver(least, list) { return least.host }
        guard let next = Self.weightedLeast(open)?.host else { return nil }
        if !set.contains(next) { set.insert(next, at: 0) }
        return next
    }

    /// What a day without a change does to lblcr's set.
    mutating func shrink(_ list: [Destination]) {
        guard set.count > 1 else { return }
        let members = set.compactMap { host in list.first { $0.host == host && $0.weight > 0 } }
        let most = Self.least(members) { $1.overhead * $0.weight < $0.overhead * $1.weight }
        set.removeAll { $0 == most?.host }
    }
}
