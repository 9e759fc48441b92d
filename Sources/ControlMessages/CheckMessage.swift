// SPDX-License-Identifier: Apache-2.0

import LVSModel

/// The check of a real server, and what it came to since it is asked.
public struct CheckMessage: Codable, Hashable, Sendable {
    /// Such as `http`.
    public var kind: String
    public var passed: UInt64
    public var failed: UInt64
    /// Microseconds; null before the first has ended.
    @Nullable public var lastDuration: UInt64?
    /// Why the last one failed; null when it passed, or none has ended.
    @Nullable public var lastFailure: String?
    /// Results in a row that speak against the health: failures while it is up, passes while it is
    /// down.
    public var against: UInt16
    /// So many of them change it; 0 before the first has ended.
    public var needed: UInt16

    init(_ kind: String, _ figures: CheckFigures) {
        self.kind = kind
        passed = figures.passed
        failed = figures.failed
        lastDuration = figures.lastDuration
        lastFailure = figures.lastFailure
        against = figures.against
        needed = figures.needed
    }
}
