// SPDX-License-Identifier: Apache-2.0

internal import CDataPlane
import Glibc

/// How a flow table's file stands; it is only looked at, also while a director uses it.
public struct FlowFileLook: Hashable, Sendable {
    /// Why it can not be opened, such as ENOENT; nil when it was.
    public let errno: Int32?
    /// Why it is not to be trusted, such as `its header is damaged`; nil when its header is in order.
    public let damage: String?
    /// Flows that were last seen later than now, by the clock of this boot; of a very large table among
    /// the first million lines.
    public let ahead: UInt64

    public init(path: String) {
        var look = unsafe dp_flow_look()
        unsafe dp_flow_file_look(path, &look)
        errno = unsafe look.error == 0 ? nil : look.error
        damage = unsafe look.damage.map { unsafe String(cString: $0) }
        ahead = unsafe look.ahead
    }
}
