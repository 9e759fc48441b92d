// SPDX-License-Identifier: Apache-2.0

import DataPlane
import LVSModel

/// A forwarder on the memory port with one TCP service, and the frames that are sent through it.
public struct Workload: ~Copyable {
    public enum Kind: String, Sendable, CaseIterable {
        /// Frames of known flows.
        case flowHit = "flow-hit"
        /// Every flow has timed out when its next frame comes, so that each frame is scheduled.
        case flowMiss = "flow-miss"
        /// The host's own traffic.
        case notOurs = "not-ours"
    }

    private static let client: [UInt8] = [192, 168, 142, 3]
    private static let vip: [UInt8] = [192, 168, 142, 100]
    private static let director: [UInt8] = [192, 168, 142, 4]
    private static let directorMAC = MACAddress(rawValue: 0x0200_0000_0004)

    private var plane: MemoryDataPlane
    private let step: UInt64
    /// How many frames one turn forwards.
    public let framesPerTurn: Int

    /// - Parameters:
    ///   - flows: 1...60,000; one 64-byte frame of each is forwarded at every turn.
    ///   - realServers: 1...250.
    public init(_ kind: Kind, flows: Int, realServers: Int = 16) throws {
        var plane = try MemoryDataPlane(flowCapacity: 65_536)
        try plane.publish(Self.table(realServers: realServers))
        for flow in 0..<flows {
            let destination = kind == .notOurs ? Self.director : Self.vip
            try plane.push(Self.syn(from: UInt16(1024 + flow), to: destination))
        }
        step = kind == .flowMiss ? 61_000 : 0
        framesPerTurn = flows
        plane.rerun(times: 1)
        self.plane = plane
    }

    /// Forwards all frames `turns` times over.
    public mutating func run(turns: Int) {
        plane.rerun(times: turns, step: step)
    }

    private static func table(realServers: Int) -> ForwardingTable {
        let ingress = ForwardingTable.Interface(index: 2, mac: directorMAC)
        let reals = (0..<realServers).map { index in
            let mac = MACAddress(rawValue: 0x0200_0000_1000 + UInt64(index))
            return ForwardingTable.Real(
                index: UInt32(index), address: IPAddress(ipv4: 0xC0A8_8F00 + UInt32(index)),
                weight: 1, link: ForwardingTable.Link(mac: mac, egress: ingress))
        }
        let address = ServiceAddress(
            address: IPAddress(ipv4: 0xC0A8_8E64), port: 80, transport: .tcp)
        let service = ForwardingTable.Service(
            index: 0, address: address, scheduler: .wrr, arp: .director, realServers: reals)
        return ForwardingTable(
            ingress: ingress, sourceMAC: .director, timeouts: FlowTimeouts(), services: [service])
    }

    /// A SYN for port 80 in a frame of 64 bytes (60 without the frame check sequence).
    private static func syn(from port: UInt16, to destination: [UInt8]) -> [UInt8] {
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
