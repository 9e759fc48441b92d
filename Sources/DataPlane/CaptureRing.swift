// SPDX-License-Identifier: Apache-2.0

internal import CDataPlane
internal import LVSModel

/// The owner of one worker's ring of captured packets.
@safe final class CaptureRing {
    let handle: OpaquePointer

    /// - Parameters:
    ///   - service: the index of the service wanted; nil: all.
    ///   - snapLength: bytes kept of a packet, 64...2,048.
    init(service: UInt32?, realServer: IPAddress?, snapLength: Int) throws(DataPlaneError) {
        var filter = dp_capture_filter()
        if let service {
            filter.by_service = true
            filter.service = service
        }
        if let realServer {
            filter.by_real = true
            filter.real = realServer.cAddress
        }
        var error = unsafe dp_error.none
        let handle = unsafe dp_capture_create(&filter, UInt32(snapLength), &error)
        guard let handle = unsafe handle else { throw unsafe DataPlaneError(error) }
        unsafe self.handle = handle
    }

    /// No worker uses it any more: see Worker.
    deinit {
        unsafe dp_capture_destroy(handle)
    }

    /// Frames that found no room.
    var missed: UInt64 { unsafe dp_capture_missed(handle) }

    /// Takes packets out, the oldest first: about `count`, so that a frame as it came and as it went
    /// stay together.
    func take(atMost count: Int, _ body: (CapturedPacket) -> Void) {
        var taken = 0
        var packet = unsafe dp_captured()
        while unsafe dp_capture_first(handle, &packet), unsafe packet.sent || taken < count {
            unsafe body(CapturedPacket(packet))
            unsafe dp_capture_take(handle)
            taken += 1
        }
    }
}

/// A packet of a ring, with indexes where people want names.
struct CapturedPacket {
    let time: UInt64
    let bytes: [UInt8]
    let length: UInt32
    let isSent: Bool
    let interface: UInt32
    let realServer: UInt32?
    let verdict: Verdict
    let reason: String

    fileprivate init(_ packet: dp_captured) {
        unsafe time = packet.time_ns
        unsafe bytes = Array(
            UnsafeBufferPointer(start: packet.bytes, count: Int(packet.length)))
        unsafe length = packet.wire_length
        unsafe isSent = packet.sent
        unsafe interface = packet.interface
        unsafe realServer = packet.real == UInt32.max ? nil : packet.real
        unsafe verdict = packet.reason.verdict
        unsafe reason = packet.reason.name
    }
}
