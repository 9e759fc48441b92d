// SPDX-License-Identifier: Apache-2.0

/// How a virtual service picks the real server of a new flow; ipvsadm's names.
public enum Scheduler: String, Hashable, Sendable, CaseIterable {
    /// Round robin: the next real server in the list.
    case rr
    /// Weighted round robin, interleaved as the kernel's.
    case wrr
}
