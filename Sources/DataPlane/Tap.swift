// SPDX-License-Identifier: Apache-2.0

internal import CDataPlane
internal import LVSModel

/// The owner of the in-kernel programs of the AF_PACKET tier: the socket filter and the guard.
@safe struct Tap: ~Copyable {
    let handle: OpaquePointer

    /// Loads the programs; needs CAP_BPF and CAP_NET_ADMIN.
    init() throws(DataPlaneError) {
        var error = unsafe dp_error.none
        let handle = unsafe dp_tap_create(&error)
        guard let handle = unsafe handle else { throw unsafe DataPlaneError(error) }
        unsafe self.handle = handle
    }

    deinit {
        unsafe dp_tap_destroy(handle)
    }

    /// Adds the table's VIPs and services to what the programs know; before the table is published.
    func admit(_ table: ForwardingTable) throws(DataPlaneError) {
        var error = unsafe dp_error.none
        let result = unsafe table.withTableInput { unsafe dp_tap_admit(handle, $0, &error) }
        guard result == 0 else { throw unsafe DataPlaneError(error) }
    }

    /// Takes away what the table does not have; after it is published.
    func retire(_ table: ForwardingTable) throws(DataPlaneError) {
        var error = unsafe dp_error.none
        let result = unsafe table.withTableInput { unsafe dp_tap_retire(handle, $0, &error) }
        guard result == 0 else { throw unsafe DataPlaneError(error) }
    }

    /// Puts the guard on the interface. Returns true when an earlier process had left one.
    func guardInterface(_ interface: Int32) throws(DataPlaneError) -> Bool {
        var error = unsafe dp_error.none
        let result = unsafe dp_guard_attach(handle, UInt32(interface), &error)
        guard result >= 0 else { throw unsafe DataPlaneError(error) }
        return result == 1
    }

    /// Takes the guard off the interface.
    func unguardInterface(_ interface: Int32) throws(DataPlaneError) {
        var error = unsafe dp_error.none
        let result = unsafe dp_guard_detach(UInt32(interface), &error)
        guard result == 0 else { throw unsafe DataPlaneError(error) }
    }
}
