// SPDX-License-Identifier: Apache-2.0

import LVSModel

/// When the director's VIPs are announced: three times, since a frame may be lost and a switch may
/// need a moment after its port came up.
///
/// Asked with what should be known on the network; whenever that is something new, a sequence of
/// announcements starts anew.
struct Announcer: Sendable {
    /// What the network should know.
    struct Subject: Hashable, Sendable {
        var vips: Set<IPAddress>
        var mac: MACAddress
        /// How often the link came up: what was told before may be forgotten.
        var linkUps: UInt64
        /// How often another host spoke for a VIP: what was told before is forgotten then.
        var claims: UInt64 = 0
    }

    enum Action: Hashable, Sendable {
        case announce
        /// Nothing before this time; nil: nothing before something changes.
        case wait(until: Duration?)
    }

    /// At once, after one second, after two more.
    private static let offsets: [Duration] = [.zero, .seconds(1), .seconds(3)]

    private var subject: Subject?
    private var due: ArraySlice<Duration> = []
    /// Whether the network is only told again what it was told before, because of a claim.
    private(set) var isReminding = false

    /// - Parameter subject: nil when there is nobody to tell, or nothing.
    mutating func next(for subject: Subject?, at now: Duration) -> Action {
        if subject != self.subject {
            isReminding = subject?.isReminder(of: self.subject) ?? false
            self.subject = subject
            due = subject == nil ? [] : Self.offsets.map { now + $0 }[...]
        }
        guard let first = due.first else { return .wait(until: nil) }
        guard first <= now else { return .wait(until: first) }
        due.removeFirst()
        return .announce
    }
}

extension Announcer.Subject {
    fileprivate func isReminder(of before: Announcer.Subject?) -> Bool {
        guard var before else { return false }
        before.claims = claims
        return before == self
    }
}
