// SPDX-License-Identifier: Apache-2.0

import ControlPlane
import HostNetwork
import LVSModel

/// The VIPs' segment as the director needs it: one that is listened to, or another one in its place.
actor SegmentAdapter: SegmentSource {
    nonisolated let claims: AsyncStream<VIPClaim>
    private let teller: AsyncStream<VIPClaim>.Continuation
    private var current: (interface: ForwardingTable.Interface, segment: Segment)?

    init() {
        (claims, teller) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(256))
    }

    func watch(
        _ vips: Set<IPAddress>, on interface: ForwardingTable.Interface
    ) async throws(DirectorError) {
        do {
            try segment(on: interface).watch(vips)
        } catch {
            throw .hostNetwork("\(error)")
        }
    }

    func ask(for vip: IPAddress) async {
        // A link that is down, or a full queue: the next round asks again.
        try? current?.segment.ask(for: vip)
    }

    func announce(_ vip: IPAddress) async {
        // The next claim has it announced again.
        try? current?.segment.announce(vip)
    }

    private func segment(
        on interface: ForwardingTable.Interface
    ) throws(HostNetworkError) -> Segment {
        if let current, current.interface == interface { return current.segment }
        let segment = try Segment(interface: interface.index)
        current = (interface, segment)
        // Ends with the segment.
        Task { [teller, claims = segment.claims] in
            for await claim in claims { teller.yield(claim) }
        }
        return segment
    }
}
