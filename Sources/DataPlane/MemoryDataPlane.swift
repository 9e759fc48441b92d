// SPDX-License-Identifier: Apache-2.0

internal import CDataPlane
public import LVSModel

/// What became of one frame.
public struct FrameOutcome: Hashable, Sendable {
    public let verdict: Verdict
    /// The exit's name, such as `no-service`.
    public let reason: String
    /// The index of the real server that was picked, if any.
    public let realServer: UInt32?
}

/// A frame that was sent.
public struct SentFrame: Hashable, Sendable {
    public let bytes: [UInt8]
    /// The index of the interface.
    public let egress: Int32

    public init(bytes: [UInt8], egress: Int32) {
        self.bytes = bytes
        self.egress = egress
    }
}

/// The production pipeline without a network: frames in, outcomes and frames out, the clock in the
/// caller's hand. For tests and benchmarks.
public struct MemoryDataPlane: ~Copyable {
    let worker: Worker  // before the forwarder: it goes first
    let forwarder: Forwarder
    private(set) var table: ForwardingTable?
    var capture: Capture?
    private var now: UInt64 = 0

    /// - Parameters:
    ///   - flowCapacity: 1,024...67,108,864 flows.
    ///   - flowFile: as for `LiveDataPlane`; `timeouts` and the time `now` judge its flows.
    public init(
        flowCapacity: Int = 1024, flowFile: String? = nil, timeouts: FlowTimeouts = FlowTimeouts(),
        now: UInt64 = 0
    ) throws(DataPlaneError) {
        try self.init(
            Forwarder(flowCapacity: flowCapacity, file: flowFile, timeouts: timeouts, now: now),
            now: now)
    }

    init(_ forwarder: consuming Forwarder, now: UInt64) throws(DataPlaneError) {
        var error = unsafe dp_error.none
        let port = unsafe dp_memory_open(&error)
        guard let port = unsafe port else { throw unsafe DataPlaneError(error) }
        worker = try unsafe Worker(forwarder: forwarder, port: port)
        self.forwarder = forwarder
        self.now = now
        setTime(milliseconds: now)
    }

    /// How the flow table came about.
    public var flowOrigin: FlowOrigin { forwarder.origin }

    private var port: OpaquePointer { unsafe dp_worker_port(worker.handle) }

    /// Makes the table the one in force.
    public mutating func publish(_ table: ForwardingTable) throws(DataPlaneError) {
        try forwarder.publish(table)
        self.table = table
    }

    /// Adds a frame of 14...65,600 bytes to what is to be received.
    public func push(_ frame: [UInt8], vlanTagged: Bool = false) throws(DataPlaneError) {
        let result = unsafe dp_memory_push(port, frame, UInt32(frame.count), vlanTagged)
        guard result == 0 else {
            throw DataPlaneError(operation: "push a frame", code: -result)
        }
    }

    /// Sets the clock that flows live by.
    public func setTime(milliseconds: UInt64) {
        unsafe dp_memory_set_time(port, milliseconds)
    }

    /// Forwards all that was pushed; the outcomes are in the frames' order.
    public func run() -> [FrameOutcome] {
        var outcomes: [FrameOutcome] = []
        var batch = [dp_outcome](repeating: dp_outcome(), count: Int(DP_BATCH))
        while true {
            let count = unsafe dp_worker_step(worker.handle, &batch)
            guard count > 0 else { return outcomes }
            outcomes.append(contentsOf: batch.prefix(Int(count)).map(FrameOutcome.init))
        }
    }

    /// Forwards all that was pushed `times` over, from the start, and keeps nothing of it. The clock
    /// goes on by `step` milliseconds before each turn.
    public mutating func rerun(times: Int, step: UInt64 = 0) {
        unsafe dp_memory_discard(port, true)
        for _ in 0..<times {
            now += step
            setTime(milliseconds: now)
            unsafe dp_memory_rewind(port)
            while unsafe dp_worker_step(worker.handle, nil) > 0 {}
        }
        unsafe dp_memory_discard(port, false)
    }

    /// Hands each frame that was pushed to `body`, to be changed behind its Ethernet header, and
    /// forwards them all once more; keeps nothing of it.
    public func rerun(changing body: (_ index: Int, _ frame: inout MutableRawSpan) -> Void) {
        var length: UInt32 = 0
        var index = 0
        while let bytes = unsafe dp_memory_received(port, index, &length) {
            let buffer = unsafe UnsafeMutableRawBufferPointer(start: bytes, count: Int(length))
            var span = unsafe buffer.mutableBytes
            body(index, &span)
            index += 1
        }
        unsafe dp_memory_discard(port, true)
        unsafe dp_memory_rewind(port)
        while unsafe dp_worker_step(worker.handle, nil) > 0 {}
        unsafe dp_memory_discard(port, false)
    }

    /// Forwards the next frames that were pushed, at least as many as given if there are so many, and
    /// keeps nothing of it.
    public func forward(frames: Int) {
        unsafe dp_memory_discard(port, true)
        var left = frames
        while left > 0 {
            let count = Int(unsafe dp_worker_step(worker.handle, nil))
            guard count > 0 else { break }
            left -= count
        }
        unsafe dp_memory_discard(port, false)
    }

    /// The frames sent since the last call.
    public func takeSent() -> [SentFrame] {
        var frames: [SentFrame] = []
        for index in 0..<(unsafe dp_memory_sent_count(port)) {
            var length: UInt32 = 0
            var egress: UInt32 = 0
            guard let bytes = unsafe dp_memory_sent(port, index, &length, &egress) else { break }
            let buffer = unsafe UnsafeBufferPointer(start: bytes, count: Int(length))
            frames.append(unsafe SentFrame(bytes: Array(buffer), egress: Int32(egress)))
        }
        unsafe dp_memory_clear(port)
        return frames
    }

    /// Announces each VIP that is the director's own once, at the next run.
    public func announce() {
        worker.announce()
    }

    /// Reads all counters.
    public func counters() -> DataPlaneCounters {
        let services = table?.services ?? []
        return forwarder.counters(
            services: services.map(\.index),
            realServers: services.flatMap(\.realServers).map(\.index), port: worker.portCounters)
    }
}

extension FrameOutcome {
    init(_ outcome: dp_outcome) {
        self.init(
            verdict: outcome.reason.verdict, reason: outcome.reason.name,
            realServer: outcome.real == UInt32.max ? nil : outcome.real)
    }
}
