// SPDX-License-Identifier: Apache-2.0

import CHostNetwork

/// The kernel refused something, or could not do it.
public struct HostNetworkError: Error, Hashable, Sendable {
    /// What was tried, such as `read the routes to 192.168.142.5`.
    public let operation: String
    /// The kernel's answer, such as EPERM.
    public let errno: Int32

    public init(operation: String, errno: Int32) {
        self.operation = operation
        self.errno = errno
    }
}

extension HostNetworkError: CustomStringConvertible {
    /// `cannot read the routes to 192.168.142.5: Operation not permitted (EPERM)`.
    public var description: String {
        let text = unsafe String(cString: hn_error_text(errno))
        let name = unsafe String(cString: hn_error_name(errno))
        return "cannot \(operation): \(text) (\(name))"
    }
}
