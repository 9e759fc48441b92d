// SPDX-License-Identifier: Apache-2.0

public import LVSModel

/// What the director needs of the part that forwards frames.
public protocol ForwardingPlane: Sendable {
    /// Makes the table the one in force; returns when new frames meet it.
    ///
    /// When it throws, the table before it is still in force.
    func publish(_ table: ForwardingTable) async throws(DirectorError)

    /// Reads all counters, also those of real servers that have left the table: an index that is
    /// missing here is never given to another real server.
    func counters() async -> DataPlaneCounters

    /// Announces once each VIP that is the director's own (gratuitous ARP, unsolicited neighbour
    /// advertisement).
    func announce() async
}
