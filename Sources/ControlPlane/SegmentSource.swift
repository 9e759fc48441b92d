// SPDX-License-Identifier: Apache-2.0

public import LVSModel

/// What the director needs of the segment that its clients' packets come from.
public protocol SegmentSource: Sendable {
    /// What other hosts say of the VIPs, from now on.
    var claims: AsyncStream<VIPClaim> { get }

    /// Which VIPs are listened for from now on.
    func watch(_ vips: [IPAddress]) async

    /// Asks once who has the VIP.
    func ask(for vip: IPAddress) async
}
