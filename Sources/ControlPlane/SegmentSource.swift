// SPDX-License-Identifier: Apache-2.0

public import LVSModel

/// What the director needs of the segment that its clients' packets come from.
public protocol SegmentSource: Sendable {
    /// What other hosts say of the VIPs; ends when the source can tell no more.
    var claims: AsyncStream<VIPClaim> { get }

    /// Listens for these from now on, and no others. An interface whose MAC address is another one
    /// than before is another one.
    func watch(
        _ vips: Set<IPAddress>, on interface: ForwardingTable.Interface
    ) async throws(DirectorError)

    /// Asks once who has the VIP, in nobody's name. What can not be sent is lost.
    func ask(for vip: IPAddress) async

    /// Announces once a VIP that the host holds; the director's own are the data plane's to
    /// announce. What can not be sent is lost.
    func announce(_ vip: IPAddress) async
}
