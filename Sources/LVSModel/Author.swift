// SPDX-License-Identifier: Apache-2.0

/// Who had something changed.
public enum Author: Hashable, Sendable, CustomStringConvertible {
    /// The process at the other end of the control socket, as the kernel knows it (unix(7)).
    ///
    /// - Parameter name: as the host's user database has it; nil for a user that it does not have.
    case peer(name: String?, user: UInt32, process: Int32)
    /// Whoever sent the daemon this signal, such as `SIGHUP`: the kernel says no more.
    case signal(String)

    /// Such as `alice (user 1000, process 913)`, `SIGHUP`.
    public var description: String {
        switch self {
        case .peer(let name, let user, let process):
            "\(name ?? "somebody") (user \(user), process \(process))"
        case .signal(let name): name
        }
    }
}
