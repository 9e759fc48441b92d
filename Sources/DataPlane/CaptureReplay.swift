// SPDX-License-Identifier: Apache-2.0

internal import CDataPlane
internal import Glibc
public import LVSModel

/// A capture through the production pipeline, without a network; the capture's timestamps are the
/// clock.
public struct CaptureReplay: ~Copyable {
    private let worker: Worker  // before the forwarder: it goes first
    private let forwarder: Forwarder
    private let services: [UInt32]
    private let realServers: [UInt32]

    /// - Parameters:
    ///   - input: a capture file of Ethernet frames, in a format of libpcap's; `-` for standard
    ///     input.
    ///   - output: the file that the frames sent are written to; nil for none.
    ///   - table: what is in force during the replay.
    public init(
        input: String, output: String?, table: ForwardingTable, flowCapacity: Int = 1_048_576
    ) throws(DataPlaneError) {
        let forwarder = try Forwarder(flowCapacity: flowCapacity)
        try forwarder.publish(table)
        var error = unsafe dp_error.none
        let port = unsafe dp_pcap_open(input, output, &error)
        guard let port = unsafe port else { throw unsafe DataPlaneError(error) }
        worker = try unsafe Worker(forwarder: forwarder, port: port)
        self.forwarder = forwarder
        services = table.services.map(\.index)
        realServers = table.services.flatMap(\.realServers).map(\.index)
    }

    /// The outcomes of the next frames, in the capture's order; empty at its end. Frames that come
    /// together have the same time.
    public func next() -> [FrameOutcome] {
        var batch = [dp_outcome](repeating: dp_outcome(), count: Int(DP_BATCH))
        let count = unsafe dp_worker_step(worker.handle, &batch)
        return batch.prefix(Int(count)).map(FrameOutcome.init)
    }

    /// The timestamp of the frames that came last, in milliseconds since 1970.
    public var time: UInt64 {
        unsafe dp_pcap_time_ms(dp_worker_port(worker.handle))
    }

    /// What went wrong with the files; to be asked at the end, when a capture that is broken has
    /// given the frames before the break.
    public var fault: CaptureFault? {
        var code: Int32 = 0
        let fault = unsafe dp_pcap_check(dp_worker_port(worker.handle), &code)
        let frames = worker.portCounters.received
        return switch fault {
        case DP_PCAP_TORN: .torn(after: frames)
        case DP_PCAP_DAMAGED: .damaged(after: frames)
        case DP_PCAP_UNREADABLE: .unreadable(after: frames, code: code)
        case DP_PCAP_UNWRITTEN: .unwritten(code: code)
        default: nil
        }
    }

    /// Reads all counters.
    public func counters() -> DataPlaneCounters {
        forwarder.counters(
            services: services, realServers: realServers, port: worker.portCounters)
    }
}

/// Why a replay is not the whole of its capture.
public enum CaptureFault: Error, Hashable, Sendable {
    case torn(after: UInt64)
    case damaged(after: UInt64)
    /// `code` is an errno.
    case unreadable(after: UInt64, code: Int32)
    case unwritten(code: Int32)
}

extension CaptureFault: CustomStringConvertible {
    /// Such as `the capture ends within a frame after 19 frames`.
    public var description: String {
        switch self {
        case .torn(let frames):
            "the capture ends within a frame after \(Self.count(frames))"
        case .damaged(let frames):
            "the capture is damaged: what follows after \(Self.count(frames)) is no frame"
        case .unreadable(let frames, let code):
            "the capture can not be read on after \(Self.count(frames)): \(Self.words(code))"
        case .unwritten(let code):
            "the frames sent can not be written: \(Self.words(code))"
        }
    }

    private static func count(_ frames: UInt64) -> String {
        "\(frames) frame\(frames == 1 ? "" : "s")"
    }

    private static func words(_ code: Int32) -> String {
        unsafe String(cString: strerror(code))
    }
}
