// SPDX-License-Identifier: Apache-2.0

import ControlPlane
import DataPlane
import HostNetwork
import LVSModel
import Logging

/// The data plane as the director needs it.
struct ForwardingAdapter: ForwardingPlane {
    let plane: LiveDataPlane
    let places: CheckPlaces
    let logger: Logger

    func publish(_ table: ForwardingTable) async throws(DirectorError) {
        do {
            try await plane.publish(table)
        } catch {
            throw .publication("\(error)")
        }
        for refusal in await plane.takeWayRefusals() {
            logger.warning(
                """
                frames for interface \(refusal.interface) go out by AF_PACKET, for lvsdrd \
                \(refusal.error)
                """)
        }
        await places.follow(table)
    }

    func counters() async -> DataPlaneCounters {
        await plane.counters()
    }

    func announce() async {
        await plane.announce()
    }
}

/// The host's network as the director needs it.
struct HostNetworkAdapter: HostNetworkSource {
    let network: HostNetwork

    var events: AsyncStream<HostNetworkEvent> { network.events }

    func link(named name: String) async throws(DirectorError) -> HostLink? {
        do { return try await network.link(named: name) } catch { throw .hostNetwork("\(error)") }
    }

    func link(index: Int32) async throws(DirectorError) -> HostLink? {
        do { return try await network.link(index: index) } catch { throw .hostNetwork("\(error)") }
    }

    func route(to address: IPAddress) async throws(DirectorError) -> HostRoute {
        do { return try await network.route(to: address) } catch { throw .hostNetwork("\(error)") }
    }

    func heldAddresses() async throws(DirectorError) -> Set<IPAddress> {
        do { return try await network.heldAddresses() } catch { throw .hostNetwork("\(error)") }
    }

    func neighbours() async throws(DirectorError) -> [HostNeighbour] {
        do { return try await network.neighbours() } catch { throw .hostNetwork("\(error)") }
    }

    func keepResolved(
        _ address: IPAddress, on interface: Int32
    ) async throws(DirectorError) {
        do {
            try await network.keepResolved(address, on: interface)
        } catch {
            throw .hostNetwork("\(error)")
        }
    }

    func release(_ address: IPAddress, on interface: Int32) async throws(DirectorError) {
        do {
            try await network.release(address, on: interface)
        } catch {
            throw .hostNetwork("\(error)")
        }
    }
}
