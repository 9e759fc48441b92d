// SPDX-License-Identifier: Apache-2.0

internal import Glibc

/// A file beside the control socket that says that the next director to start there is standby.
///
/// `lvsdr standby` leaves it where no director listens: one that was killed while it was active would
/// otherwise begin as active again, although another one has taken over meanwhile.
public struct StandbyMark: Sendable {
    public let path: String

    public init(runtimeDirectory: String) {
        path = runtimeDirectory + "/standby"
    }

    /// - Parameter socket: the control socket's path, in the runtime directory.
    public init(besideSocket socket: String) {
        let end = socket.lastIndex(of: "/") ?? socket.startIndex
        self.init(runtimeDirectory: end == socket.startIndex ? "." : String(socket[..<end]))
    }

    public var isThere: Bool {
        unsafe access(path, F_OK) == 0
    }

    /// Returns false where it can not be left: errno says why.
    public func leave() -> Bool {
        let file = unsafe open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0o640)
        guard file >= 0 else { return false }
        close(file)
        return true
    }

    /// Returns whether it was there.
    @discardableResult
    public func remove() -> Bool {
        unsafe unlink(path) == 0
    }
}
