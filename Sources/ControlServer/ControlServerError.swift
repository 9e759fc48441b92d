// SPDX-License-Identifier: Apache-2.0

import Glibc

/// Why a control socket, or the address for metrics, can not be served.
public enum ControlServerError: Error, Hashable {
    /// The kernel takes 1...107 bytes.
    case unusablePath(String)
    /// Something that is no socket has its name.
    case notASocket(String)
    /// A system call failed.
    case system(operation: String, path: String, errno: Int32)
    /// The address for metrics is not this host's, or somebody else has the port.
    case notListening(at: String, errno: Int32)
    /// Serving ended though nobody asked for it.
    case stopped(path: String, detail: String)
}

extension ControlServerError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .unusablePath(let path):
            "the control socket's path has \(path.utf8.count) bytes, 1 to "
                + "\(SocketFile.longestPath) are possible: '\(path)'; "
                + "choose a shorter runtime directory"
        case .notASocket(let path):
            "\(path) is in the way of the control socket and is no socket; move it away"
        case .system(let operation, let path, let code):
            "cannot \(operation) the control socket \(path): \(Self.text(of: code))"
        case .notListening(let address, let code):
            "cannot listen at \(address) for metrics: \(Self.text(of: code)); "
                + "another program may have the port, or no interface the address: see ss -ltn"
        case .stopped(let path, let detail):
            "serving at \(path) stopped: \(detail)"
        }
    }

    private static func text(of code: Int32) -> String {
        unsafe String(cString: strerror(code))
    }
}
