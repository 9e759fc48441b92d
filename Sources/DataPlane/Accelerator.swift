// SPDX-License-Identifier: Apache-2.0

internal import CDataPlane
internal import LVSModel

/// The owner of the XDP program over a forwarder's flow table, and of its place on the interface.
///
/// One thread at a time; the forwarder outlives it.
@safe struct Accelerator: ~Copyable {
    let handle: OpaquePointer

    /// Loads the program; it sends nothing before it is attached, nor before the next publication.
    ///
    /// - Parameters:
    ///   - interface: the index of the VIPs' interface.
    ///   - sendsBack: frames go out by the way that they came by, without a redirection.
    init(
        _ forwarder: borrowing Forwarder, interface: Int32, sendsBack: Bool
    ) throws(DataPlaneError) {
        var error = unsafe dp_error.none
        let handle = unsafe dp_accelerator_create(
            forwarder.handle, UInt32(interface), sendsBack, &error)
        guard let handle = unsafe handle else { throw unsafe DataPlaneError(error) }
        unsafe self.handle = handle
    }

    deinit {
        unsafe dp_accelerator_destroy(handle)
    }

    /// Puts the program on the interface, where it stays until the accelerator or the process ends.
    func attach() throws(DataPlaneError) {
        var error = unsafe dp_error.none
        let code = unsafe dp_accelerator_attach(handle, &error)
        guard code == 0 else { throw unsafe DataPlaneError(error) }
    }

    /// While it is suspended every frame is the workers'.
    func suspend(_ isSuspended: Bool) {
        unsafe dp_accelerator_suspend(handle, isSuspended)
    }

    /// Changed slot tables come into force for the program as soon as no worker picks by the old ones,
    /// and what it has seen is told to the flow table: to be called a few times a second.
    ///
    /// - Parameter now: milliseconds of the clock that the flows live by; nil for the monotonic one.
    /// - Returns: true when no slot table waits.
    @discardableResult
    func settle(now: UInt64? = nil) -> Bool {
        unsafe dp_accelerator_settle(handle, now ?? dp_monotonic_ms())
    }

    /// Flows that the program sends by their hash alone.
    var knownFlows: UInt64 { unsafe dp_accelerator_known(handle) }

    /// The destination of a frame of 14...1,514 bytes as the program would send it; nil: it leaves it to
    /// the workers.
    func trial(of frame: [UInt8]) throws(DataPlaneError) -> MACAddress? {
        var error = unsafe dp_error.none
        var trial = dp_acceleration_trial()
        let code = unsafe dp_accelerator_try(handle, frame, UInt32(frame.count), &trial, &error)
        guard code == 0 else { throw unsafe DataPlaneError(error) }
        let mac = trial.mac
        let bytes = [mac.0, mac.1, mac.2, mac.3, mac.4, mac.5]
        return trial.sent ? MACAddress(rawValue: bytes.reduce(0) { $0 << 8 | UInt64($1) }) : nil
    }

    /// The services of the table in force, by what the program does for them.
    var services: AcceleratedServices {
        let services = unsafe dp_accelerator_services(handle)
        return AcceleratedServices(
            bySlots: services.by_slots, byLines: services.by_lines,
            withoutRoom: services.without_room, inUserspace: services.in_userspace)
    }

    /// Frames that the program has sent.
    var frames: UInt64 { unsafe dp_accelerator_frames(handle) }
}
