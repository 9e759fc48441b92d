// SPDX-License-Identifier: Apache-2.0

internal import CDataPlane
public import LVSModel

extension LiveDataPlane {
    /// A piece of a walk over the flow table. It takes about a millisecond, however large the table is
    /// and however few flows are wanted; a walk holds no memory between two pieces.
    ///
    /// A flow that lives throughout the walk comes exactly once. One that begins, ends or begins anew
    /// meanwhile may come, with what it had at one moment, or not.
    ///
    /// - Parameters:
    ///   - cursor: 0, then `next` of the piece before. One that no piece gave is harmless.
    ///   - count: flows, 1 or more; no piece has more than 1,024.
    public func flows(
        from cursor: UInt64 = 0, matching filter: FlowFilter = FlowFilter(), atMost count: Int
    ) -> FlowPage {
        forwarder.flows(
            from: cursor, matching: filter, atMost: count, now: dp_monotonic_ms(),
            names: names)
    }
}

extension MemoryDataPlane {
    /// As of `LiveDataPlane`.
    public func flows(
        from cursor: UInt64 = 0, matching filter: FlowFilter = FlowFilter(), atMost count: Int
    ) -> FlowPage {
        forwarder.flows(
            from: cursor, matching: filter, atMost: count, now: worker.now,
            names: RealServerNames(table))
    }
}

extension ConcurrentMemoryDataPlane {
    /// As of `LiveDataPlane`, also while the workers run.
    public func flows(
        from cursor: UInt64 = 0, matching filter: FlowFilter = FlowFilter(), atMost count: Int
    ) -> FlowPage {
        forwarder.flows(
            from: cursor, matching: filter, atMost: count, now: workers[0].now,
            names: RealServerNames(table))
    }
}

extension Forwarder {
    /// More would keep others waiting for too long.
    private static let longestPage = 1_024

    /// - Parameter now: the workers' time in milliseconds.
    func flows(
        from cursor: UInt64, matching filter: FlowFilter, atMost count: Int, now: UInt64,
        names: RealServerNames
    ) -> FlowPage {
        var filter = filter.cFilter
        var cursor = cursor
        let capacity = min(max(count, 1), Self.longestPage)
        let flows = unsafe withUnsafeTemporaryAllocation(
            of: dp_flow_entry.self, capacity: capacity
        ) { entries in
            let filled = unsafe dp_forwarder_flows(
                handle, &filter, now, &cursor, entries.baseAddress, UInt32(capacity))
            return unsafe entries.prefix(Int(filled)).map { Flow($0, names) }
        }
        return FlowPage(flows: flows, next: cursor == UInt64.max ? nil : cursor)
    }
}

extension FlowFilter {
    fileprivate var cFilter: dp_flow_filter {
        var filter = dp_flow_filter()
        if let service {
            filter.by_service = true
            filter.vip = service.address.cAddress
            filter.service_port = service.ports.first
            filter.service_transport = service.transport.number
        }
        if let realServer {
            filter.by_real = true
            filter.real = realServer.cAddress
        }
        if let clients {
            filter.by_client = true
            filter.client = clients.address.cAddress
            let mapped = 128 - clients.address.family.bitCount
            filter.client_bits = UInt8(mapped) + clients.prefixLength
        }
        filter.transport = transport?.number ?? 0
        filter.state = UInt8(state?.cState.rawValue ?? 0)
        return filter
    }
}

extension Flow {
    fileprivate init(_ entry: dp_flow_entry, _ names: RealServerNames) {
        self.init(
            address: FlowAddress(
                client: IPAddress(entry.client), clientPort: entry.client_port,
                vip: IPAddress(entry.vip), port: entry.service_port,
                transport: entry.transport == TransportProtocol.udp.number ? .udp : .tcp),
            state: FlowState(dp_flow_state(UInt32(entry.state))),
            realServer: names[entry.real]?.address, expires: entry.expires_ms / 1_000)
    }
}

extension FlowState {
    fileprivate var cState: dp_flow_state {
        switch self {
        case .synReceived: DP_FLOW_SYN_RECV
        case .established: DP_FLOW_ESTABLISHED
        case .finWait: DP_FLOW_FIN_WAIT
        case .timeWait: DP_FLOW_TIME_WAIT
        case .close: DP_FLOW_CLOSE
        case .udp: DP_FLOW_UDP
        case .template: DP_FLOW_TEMPLATE
        }
    }

    fileprivate init(_ state: dp_flow_state) {
        switch state {
        case DP_FLOW_SYN_RECV: self = .synReceived
        case DP_FLOW_ESTABLISHED: self = .established
        case DP_FLOW_FIN_WAIT: self = .finWait
        case DP_FLOW_TIME_WAIT: self = .timeWait
        case DP_FLOW_CLOSE: self = .close
        case DP_FLOW_UDP: self = .udp
        case DP_FLOW_TEMPLATE: self = .template
        default: preconditionFailure("no state of a flow: \(state.rawValue)")
        }
    }
}
