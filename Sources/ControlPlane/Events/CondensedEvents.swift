// SPDX-License-Identifier: Apache-2.0

extension [DirectorEvent] {
    /// So many of one fate are told one by one.
    static let toldRealServers = 20

    /// What happened at one time, for a log: where many real servers came up, or went down for one
    /// reason, the first of them and how many more there are.
    var condensed: [DirectorEvent] {
        guard count > Self.toldRealServers else { return self }
        var counts: [Fate: Int] = [:]
        var told = filter { event in
            guard let fate = Fate(event) else { return true }
            counts[fate, default: 0] += 1
            return counts[fate, default: 0] <= Self.toldRealServers
        }
        for (fate, count) in counts.sorted(by: { $0.value > $1.value })
        where count > Self.toldRealServers {
            told.append(fate.event(of: count - Self.toldRealServers))
        }
        return told
    }
}

/// What becomes of many real servers at once.
private enum Fate: Hashable {
    case up
    case down(reason: String)

    init?(_ event: DirectorEvent) {
        switch event {
        case .realServerUp: self = .up
        case .realServerDown(_, _, let reason): self = .down(reason: reason)
        default: return nil
        }
    }

    func event(of count: Int) -> DirectorEvent {
        switch self {
        case .up: .moreRealServersUp(count)
        case .down(let reason): .moreRealServersDown(count, reason: reason)
        }
    }
}
