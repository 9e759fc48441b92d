// SPDX-License-Identifier: Apache-2.0

import ControlPlane
import LVSModel
import Synchronization

/// The port to the VIPs' segment, in memory: a test says what other hosts claim.
final class ScriptedSegment: SegmentSource {
    struct Script: Sendable {
        /// What is listened for.
        var vips: Set<IPAddress> = []
        var interface: ForwardingTable.Interface?
        /// How many were asked.
        var questions = 0
        var error: DirectorError?
    }

    private let script = Mutex(Script())
    let claims: AsyncStream<VIPClaim>
    let teller: AsyncStream<VIPClaim>.Continuation
    /// What was listened for, one after the other.
    private let watched: AsyncStream<Script>
    private let watcher: AsyncStream<Script>.Continuation
    /// The VIPs that are asked for.
    let asked: AsyncStream<IPAddress>
    private let asker: AsyncStream<IPAddress>.Continuation
    /// The VIPs that it announces.
    let announced: AsyncStream<IPAddress>
    private let announcer: AsyncStream<IPAddress>.Continuation

    init() {
        (claims, teller) = AsyncStream.makeStream()
        (watched, watcher) = AsyncStream.makeStream()
        (asked, asker) = AsyncStream.makeStream()
        (announced, announcer) = AsyncStream.makeStream()
    }

    func set(_ change: @Sendable (inout Script) -> Void) {
        script.withLock { change(&$0) }
    }

    var questions: Int { script.withLock { $0.questions } }

    /// Returns once the director listens so.
    func listens(to vips: Set<IPAddress>, mac: MACAddress = mac(4)) async {
        let interface = ForwardingTable.Interface(index: 2, mac: mac)
        for await script in watched where script.vips == vips && script.interface == interface {
            return
        }
    }

    func watch(
        _ vips: Set<IPAddress>, on interface: ForwardingTable.Interface
    ) async throws(DirectorError) {
        let now = script.withLock { script in
            if script.error == nil { (script.vips, script.interface) = (vips, interface) }
            return script
        }
        if let error = now.error { throw error }
        watcher.yield(now)
    }

    func ask(for vip: IPAddress) async {
        script.withLock { $0.questions += 1 }
        asker.yield(vip)
    }

    func announce(_ vip: IPAddress) async {
        announcer.yield(vip)
    }
}
