// SPDX-License-Identifier: Apache-2.0

internal import CDataPlane
internal import LVSModel

/// The owner of the in-kernel programs for checks.
@safe struct CheckProgram: ~Copyable {
    private let handle: OpaquePointer

    /// Loads the programs; needs CAP_BPF and CAP_NET_ADMIN.
    init() throws(DataPlaneError) {
        var error = unsafe dp_error.none
        let handle = unsafe dp_check_create(&error)
        guard let handle = unsafe handle else { throw unsafe DataPlaneError(error) }
        unsafe self.handle = handle
    }

    deinit {
        unsafe dp_check_destroy(handle)
    }

    /// The mark names the VIP from now on.
    func tell(_ vip: IPAddress, mark: UInt32) throws(DataPlaneError) {
        var error = unsafe dp_error.none
        var address = vip.cAddress
        let result = unsafe dp_check_tell(handle, mark, &address, &error)
        guard result == 0 else { throw unsafe DataPlaneError(error) }
    }

    /// The mark names nothing any more.
    func untell(mark: UInt32) throws(DataPlaneError) {
        var error = unsafe dp_error.none
        let result = unsafe dp_check_untell(handle, mark, &error)
        guard result == 0 else { throw unsafe DataPlaneError(error) }
    }

    /// Puts the programs on the interface, where they are not there already.
    func attach(to interface: Int32) throws(DataPlaneError) {
        var error = unsafe dp_error.none
        let result = unsafe dp_check_attach(handle, UInt32(interface), &error)
        guard result >= 0 else { throw unsafe DataPlaneError(error) }
    }

    /// Takes the programs off the interface.
    func detach(from interface: Int32) throws(DataPlaneError) {
        var error = unsafe dp_error.none
        let result = unsafe dp_check_detach(UInt32(interface), &error)
        guard result == 0 else { throw unsafe DataPlaneError(error) }
    }

    /// The frame as it would leave with a mark.
    func sent(_ frame: [UInt8], mark: UInt32) throws(DataPlaneError) -> [UInt8] {
        try turned(frame, isSent: true, mark: mark, on: 1)
    }

    /// The frame that the interface received as the host's stack would get it.
    func received(_ frame: [UInt8], on interface: Int32) throws(DataPlaneError) -> [UInt8] {
        try turned(frame, isSent: false, mark: 0, on: interface)
    }

    private func turned(
        _ frame: [UInt8], isSent: Bool, mark: UInt32, on interface: Int32
    ) throws(DataPlaneError) -> [UInt8] {
        var error = unsafe dp_error.none
        var frame = frame
        let result = unsafe dp_check_try(
            handle, isSent, mark, UInt32(interface), &frame, UInt32(frame.count), &error)
        guard result == 0 else { throw unsafe DataPlaneError(error) }
        return frame
    }
}
