// SPDX-License-Identifier: Apache-2.0

import HostNetwork
import LVSModel
import Synchronization

/// What a segment's hosts have said so far of the addresses that are listened for.
///
/// A task fills it while a thread that asks looks at it.
final class ClaimBox: Sendable {
    /// One that claims from ever new addresses takes no more room.
    private static let capacity = 65_536

    private let heard = Mutex<Set<VIPClaim>>([])

    func put(_ claim: VIPClaim) {
        heard.withLock { if $0.count < Self.capacity { $0.insert(claim) } }
    }

    var claims: Set<VIPClaim> { heard.withLock { $0 } }
}

/// Asks who has addresses, and remembers what was said.
struct SegmentListener: ~Copyable {
    /// So many questions are sent at once; their answers come at once, too.
    private static let burst = 100

    let box = ClaimBox()
    private let segment: Segment
    private let task: Task<Void, Never>

    init(interface: Int32, addresses: [IPAddress]) throws(HostNetworkError) {
        let segment = try Segment(interface: interface)
        try segment.watch(addresses)
        let (claims, box) = (segment.claims, box)
        self.segment = segment
        task = Task.detached { for await claim in claims { box.put(claim) } }
    }

    /// Those who have the address, as far as they said so.
    func holders(of address: IPAddress) -> Set<MACAddress> {
        Set(box.claims.filter { $0.vip == address && $0.kind == .holder }.map(\.mac))
    }

    /// A question that can not be sent is as one that nobody answers.
    func ask(_ addresses: some Collection<IPAddress>, pause: () -> Void) {
        for (index, address) in addresses.enumerated() {
            if index > 0, index.isMultiple(of: Self.burst) { pause() }
            do { try segment.ask(for: address) } catch { continue }
        }
    }

    deinit {
        task.cancel()
    }
}
