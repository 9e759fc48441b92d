// SPDX-License-Identifier: Apache-2.0

internal import CDataPlane
internal import LVSModel

/// The owner of the XDP program that hands the VIPs' frames to the ports of AF_XDP.
///
/// One thread at a time; the tap outlives it.
@safe struct Divert: ~Copyable {
    private let handle: OpaquePointer

    /// Loads the program over what the tap tells the kernel.
    init(_ tap: borrowing Tap) throws(DataPlaneError) {
        var error = unsafe dp_error.none
        let handle = unsafe dp_divert_create(tap.handle, &error)
        guard let handle = unsafe handle else { throw unsafe DataPlaneError(error) }
        unsafe self.handle = handle
    }

    deinit {
        unsafe dp_divert_destroy(handle)
    }

    /// Has the program hand the frames of the port's queue to the port.
    func add(_ port: OpaquePointer) throws(DataPlaneError) {
        var error = unsafe dp_error.none
        let result = unsafe dp_divert_add(handle, port, &error)
        guard result == 0 else { throw unsafe DataPlaneError(error) }
    }

    /// Puts the program on the interface; behind the accelerator's, if there is one.
    func attach(
        to interface: Int32, behind accelerator: borrowing Accelerator?
    ) throws(DataPlaneError) {
        var error = unsafe dp_error.none
        let first: OpaquePointer? =
            switch accelerator {
            case .some(let accelerator): unsafe accelerator.handle
            case .none: nil
            }
        let result = unsafe dp_divert_attach(handle, UInt32(interface), first, &error)
        guard result == 0 else { throw unsafe DataPlaneError(error) }
    }

    /// Whether the program would hand a frame of 14...2,048 bytes, received by queue 0, to a port.
    func takes(_ frame: [UInt8]) throws(DataPlaneError) -> Bool {
        var error = unsafe dp_error.none
        var taken = false
        let result = unsafe dp_divert_try(handle, frame, UInt32(frame.count), &taken, &error)
        guard result == 0 else { throw unsafe DataPlaneError(error) }
        return taken
    }

    /// Tells the program the interface's MAC address; before the table is published.
    func tell(_ table: ForwardingTable) throws(DataPlaneError) {
        var error = unsafe dp_error.none
        let result = unsafe table.withTableInput(withRealServers: false) {
            unsafe dp_divert_tell(handle, $0, &error)
        }
        guard result == 0 else { throw unsafe DataPlaneError(error) }
    }
}
