// SPDX-License-Identifier: Apache-2.0

internal import CDataPlane

/// The owner of a worker and its port.
@safe final class Worker {
    let handle: OpaquePointer
    /// Those that the thread may write to: the last one, until it is told otherwise.
    private var captureRings: [CaptureRing] = []

    /// Takes the port over: it is closed with the worker, or at once when this fails.
    init(forwarder: borrowing Forwarder, port: OpaquePointer) throws(DataPlaneError) {
        var error = unsafe dp_error.none
        let handle = unsafe dp_worker_create(forwarder.handle, port, &error)
        guard let handle = unsafe handle else {
            unsafe dp_port_close(port)
            throw unsafe DataPlaneError(error)
        }
        unsafe self.handle = handle
    }

    deinit {
        unsafe dp_worker_destroy(handle)
    }

    /// Starts the worker's thread, which ends with the worker; `number` counts from 0.
    func start(number: Int) throws(DataPlaneError) {
        var error = unsafe dp_error.none
        let result = unsafe dp_worker_start(handle, UInt32(number), &error)
        guard result == 0 else { throw unsafe DataPlaneError(error) }
    }

    /// Has the program hand the frames of its port, one of AF_XDP, to it.
    func receive(from divert: borrowing Divert) throws(DataPlaneError) {
        try unsafe divert.add(dp_worker_port(handle))
    }

    /// Has frames for another interface than its port's, one of AF_XDP, go out there by AF_XDP too.
    func openWay(to interface: Int32) throws(DataPlaneError) {
        var error = unsafe dp_error.none
        let result = unsafe dp_xdp_add_way(dp_worker_port(handle), UInt32(interface), &error)
        guard result == 0 else { throw unsafe DataPlaneError(error) }
    }

    /// Whether the driver reads and writes the memory of its port, one of AF_XDP, itself.
    var isZeroCopy: Bool { unsafe dp_xdp_is_zero_copy(dp_worker_port(handle)) }

    func announce() {
        unsafe dp_worker_announce(handle)
    }

    /// Time since the thread last came round; it does so at least once a second.
    var silence: Duration {
        .milliseconds(unsafe dp_worker_silence_ms(handle))
    }

    /// Captures into the ring from now on; nil: no more.
    func capture(into ring: CaptureRing?) {
        if let ring { captureRings.append(ring) }
        unsafe dp_worker_capture(handle, ring?.handle)
    }

    /// Frees the rings that the thread has let go of. Returns true when none is left.
    func freeCaptureRings() -> Bool {
        captureRings.removeAll { unsafe !dp_worker_captures(handle, $0.handle) }
        return captureRings.isEmpty
    }

    /// The time that its flows live by, in milliseconds.
    var now: UInt64 { unsafe dp_worker_now_ms(handle) }

    var portCounters: dp_port_counters {
        unsafe dp_worker_port_counters(handle)
    }
}
