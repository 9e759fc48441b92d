// SPDX-License-Identifier: Apache-2.0

internal import CDataPlane
public import LVSModel

/// A capture through the production pipeline, without a network; the capture's timestamps are the
/// clock.
public struct CaptureReplay: ~Copyable {
    private let worker: Worker  // before the forwarder: it goes first
    private let forwarder: Forwarder

    /// - Parameters:
    ///   - input: a capture file of Ethernet frames, in a format of libpcap's.
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
    }

    /// The outcomes of the next frames, in the capture's order; empty at its end.
    public func next() -> [FrameOutcome] {
        var batch = [dp_outcome](repeating: dp_outcome(), count: Int(DP_BATCH))
        let count = unsafe dp_worker_step(worker.handle, &batch)
        return batch.prefix(Int(count)).map(FrameOutcome.init)
    }
}
