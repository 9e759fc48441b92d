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
            owned: arp == .director, first_real: firstReal, real_count: UInt32(realServers.count))
    }
}

extension ForwardingTable.Real {
    fileprivate var input: dp_real_input {
        var input = dp_real_input()
        input.index = index
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
