// SPDX-License-Identifier: Apache-2.0

/// A real server that is to be checked.
public struct CheckedRealServer: Hashable, Sendable {
    public var service: ServiceAddress
    /// The RIP.
    public var realServer: IPAddress
    public var check: HealthCheck
    /// What was known of it before: `unknown` lets the first result decide.
    public var health: Health

    public init(
        service: ServiceAddress, realServer: IPAddress, check: HealthCheck,
        health: Health = .unknown
    ) {
        self.service = service
        self.realServer = realServer
        self.check = check
        self.health = health
    }
}

/// What one check found.
public enum CheckOutcome: Hashable, Sendable {
    /// - Parameter weight: what the check says that it should have; nil: nothing.
    case passed(weight: UInt16?)
    /// The cause in words, such as `connection refused`, `503, expected 200`, `no answer in 2 s`.
    case failed(String)
    /// Failed because nobody answered at all, or nobody is there, as when the real server's host
    /// lacks the address; the cause in words.
    case unanswered(String)
}

/// What is now known of a real server, after rise and fall.
public struct HealthReport: Hashable, Sendable {
    public var service: ServiceAddress
    /// The RIP.
    public var realServer: IPAddress
    /// `up` or `down`.
    public var health: Health
    /// Why it is down; nil when it is up.
    public var cause: String?
    /// What the check says that it should have; nil: nothing.
    public var weight: UInt16?

    public init(
        service: ServiceAddress, realServer: IPAddress, health: Health, cause: String? = nil,
        weight: UInt16? = nil
    ) {
        self.service = service
        self.realServer = realServer
        self.health = health
        self.cause = cause
        self.weight = weight
    }
}

/// What the checks of one real server came to since it is checked.
public struct CheckFigures: Hashable, Sendable {
    public var passed: UInt64
    public var failed: UInt64
    /// Of the last check, microseconds; nil before the first ended.
    public var lastDuration: UInt64?
    /// Of all checks, microseconds.
    public var totalDuration: UInt64
    /// Why the last one failed; nil when it passed, or none has ended.
    public var lastFailure: String?
    /// Results in a row that speak against what is known of the real server: failures while it is up,
    /// passes while it is down.
    public var against: UInt16
    /// So many of them change that: its fall or its rise; 0 before the first has ended.
    public var needed: UInt16

    public init(
        passed: UInt64 = 0, failed: UInt64 = 0, lastDuration: UInt64? = nil,
        totalDuration: UInt64 = 0, lastFailure: String? = nil, against: UInt16 = 0,
        needed: UInt16 = 0
    ) {
        self.passed = passed
        self.failed = failed
        self.lastDuration = lastDuration
        self.totalDuration = totalDuration
        self.lastFailure = lastFailure
        self.against = against
        self.needed = needed
    }
}
