// SPDX-License-Identifier: Apache-2.0

import ControlMessages
import Glibc
import HummingbirdCore
import LVSModel
import NIOCore

/// A capture on its way to the client: the pcapng file as it grows, until the count, the time, or
/// the client's patience is over.
struct CaptureStream: AnswerStream {
    var mediaType: String { "application/x-pcapng" }
    var duration: Duration? { .seconds(request.duration) }

    /// How long it waits when there is nothing to take; a ring of 1,024 packets lasts as long at
    /// 50,000 a second.
    private static let pause = Duration.milliseconds(20)
    /// How often the client is told how many frames were missed, which also shows whether it is
    /// still there.
    private static let heartbeat = Duration.milliseconds(250)
    /// Packets taken at once, of each worker.
    private static let portion = 256

    let session: any CaptureSession
    let request: CaptureRequest

    /// Writes the whole file; throws when the client has gone.
    func write(to body: inout any ResponseBodyWriter) async throws {
        let clock = ContinuousClock()
        let end = clock.now + .seconds(request.duration)
        var progress = Progress(limit: UInt64(request.count), snapLength: request.snapLength)
        let interface = session.interface
        try await body.write(ByteBuffer(bytes: progress.file.header()))
        var beat = clock.now
        while true {
            let reading = await session.take(atMost: Self.portion)
            let packets = progress.add(reading)
            if !packets.isEmpty { try await body.write(ByteBuffer(bytes: packets)) }
            let isOver = progress.isComplete || reading.isOver || clock.now >= end
            if isOver || clock.now >= beat {
                beat = clock.now + Self.heartbeat
                try await body.write(
                    ByteBuffer(bytes: progress.statistics(at: Self.now, interface: interface)))
            }
            if isOver { return }
            if packets.isEmpty { try await clock.sleep(for: Self.pause) }
        }
    }

    func end() async {
        await session.end()
    }

    /// Nanoseconds since 1970.
    private static var now: UInt64 {
        var time = timespec()
        unsafe clock_gettime(CLOCK_REALTIME, &time)
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }

    /// What has been captured so far; from frames to the file's bytes.
    struct Progress {
        let limit: UInt64
        var file: PcapngWriter
        private(set) var captured: UInt64 = 0
        private(set) var missed: UInt64 = 0
        private(set) var isComplete = false

        init(limit: UInt64, snapLength: Int) {
            self.limit = limit
            file = PcapngWriter(snapLength: snapLength)
        }

        /// The bytes for what was taken, up to the limit. A frame counts once, as it came.
        mutating func add(_ reading: CaptureReading) -> [UInt8] {
            if !reading.isOver { missed = reading.missed }
            var bytes: [UInt8] = []
            for frame in reading.frames {
                if !frame.isSent {
                    guard captured < limit else { break }
                    captured += 1
                }
                bytes += file.packet(frame)
            }
            isComplete = captured >= limit
            return bytes
        }

        mutating func statistics(at time: UInt64, interface: String) -> [UInt8] {
            file.statistics(at: time, interface: interface, captured: captured, missed: missed)
        }
    }
}
