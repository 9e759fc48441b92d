// SPDX-License-Identifier: Apache-2.0

internal import CDataPlane
internal import LVSModel

/// The owner of the data plane's shared state: flow table, snapshot in force, counters.
///
/// One thread at a time; it must outlive the workers made from it.
@safe struct Forwarder: ~Copyable {
    let handle: OpaquePointer
    let flowCapacity: Int
    /// How the flow table came about.
    let origin: FlowOrigin

    /// - Parameters:
    ///   - flowCapacity: 1,024...67,108,864.
    ///   - file: where the flow table outlives the process; nil: nowhere.
    ///   - pin: where it outlives it in bpffs, when it is in the kernel, and where an earlier one may
    ///     be.
    ///   - inKernel: for acceleration; the origin tells whether it is.
    ///   - timeouts: flows of an earlier table that have timed out by them are not taken over.
    ///   - now: milliseconds of the clock that the flows live by; nil for the host's monotonic one.
    init(
        flowCapacity: Int, file: String? = nil, pin: String? = nil, inKernel: Bool = false,
        timeouts: FlowTimeouts = FlowTimeouts(), now: UInt64? = nil
    ) throws(DataPlaneError) {
        var random = SystemRandomNumberGenerator()
        var options = unsafe dp_flow_options()
        unsafe options.capacity = UInt64(clamping: flowCapacity)
        unsafe options.secret = (random.next(), random.next())
        unsafe options.timeout_tcp_s = timeouts.tcp
        unsafe options.timeout_tcp_fin_s = timeouts.tcpFin
        unsafe options.timeout_udp_s = timeouts.udp
        unsafe options.in_kernel = inKernel
        unsafe options.now_ms = now ?? dp_monotonic_ms()
        var origin = unsafe dp_flow_origin()
        var error = unsafe dp_error.none
        let handle = unsafe Self.make(&options, file, pin, &origin, &error)
        guard let handle = unsafe handle else { throw unsafe DataPlaneError(error) }
        unsafe self.handle = handle
        self.flowCapacity = flowCapacity
        self.origin = unsafe FlowOrigin(origin, file: file, kept: Self.keptReals(handle))
    }

    private static func make(
        _ options: inout dp_flow_options, _ file: String?, _ pin: String?,
        _ origin: inout dp_flow_origin, _ error: inout dp_error
    ) -> OpaquePointer? {
        guard let file else { return unsafe dp_forwarder_create(&options, &origin, &error) }
        return unsafe file.withCString { path in
            unsafe (pin ?? "").withCString { pinPath in
                unsafe options.path = path
                unsafe options.pin = pin == nil ? nil : pinPath
                return unsafe dp_forwarder_create(&options, &origin, &error)
            }
        }
    }

    private static func keptReals(_ handle: OpaquePointer) -> [KeptRealServer] {
        var kept: [KeptRealServer] = []
        var real = dp_kept_real()
        var next: UInt32 = 0
        while unsafe dp_forwarder_kept_real(handle, next, &real) {
            kept.append(KeptRealServer(real))
            next = real.index + 1
        }
        return kept
    }

    deinit {
        unsafe dp_forwarder_destroy(handle)
    }

    /// Gathers the flow file's pages into huge ones; the workers go on meanwhile.
    func gatherPages() {
        unsafe dp_forwarder_gather_pages(handle)
    }

    /// Makes the table the one in force.
    func publish(_ table: ForwardingTable) throws(DataPlaneError) {
        var error = unsafe dp_error.none
        let result = unsafe table.withTableInput { input in
            unsafe dp_forwarder_publish(handle, input, &error)
        }
        guard result == 0 else { throw unsafe DataPlaneError(error) }
    }

    /// Reads all counters; those of services and real servers for the indexes given.
    func counters(
        services: some Collection<UInt32>, realServers: some Collection<UInt32>,
        port: dp_port_counters
    ) -> DataPlaneCounters {
        var counters = DataPlaneCounters(
            exits: exits(), ringFrames: port.received, ringDrops: port.ring_drops,
            framesSent: port.sent, sendFailures: port.send_failures,
            flows: unsafe dp_forwarder_flow_count(handle), flowCapacity: UInt64(flowCapacity),
            flowsEvicted: unsafe dp_forwarder_evictions(handle))
        counters.services.reserveCapacity(services.count)
        counters.realServers.reserveCapacity(realServers.count)
        for index in services {
            counters.services[index] = unsafe Traffic(dp_forwarder_service_traffic(handle, index))
        }
        for index in realServers {
            counters.realServers[index] = self.counters(ofReal: index)
        }
        return counters
    }

    private func counters(ofReal index: UInt32) -> DataPlaneCounters.RealCounters {
        unsafe DataPlaneCounters.RealCounters(
            traffic: Traffic(dp_forwarder_real_traffic(handle, index)),
            flows: FlowCounts(
                active: dp_forwarder_active_flows(handle, index),
                inactive: dp_forwarder_inactive_flows(handle, index),
                persistent: dp_forwarder_templates(handle, index)))
    }

    private func exits() -> [ExitCount] {
        (0..<DP_REASON_COUNT.rawValue).map { raw in
            let reason = dp_reason(rawValue: raw)
            return ExitCount(
                verdict: reason.verdict, reason: reason.name,
                frames: unsafe dp_forwarder_exits(handle, reason))
        }
    }
}

extension Traffic {
    fileprivate init(_ traffic: dp_traffic) {
        self.init(
            connections: traffic.connections, packets: traffic.packets, bytes: traffic.bytes)
    }
}

extension dp_reason {
    var name: String { unsafe String(cString: dp_reason_name(self)) }

    var verdict: Verdict {
        switch dp_reason_verdict(self) {
        case DP_TX: .tx
        case DP_ANSWER: .answer
        case DP_HOLD: .hold
        case DP_PASS: .pass
        default: .drop
        }
    }
}
