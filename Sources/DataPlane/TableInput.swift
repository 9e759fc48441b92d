// SPDX-License-Identifier: Apache-2.0

internal import CDataPlane
internal import LVSModel

extension ForwardingTable {
    /// Calls `body` with the table as the C side takes it in; the memory is valid during the call.
    ///
    /// - Parameter withRealServers: false for who looks at the services alone, which then have none.
    func withTableInput<Result>(
        withRealServers: Bool = true, _ body: (UnsafePointer<dp_table_input>) -> Result
    ) -> Result {
        var reals: [dp_real_input] = []
        var ranges: [dp_port_range] = []
        var inputs: [dp_service_input] = []
        inputs.reserveCapacity(services.count)
        for service in services {
            var input = service.input
            input.first_real = UInt32(reals.count)
            input.first_range = UInt32(ranges.count)
            if withRealServers {
                for real in service.realServers { reals.append(real.input) }
            } else {
                input.real_count = 0
            }
            inputs.append(input)
            for range in service.address.ports.ranges { ranges.append(dp_port_range(range)) }
        }
        return unsafe inputs.withUnsafeBufferPointer { inputs in
            unsafe withInput(reals, ranges) { input in
                unsafe input.services = inputs.baseAddress
                unsafe input.service_count = UInt32(inputs.count)
                return unsafe body(&input)
            }
        }
    }

    private func withInput<Result>(
        _ reals: [dp_real_input], _ ranges: [dp_port_range],
        _ body: (inout dp_table_input) -> Result
    ) -> Result {
        unsafe reals.withUnsafeBufferPointer { reals in
            unsafe ranges.withUnsafeBufferPointer { ranges in
                var input = unsafe dp_table_input()
                unsafe input.reals = reals.baseAddress
                unsafe input.real_count = UInt32(reals.count)
                unsafe input.ranges = ranges.baseAddress
                unsafe input.range_count = UInt32(ranges.count)
                unsafe input.ingress = UInt32(ingress.index)
                unsafe input.ingress_mac = ingress.mac.tuple
                unsafe input.preserve_source_mac = sourceMAC == .preserve
                unsafe input.timeout_tcp_s = timeouts.tcp
                unsafe input.timeout_tcp_fin_s = timeouts.tcpFin
                unsafe input.timeout_udp_s = timeouts.udp
                unsafe input.no_flow = answers.noFlow.identifier
                unsafe input.no_real_server = answers.noRealServer.identifier
                unsafe input.answers_per_second = answers.perSecond
                unsafe input.takes_over = takesOver
                return unsafe body(&input)
            }
        }
    }
}

extension ForwardingTable.Service {
    /// Without the places of its real servers and ranges.
    fileprivate var input: dp_service_input {
        var input = dp_service_input()
        input.index = index
        input.vip = address.address.cAddress
        input.range_count = UInt32(address.ports.ranges.count)
        input.real_count = UInt32(realServers.count)
        input.transport = address.transport.number
        input.scheduler = UInt8(scheduler.identifier.rawValue)
        input.scheduler_flags = schedulerFlags.reduce(0) { $0 | UInt8($1.bit.rawValue) }
        input.owned = arp == .director
        input.one_packet = onePacket
        input.waits = waits
        input.on_down = UInt8(onDown.identifier.rawValue)
        if let persistence {
            let mapped = address.address.family == .ipv4 ? 96 : 0
            input.persistence_s = persistence.timeout
            input.persistence_bits = UInt8(mapped + Int(persistence.prefixLength))
        }
        return input
    }
}

extension ForwardingTable.Real {
    fileprivate var input: dp_real_input {
        var input = dp_real_input()
        input.index = index
        input.rip = address.cAddress
        input.weight = UInt32(weight)
        input.upper_threshold = upperThreshold
        input.lower_threshold = lowerThreshold
        input.down = isDown
        if let link {
            input.usable = true
            input.egress = UInt32(link.egress.index)
            input.mac = link.mac.tuple
            input.egress_mac = link.egress.mac.tuple
        }
        return input
    }
}

extension Scheduler {
    fileprivate var identifier: dp_scheduler_id {
        switch self {
        case .rr: DP_SCHEDULER_RR
        case .wrr: DP_SCHEDULER_WRR
        case .lc: DP_SCHEDULER_LC
        case .wlc: DP_SCHEDULER_WLC
        case .sed: DP_SCHEDULER_SED
        case .nq: DP_SCHEDULER_NQ
        case .sh: DP_SCHEDULER_SH
        case .dh: DP_SCHEDULER_DH
        case .mh: DP_SCHEDULER_MH
        case .fo: DP_SCHEDULER_FO
        case .ovf: DP_SCHEDULER_OVF
        case .lblc: DP_SCHEDULER_LBLC
        case .lblcr: DP_SCHEDULER_LBLCR
        case .twos: DP_SCHEDULER_TWOS
        case .maglev: DP_SCHEDULER_MAGLEV
        }
    }
}

extension SchedulerFlag {
    fileprivate var bit: dp_scheduler_flag {
        switch self {
        case .shPort, .mhPort: DP_SCHEDULER_PORT
        case .shFallback, .mhFallback: DP_SCHEDULER_FALLBACK
        }
    }
}

extension NoFlowPolicy {
    fileprivate var identifier: dp_no_flow {
        switch self {
        case .reset: DP_NO_FLOW_RESET
        case .drop: DP_NO_FLOW_DROP
        case .schedule: DP_NO_FLOW_SCHEDULE
        }
    }
}

extension NoRealServerPolicy {
    fileprivate var identifier: dp_no_real_server {
        switch self {
        case .unreachable: DP_NO_REAL_UNREACHABLE
        case .reset: DP_NO_REAL_RESET
        case .drop: DP_NO_REAL_DROP
        }
    }
}

extension OnDownPolicy {
    fileprivate var identifier: dp_on_down {
        switch self {
        case .reschedule: DP_ON_DOWN_RESCHEDULE
        case .reset: DP_ON_DOWN_RESET
        case .keep: DP_ON_DOWN_KEEP
        case .drop: DP_ON_DOWN_DROP
        }
    }
}

extension dp_port_range {
    fileprivate init(_ range: ClosedRange<UInt16>) {
        self.init(first: range.lowerBound, last: range.upperBound)
    }
}

extension IPAddress {
    /// As the C side takes it.
    var cAddress: dp_ip {
        var address = dp_ip()
        unsafe withUnsafeMutableBytes(of: &address) { unsafe $0.copyBytes(from: bytes) }
        return address
    }
}

extension MACAddress {
    /// The bytes in wire order, as C's arrays of six come in.
    var tuple: (UInt8, UInt8, UInt8, UInt8, UInt8, UInt8) {
        let bytes = bytes
        return (bytes[0], bytes[1], bytes[2], bytes[3], bytes[4], bytes[5])
    }
}
