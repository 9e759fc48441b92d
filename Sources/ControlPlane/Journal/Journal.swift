// SPDX-License-Identifier: Apache-2.0

public import LVSModel

/// What the director needs of the memory that outlives its process.
///
/// A change is written when it is in force, before who asked for it is answered. So a crash at any
/// point leaves the settings before it or those after it: before, when the table that has it was in
/// force for a moment and nobody was told so.
public protocol Journal: Sendable {
    /// Adds these behind what is there; returns when the end of this process does not lose them.
    ///
    /// When it throws, the end of what is written may be unreadable; the director then asks for a
    /// replacement.
    func append(_ entries: [JournalEntry]) async throws(DirectorError)

    /// Puts this in the place of all that is there; whenever the process ends, the one or the other
    /// is there whole.
    func replace(with state: JournalState) async throws(DirectorError)
}

/// What happened to the running state.
public enum JournalEntry: Hashable, Sendable {
    /// Made together.
    case changed([Change])
    /// What a check says of a real server from now on.
    case health(HealthReport)
    case role(Role)
    /// Whom the service's floor keeps in from now on, although their checks fail; in order.
    case floor(ServiceAddress, kept: [IPAddress])
}
