// SPDX-License-Identifier: Apache-2.0

internal import CDataPlane
internal import LVSModel

/// The owner of the in-kernel programs of the AF_PACKET tier: the socket filter and the guard.
@safe struct Tap: ~Copyable {
    let handle: OpaquePointer

    /// What the programs do with a frame.
    struct Decision: Hashable {
        /// The filter copies it to the data plane.
        var isAdmitted: Bool
        /// The guard keeps it from the host's stack.
        var isTaken: Bool
    }

    /// Loads the programs; needs CAP_BPF, CAP_NET_ADMIN and CAP_NET_RAW.
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
        let result = unsafe table.withTableInput(withRealServers: false) {
            unsafe dp_tap_admit(handle, $0, &error)
        }
        guard result == 0 else { throw unsafe DataPlaneError(error) }
    }

    /// Takes away what the table does not have; after it is published.
    func retire(_ table: ForwardingTable) throws(DataPlaneError) {
        var error = unsafe dp_error.none
        let result = unsafe table.withTableInput(withRealServers: false) {
            unsafe dp_tap_retire(handle, $0, &error)
        }
        guard result == 0 else { throw unsafe DataPlaneError(error) }
    }

    /// What the programs would do with a frame of 14...2,048 bytes that the interface received.
    func decide(_ frame: [UInt8], on interface: Int32) throws(DataPlaneError) -> Decision {
        var error = unsafe dp_error.none
        var decision = dp_tap_decision()
        let result = unsafe dp_tap_try(
            handle, UInt32(interface), frame, UInt32(frame.count), &decision, &error)
        guard result == 0 else { throw unsafe DataPlaneError(error) }
        return Decision(isAdmitted: decision.admitted, isTaken: decision.taken)
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
