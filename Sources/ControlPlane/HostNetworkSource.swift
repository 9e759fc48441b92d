// SPDX-License-Identifier: Apache-2.0

public import LVSModel

/// What the director needs of the host's network.
public protocol HostNetworkSource: Sendable {
    /// Changes from now on, in the kernel's order; ends when the source can tell no more.
    var events: AsyncStream<HostNetworkEvent> { get }

    /// nil when there is no such interface.
    func link(named name: String) async throws(DirectorError) -> HostLink?
    func link(index: Int32) async throws(DirectorError) -> HostLink?

    func route(to address: IPAddress) async throws(DirectorError) -> HostRoute

    /// The addresses that the host's interfaces hold.
    func heldAddresses() async throws(DirectorError) -> Set<IPAddress>

    /// All entries of the neighbour table, resolved or not.
    func neighbours() async throws(DirectorError) -> [HostNeighbour]

    /// Asks the kernel to keep this neighbour entry resolved; asking again does no harm.
    func keepResolved(
        _ address: IPAddress, on interface: Int32
    ) async throws(DirectorError)

    /// Takes the request back. An entry that is gone already, with its interface too, is no error.
    func release(_ address: IPAddress, on interface: Int32) async throws(DirectorError)
}
