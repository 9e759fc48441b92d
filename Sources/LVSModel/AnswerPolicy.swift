// SPDX-License-Identifier: Apache-2.0

/// What becomes of a TCP segment that belongs to no flow and opens none, and of what comes for a
/// port of the director's VIP that has no service.
public enum NoFlowPolicy: String, Hashable, Sendable, CaseIterable {
    /// A RST in the VIP's name, as a host gives it; UDP gets an ICMP port unreachable.
    case reset
    /// Silence.
    case drop
    /// The segment is scheduled as if it opened a flow. A port without a service is reset.
    case schedule
}

/// What becomes of a frame for which no real server can be scheduled.
public enum NoRealServerPolicy: String, Hashable, Sendable, CaseIterable {
    /// An ICMP port unreachable in the VIP's name, as IPVS's.
    case unreachable
    /// A RST for TCP, an ICMP port unreachable for UDP.
    case reset
    /// Silence.
    case drop
}

/// Which frames are answered in a VIP's name, beside ARP and ping.
public struct AnswerPolicy: Hashable, Sendable {
    public var noFlow: NoFlowPolicy
    public var noRealServer: NoRealServerPolicy
    /// Resets and ICMP errors that each worker sends at most in a second, 0...1,000,000.
    public var perSecond: UInt32

    public init(
        noFlow: NoFlowPolicy = .reset, noRealServer: NoRealServerPolicy = .unreachable,
        perSecond: UInt32 = 1000
    ) {
        self.noFlow = noFlow
        self.noRealServer = noRealServer
        self.perSecond = perSecond
    }
}
