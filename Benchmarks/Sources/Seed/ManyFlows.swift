// SPDX-License-Identifier: Apache-2.0

import DataPlane
import LVSModel

/// Frames of many flows in turn, out of the memory of a thousand frames: what a frame costs more among
/// many flows than among few is what their lines in the flow table cost.
public struct ManyFlows: ~Copyable {
    public static let framesPerTurn = 1000

    private let plane: MemoryDataPlane
    private let flows: UInt32
    private var next: UInt32 = 0

    /// - Parameter flows: 1...1,048,576, all of which are known from the start.
    public init(flows: UInt32) throws {
        var plane = try MemoryDataPlane(flowCapacity: 1_048_576)
        try plane.publish(Workload.table(realServers: 16))
        for _ in 0..<Self.framesPerTurn {
            try plane.push(Workload.syn(ofFlow: 0, to: Workload.vip))
        }
        self.plane = plane
        self.flows = flows
        run(turns: (Int(flows) + Self.framesPerTurn - 1) / Self.framesPerTurn)
    }

    /// Forwards a thousand frames `turns` times over.
    public mutating func run(turns: Int) {
        for _ in 0..<turns {
            let first = next
            plane.rerun { index, frame in
                Self.stamp(&frame, flow: (first + UInt32(index)) % flows)
            }
            next = (first + UInt32(Self.framesPerTurn)) % flows
        }
    }

    /// Makes the frame one of the client 10.x.y.z whose number is the flow's.
    private static func stamp(_ frame: inout MutableRawSpan, flow: UInt32) {
        let client = 0x0A00_0000 + flow
        frame.storeBytes(of: client.bigEndian, toByteOffset: 26, as: UInt32.self)
        frame.storeBytes(of: 0, toByteOffset: 24, as: UInt16.self)
        var sum: UInt32 = 0
        for offset in stride(from: 14, to: 34, by: 2) {
            sum += UInt32(frame.bytes.unsafeLoadUnaligned(fromByteOffset: offset, as: UInt16.self))
        }
        let checksum = ~UInt16(truncatingIfNeeded: sum & 0xFFFF + sum >> 16)
        frame.storeBytes(of: checksum, toByteOffset: 24, as: UInt16.self)
    }
}
