// SPDX-License-Identifier: Apache-2.0

public import LVSModel

extension LiveDataPlane {
    /// How long a worker may take to let go of a capture, in milliseconds; a batch takes less.
    private static let patience = 1_000

    /// Starts a capture, one at a time, which goes on until `endCapture`.
    ///
    /// - Returns: what names it.
    public func startCapture(_ request: CaptureRequest) throws(CaptureRefusal) -> UInt64 {
        guard capture == nil else { throw .isRunning }
        capture = try Capture(request, on: workers, names: names)
        accelerator?.suspend(true)
        captures += 1
        return captures
    }

    /// Takes what was captured, about `count` packets of each worker.
    public func takeCaptured(atMost count: Int, of id: UInt64) -> CaptureReading {
        guard id == captures, capture != nil else {
            return CaptureReading(frames: [], missed: 0, isOver: true)
        }
        let frames = capture?.take(atMost: count) ?? []
        return CaptureReading(frames: frames, missed: capture?.missed ?? 0, isOver: false)
    }

    /// Ends the capture and frees its memory; nothing happens when it has ended.
    public func endCapture(_ id: UInt64) async {
        guard id == captures, capture != nil else { return }
        capture = nil
        accelerator?.suspend(false)
        for worker in workers { worker.capture(into: nil) }
        for _ in 0..<Self.patience {
            // What a worker holds on to for longer goes with the next capture, or with the worker.
            if workers.allSatisfy({ $0.freeCaptureRings() }) { return }
            try? await Task.sleep(for: .milliseconds(1))
        }
    }
}
