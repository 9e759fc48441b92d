// SPDX-License-Identifier: Apache-2.0

import ControlServer
package import LVSModel

/// A capture with as many frames as a test asks for, and that remembers what became of it.
package actor SampleCapture: CaptureSession {
    package nonisolated let interface = "eth0"

    private let frames: Int
    private let isEndless: Bool
    private var taken = 0
    private var isRunning = false
    /// How often a capture was ended.
    package private(set) var ends = 0

    /// - Parameters:
    ///   - frames: That come at once; then it is over, unless it is endless, when nothing comes.
    package init(frames: Int = 3, isEndless: Bool = false) {
        self.frames = frames
        self.isEndless = isEndless
    }

    /// False when it is running.
    func begin() -> Bool {
        defer { isRunning = true }
        return !isRunning
    }

    package func take(atMost count: Int) -> CaptureReading {
        let first = taken
        taken = min(taken + count, frames)
        return CaptureReading(
            frames: (first..<taken).flatMap { [Self.frame($0, false), Self.frame($0, true)] },
            missed: 7, isOver: taken == frames && !isEndless && first == taken)
    }

    package func end() {
        if isRunning { ends += 1 }
        isRunning = false
        taken = 0
    }

    /// The frame of this number, as it came or as it went.
    package static func frame(_ number: Int, _ isSent: Bool) -> CapturedFrame {
        let ethernet: [UInt8] = [
            2, 0, 0, 0, 0, isSent ? 5 : 4, 2, 0, 0, 0, 0, isSent ? 4 : 3, 8, 0,
        ]
        let ip: [UInt8] =
            [0x45, 0, 0, 40, 0, 0, 0, 0, 64, 6, 0x5B, 0xBA, 192, 168, 142, 3, 192, 168, 142, 100]
        let tcp: [UInt8] =
            [0x9C, 0x40, 0, 80, 0, 0, 0, 1, 0, 0, 0, 0, 0x50, 2, 0xFA, 0xF0, 0, 0, 0, 0]
        return CapturedFrame(
            time: 1_700_000_000_000_000_000 + UInt64(number) * 1_500, bytes: ethernet + ip + tcp,
            length: 54, isSent: isSent, interface: "eth0", verdict: .tx, reason: "scheduled",
            realServer: RealServerName(
                service: SampleDirector.web.address, address: IPAddress(ipv4: 0xC0A8_8E05)))
    }
}
