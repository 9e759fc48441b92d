// SPDX-License-Identifier: Apache-2.0

public import LVSModel

extension MemoryDataPlane {
    /// Captures from the next run on, in the place of a capture before it.
    public mutating func startCapture(_ request: CaptureRequest) throws(CaptureRefusal) {
        capture = try Capture(request, on: [worker], names: RealServerNames(table))
    }

    /// What was captured since the last call.
    public mutating func takeCaptured(atMost count: Int = .max) -> CaptureReading {
        let frames = capture?.take(atMost: count) ?? []
        return CaptureReading(
            frames: frames, missed: capture?.missed ?? 0, isOver: capture == nil)
    }

    public mutating func endCapture() {
        capture = nil
        worker.capture(into: nil)
        _ = worker.freeCaptureRings()
    }

    /// Where the flow's packets would go at this time of the clock; nothing changes by it.
    public func explain(_ flow: FlowAddress) throws(DataPlaneError) -> Explanation {
        try forwarder.explain(flow, now: worker.now, names: RealServerNames(table))
    }
}

extension ConcurrentMemoryDataPlane {
    /// Captures from now on, also while the workers run.
    public mutating func startCapture(_ request: CaptureRequest) throws(CaptureRefusal) {
        capture = try Capture(request, on: workers, names: RealServerNames(table))
    }

    /// What was captured since the last call.
    public mutating func takeCaptured(atMost count: Int) -> CaptureReading {
        let frames = capture?.take(atMost: count) ?? []
        return CaptureReading(
            frames: frames, missed: capture?.missed ?? 0, isOver: capture == nil)
    }

    /// Ends the capture; true once its memory is free, which may take a batch.
    public mutating func endCapture() -> Bool {
        capture = nil
        for worker in workers { worker.capture(into: nil) }
        return workers.allSatisfy { $0.freeCaptureRings() }
    }
}

extension RealServerNames {
    init(_ table: ForwardingTable?) {
        self.init()
        if let table { add(table) }
    }
}
