// SPDX-License-Identifier: Apache-2.0

import DataPlane
import LVSModel

/// A forwarder on the memory port with one TCP service, and the frames that are sent through it.
public struct Workload: ~Copyable {
    public enum Kind: String, Sendable, CaseIterable {
        /// Frames of known flows.
        case flowHit = "flow-hit"
        /// The first frames of new flows, which `wlc` schedules over all real servers.
        case flowMiss = "flow-miss"
        /// The same flows' frames again and again, each when its flow has just timed out.
        case flowRenewal = "flow-renewal"
        /// The host's own traffic.
        case notOurs = "not-ours"
    }

    /// How often a workload of new flows can be run.
    public static let newFlowTurns = 120
    private static let portsPerClient = 16_384
    static let vip: [UInt8] = [192, 168, 142, 100]
    private static let director: [UInt8] = [192, 168, 142, 4]
    private static let directorMAC = MACAddress(rawValue: 0x0200_0000_0004)

    private var plane: MemoryDataPlane
    private let kind: Kind
    private let step: UInt64
    /// How many frames one turn forwards.
    public let framesPerTurn: Int

    /// - Parameters:
    ///   - flows: 1...1,000,000; one 64-byte frame of each is forwarded at every turn.
    ///   - realServers: 1...250.
    public init(_ kind: Kind, flows: Int, realServers: Int = 16) throws {
        let frames = kind == .flowMiss ? flows * Self.newFlowTurns : flows
        var plane = try MemoryDataPlane(flowCapacity: max(65_536, frames * 2))
        try plane.publish(Self.table(realServers: realServers))
        for flow in 0..<frames {
            let destination = kind == .notOurs ? Self.director : Self.vip
            try plane.push(Self.syn(ofFlow: flow, to: destination))
        }
        step = kind == .flowRenewal ? 61_000 : 0
        framesPerTurn = flows
        self.kind = kind
        if kind != .flowMiss { plane.rerun(times: 1) }
        self.plane = plane
    }

    /// Forwards the frames of a turn `turns` times over; new flows at most 120 times in all.
    public mutating func run(turns: Int) {
        if kind == .flowMiss {
            plane.forward(frames: turns * framesPerTurn)
        } else {
            plane.rerun(times: turns, step: step)
        }
    }

    static func table(realServers: Int) -> ForwardingTable {
        let ingress = ForwardingTable.Interface(index: 2, mac: directorMAC)
        let reals = (0..<realServers).map { index in
            let mac = MACAddress(rawValue: 0x0200_0000_1000 + UInt64(index))
            return ForwardingTable.Real(
                index: UInt32(index),
                realServer: RealServer(address: IPAddress(ipv4: 0xC0A8_8F00 + UInt32(index))),
                link: ForwardingTable.Link(mac: mac, egress: ingress))
        }
        let address = ServiceAddress(
            address: IPAddress(ipv4: 0xC0A8_8E64), port: 80, transport: .tcp)
        let service = ForwardingTable.Service(
            index: 0, service: VirtualService(address: address, scheduler: .wlc),
            realServers: reals)
        return ForwardingTable(
            ingress: ingress, sourceMAC: .director, timeouts: FlowTimeouts(), services: [service])
    }

    /// A SYN for port 80 in a frame of 64 bytes (60 without the frame check sequence).
    static func syn(ofFlow flow: Int, to destination: [UInt8]) -> [UInt8] {
        let client: [UInt8] = [192, 168, 142, UInt8(3 + flow / portsPerClient)]
        let port = UInt16(1024 + flow % portsPerClient)
        let ethernet: [UInt8] = directorMAC.bytes + [2, 0, 0, 0, 0, 3, 0x08, 0x00]
        var ip: [UInt8] =
            [0x45, 0, 0, 40, 0, 0, 0x40, 0, 64, 6, 0, 0] + client + destination
        let sum = stride(from: 0, to: ip.count, by: 2).reduce(UInt32(0)) { sum, index in
            sum + UInt32(ip[index]) << 8 + UInt32(ip[index + 1])
        }
        let checksum = ~UInt16(truncatingIfNeeded: sum & 0xFFFF + sum >> 16)
        ip[10] = UInt8(checksum >> 8)
        ip[11] = UInt8(checksum & 0xFF)
        let tcp: [UInt8] = [
            UInt8(port >> 8), UInt8(port & 0xFF), 0, 80, 0, 0, 0, 1, 0, 0, 0, 0, 0x50, 0x02, 0xFA,
            0xF0, 0, 0, 0, 0,
        ]
        return ethernet + ip + tcp + [0, 0, 0, 0, 0, 0]
    }
}
