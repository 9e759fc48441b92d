// SPDX-License-Identifier: Apache-2.0

import Glibc
import NIOCore

/// Who is at the other end of a unix domain socket (SO_PEERCRED, unix(7)).
struct Peer: Hashable, Sendable, CustomStringConvertible {
    /// `struct ucred`, which Glibc's module hides.
    private struct Credentials: BitwiseCopyable {
        var process: pid_t
        var user: uid_t
        var group: gid_t
    }

    let process: pid_t
    let user: uid_t

    /// Such as `root (process 812)`, `user 1000 (process 913)`.
    var description: String {
        "\(user == 0 ? "root" : "user \(user)") (process \(process))"
    }

    /// nil where nobody can be known, as over TCP.
    static func of(_ channel: any Channel) async -> Peer? {
        guard let socket = channel as? any SocketOptionProvider else { return nil }
        let option: EventLoopFuture<Credentials> = socket.unsafeGetSocketOption(
            level: SocketOptionLevel(SOL_SOCKET), name: SocketOptionName(SO_PEERCRED))
        return try? await option.map { Peer(process: $0.process, user: $0.user) }.get()
    }
}
