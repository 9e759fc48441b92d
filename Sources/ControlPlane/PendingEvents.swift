// SPDX-License-Identifier: Apache-2.0

import LVSModel

/// The host's events that were told and not yet looked at, taken all at once.
struct PendingEvents: Sendable {
    /// Beyond it, reading everything again is cheaper than looking at each.
    static let capacity = 65_536

    private var events: [HostNetworkEvent] = []

    mutating func append(_ event: HostNetworkEvent) {
        if events.count == Self.capacity { events = [.overrun] }
        events.append(event)
    }

    /// Everything since the last time, in order.
    mutating func take() -> [HostNetworkEvent] {
        defer { events = [] }
        return events
    }
}
