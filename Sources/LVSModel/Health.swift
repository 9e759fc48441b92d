// SPDX-License-Identifier: Apache-2.0

/// What the operator wants of a real server.
public enum AdministrativeState: String, Hashable, Sendable, CaseIterable {
    case enabled
    /// No new flows; it is removed when the old ones are gone.
    case draining
    /// No flows at all.
    case disabled
}

/// What is known of a real server; an axis of its own beside the administrative state.
public enum Health: String, Hashable, Sendable {
    case up
    case down
    case unknown
}
