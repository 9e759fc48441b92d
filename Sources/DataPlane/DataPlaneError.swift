// SPDX-License-Identifier: Apache-2.0

internal import CDataPlane
internal import Glibc

/// What the data plane was doing when the system refused, and how it refused.
public struct DataPlaneError: Error, Hashable, Sendable, CustomStringConvertible {
    /// Such as `open a packet socket`.
    public let operation: String
    /// An errno.
    public let code: Int32

    public init(operation: String, code: Int32) {
        self.operation = operation
        self.code = code
    }

    init(_ error: dp_error) {
        unsafe self.init(operation: String(cString: error.operation), code: error.code)
    }

    /// Such as `cannot open a packet socket: Operation not permitted`.
    public var description: String {
        "cannot \(operation): \(unsafe String(cString: strerror(code)))"
    }
}

extension dp_error {
    /// To be filled in by a call.
    static var none: dp_error { unsafe dp_error(operation: nil, code: 0) }
}
