// SPDX-License-Identifier: Apache-2.0

import ControlPlane
import LVSModel
import Synchronization

@testable import struct ControlPlane.NeighbourKey

/// The port to the host's network, in memory: a test says what the kernel knows and tells.
final class ScriptedNetwork: HostNetworkSource {
    struct Script: Sendable {
        var host = DirectorHost()
        var readingError: DirectorError?
        var releaseError: DirectorError?
        /// What was asked of it, in order, such as `route 192.168.142.5`.
        var calls: [String] = []
        /// The entries that it keeps resolved now.
        var kept: Set<NeighbourKey> = []
    }

    private let script = Mutex(Script())
    let events: AsyncStream<HostNetworkEvent>
    let teller: AsyncStream<HostNetworkEvent>.Continuation

    init() {
        (events, teller) = AsyncStream.makeStream()
    }

    /// From now on the kernel knows, or answers, this.
    func set(_ change: @Sendable (inout Script) -> Void) {
        script.withLock { change(&$0) }
    }

    var kept: Set<NeighbourKey> { script.withLock { $0.kept } }
    var calls: [String] { script.withLock { $0.calls } }

    func link(named name: String) async throws(DirectorError) -> HostLink? {
        try read("link \(name)") { $0.link(named: name) }
    }

    func link(index: Int32) async throws(DirectorError) -> HostLink? {
        try read("link \(index)") { $0.link(index: index) }
    }

    func route(to address: IPAddress) async throws(DirectorError) -> HostRoute {
        try read("route \(address)") { $0.route(to: address) }
    }

    func heldAddresses() async throws(DirectorError) -> Set<IPAddress> {
        try read("held addresses") { $0.heldAddresses }
    }

    func neighbours() async throws(DirectorError) -> [HostNeighbour] {
        try read("neighbours") { $0.neighbours }
    }

    func keepResolved(
        _ address: IPAddress, on interface: Int32
    ) async throws(DirectorError) {
        script.withLock { script in
            script.calls.append("keep \(address) on \(interface)")
            script.kept.insert(NeighbourKey(interface: interface, address: address))
        }
    }

    func release(_ address: IPAddress, on interface: Int32) async throws(DirectorError) {
        let error = script.withLock { script in
            script.calls.append("release \(address) on \(interface)")
            script.kept.remove(NeighbourKey(interface: interface, address: address))
            return script.releaseError
        }
        if let error { throw error }
    }

    private func read<Value: Sendable>(
        _ call: String, _ value: @Sendable (DirectorHost) -> Value
    ) throws(DirectorError) -> Value {
        try script.withLock { script throws(DirectorError) in
            script.calls.append(call)
            if let error = script.readingError { throw error }
            return value(script.host)
        }
    }
}
