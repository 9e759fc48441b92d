// SPDX-License-Identifier: Apache-2.0

internal import CDataPlane
internal import LVSModel

extension ForwardingTable {
    /// Calls `body` with the table as the C side takes it in; the memory is valid during the call.
    func withTableInput<Result>(_ body: (UnsafePointer<dp_table_input>) -> Result) -> Result {
        var reals: [dp_real_input] = []
        var inputs: [dp_service_input] = []
        for service in services {
            inputs.append(service.input(firstReal: UInt32(reals.count)))
            reals.append(contentsOf: service.realServers.map(\.input))
        }
        return unsafe inputs.withUnsafeBufferPointer { inputs in
            unsafe reals.withUnsafeBufferPointer { reals in
                var input = unsafe dp_table_input()
                unsafe input.services = inputs.baseAddress
                unsafe input.service_count = UInt32(inputs.count)
                unsafe input.reals = reals.baseAddress
                unsafe input.real_count = UInt32(reals.count)
                unsafe input.ingress = UInt32(ingress.index)
                unsafe input.ingress_mac = ingress.mac.tuple
                unsafe input.preserve_source_mac = sourceMAC == .preserve
                unsafe input.timeout_tcp_s = timeouts.tcp
                unsafe input.timeout_tcp_fin_s = timeouts.tcpFin
                unsafe input.timeout_udp_s = timeouts.udp
                unsafe input.no_flow = answers.noFlow.identifier
                unsafe input.no_real_server = answers.noRealServer.identifier
                unsafe input.answers_per_second = answers.perSecond
                return unsafe body(&input)
            }
        }
    }
}

extension ForwardingTable.Service {
    fileprivate func input(firstReal: UInt32) -> dp_service_input {
        dp_service_input(
            index: index, vip: address.address.ipv4, port: address.port,
            transport: address.transport.number, scheduler: UInt8(scheduler.identifier.rawValue),
            scheduler_flags: schedulerFlags.reduce(0) { $0 | UInt8($1.bit.rawValue) },
            owned: arp == .director, first_real: firstReal, real_count: UInt32(realServers.count))
    }
}

extension ForwardingTable.Real {
    fileprivate var input: dp_real_input {
        var input = dp_real_input()
        input.index = index
        input.rip = address.ipv4
        input.weight = UInt32(weight)
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

extension MACAddress {
    /// The bytes in wire order, as C's arrays of six come in.
    var tuple: (UInt8, UInt8, UInt8, UInt8, UInt8, UInt8) {
        let bytes = bytes
        return (bytes[0], bytes[1], bytes[2], bytes[3], bytes[4], bytes[5])
    }
}
