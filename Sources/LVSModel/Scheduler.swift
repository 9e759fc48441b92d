// SPDX-License-Identifier: Apache-2.0

/// How a virtual service picks the real server of a new flow; ipvsadm's names.
///
/// All pass over weight 0. Those that IPVS has pick what its kernel picks.
public enum Scheduler: String, Hashable, Sendable, CaseIterable {
    /// Round robin: the next real server in the list.
    case rr
    /// Weighted round robin, interleaved as the kernel's.
    case wrr
    /// Least connection: the least load, whatever the weight.
    case lc
    /// Weighted least connection: the least load for its weight.
    case wlc
    /// Shortest expected delay: as `wlc`, of active flows, with the new one counted.
    case sed
    /// Never queue: one without an active flow, else as `sed`.
    case nq
    /// Source hashing: by the client's address.
    case sh
    /// Destination hashing: by the VIP.
    case dh
    /// Maglev hashing as the kernel's: by the client's address, with little change when the list
    /// changes.
    case mh
    /// Weighted fail-over: the greatest weight.
    case fo
    /// Weighted overflow: the greatest weight that its active flows do not exceed.
    case ovf
    /// Locality-based least connection: one for a VIP, until it has more than its weight.
    case lblc
    /// The same with replication: a set of them for a VIP, which grows when they are overloaded.
    case lblcr
    /// Power of two choices: the better one of two drawn at random.
    case twos
    /// Maglev hashing over the whole flow; not IPVS's.
    case maglev

    /// Whether two directors with the same real servers, weights and health pick the same.
    public var agrees: Bool {
        switch self {
        case .sh, .dh, .mh, .fo, .maglev: true
        case .rr, .wrr, .lc, .wlc, .sed, .nq, .ovf, .lblc, .lblcr, .twos: false
        }
    }

    /// The flags that it knows.
    public var flags: [SchedulerFlag] {
        switch self {
        case .sh: [.shPort, .shFallback]
        case .mh: [.mhPort, .mhFallback]
        default: []
        }
    }
}

/// A variation of a scheduler; ipvsadm's names.
public enum SchedulerFlag: String, Hashable, Sendable, CaseIterable {
    /// The client's port counts too.
    case shPort = "sh-port"
    /// When the picked real server takes no new flows: another one, always the same.
    case shFallback = "sh-fallback"
    case mhPort = "mh-port"
    case mhFallback = "mh-fallback"
}
