// SPDX-License-Identifier: Apache-2.0

internal import CDataPlane

/// The owner of the XDP program over a forwarder's flow table, and of its place on the interface.
///
/// One thread at a time; the forwarder outlives it.
@safe struct Accelerator: ~Copyable {
    private let handle: OpaquePointer

    /// Puts the program on the interface; it sends nothing before the next publication.
    ///
    /// - Parameter sendsBack: frames go out by the way that they came by, without a redirection.
    init(
        _ forwarder: borrowing Forwarder, interface: Int32, sendsBack: Bool
    ) throws(DataPlaneError) {
        var error = unsafe dp_error.none
        let handle = unsafe dp_accelerator_create(forwarder.handle, sendsBack, &error)
        guard let handle = unsafe handle else { throw unsafe DataPlaneError(error) }
        let code = unsafe dp_accelerator_attach(handle, UInt32(interface), &error)
        guard code == 0 else {
            unsafe dp_accelerator_destroy(handle)
            throw unsafe DataPlaneError(error)
        }
        unsafe self.handle = handle
    }

    deinit {
        unsafe dp_accelerator_destroy(handle)
    }

    /// While it is suspended every frame is the workers'.
    func suspend(_ isSuspended: Bool) {
        unsafe dp_accelerator_suspend(handle, isSuspended)
    }

    /// Frames that the program has sent.
    var frames: UInt64 { unsafe dp_accelerator_frames(handle) }
}
