// SPDX-License-Identifier: Apache-2.0

internal import Glibc
internal import LVSModel

/// A capture that is running: a ring for each worker, and the names for what they hold.
struct Capture {
    private let rings: [CaptureRing]
    private let names: RealServerNames
    /// Of interfaces, by index.
    private var interfaces: [UInt32: String] = [:]

    /// Starts it on the workers.
    init(
        _ request: CaptureRequest, on workers: [Worker], names: RealServerNames
    ) throws(CaptureRefusal) {
        let service = try names.index(of: request.service)
        if let real = request.realServer { try names.check(real, of: service) }
        var rings: [CaptureRing] = []
        for _ in workers {
            do {
                rings.append(
                    try CaptureRing(
                        service: service, realServer: request.realServer,
                        snapLength: request.snapLength))
            } catch {
                throw .unavailable("\(error)")
            }
        }
        self.rings = rings
        self.names = names
        for (worker, ring) in zip(workers, rings) { worker.capture(into: ring) }
    }

    var missed: UInt64 {
        rings.reduce(0) { $0 + $1.missed }
    }

    /// Takes about `count` packets out of each ring, in the order of time.
    mutating func take(atMost count: Int) -> [CapturedFrame] {
        var packets: [CapturedPacket] = []
        for ring in rings { ring.take(atMost: count) { packets.append($0) } }
        var frames: [CapturedFrame] = []
        for (_, packet) in packets.enumerated().sorted(by: {
            ($0.element.time, $0.offset) < ($1.element.time, $1.offset)
        }) {
            frames.append(frame(packet))
        }
        return frames
    }

    private mutating func frame(_ packet: CapturedPacket) -> CapturedFrame {
        CapturedFrame(
            time: packet.time, bytes: packet.bytes, length: packet.length, isSent: packet.isSent,
            interface: name(ofInterface: packet.interface), verdict: packet.verdict,
            reason: packet.reason, realServer: packet.realServer.flatMap { names[$0] })
    }

    private mutating func name(ofInterface index: UInt32) -> String {
        if let name = interfaces[index] { return name }
        var text = [CChar](repeating: 0, count: Int(IF_NAMESIZE))
        let isNamed = unsafe if_indextoname(index, &text) != nil
        let bytes = text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
        let name = isNamed ? String(decoding: bytes, as: UTF8.self) : "interface \(index)"
        interfaces[index] = name
        return name
    }
}
