// SPDX-License-Identifier: Apache-2.0

import Glibc
import LVSModel
import NIOCore

/// Who is at the other end of a unix domain socket (SO_PEERCRED, unix(7)).
struct Peer: Hashable, Sendable, CustomStringConvertible {
    /// `struct ucred`, which Glibc's module hides.
    private struct Credentials: BitwiseCopyable {
        var process: pid_t
        var user: uid_t
        var group: gid_t
    }

    /// Room for a user's entry; with a longer one the name is not known.
    private static let entrySize = 4_096

    let process: pid_t
    let user: uid_t
    let group: gid_t
    /// As the host's user database has it.
    let name: String?

    /// Such as `alice (user 1000, group 1000, process 913)`.
    var description: String {
        "\(name ?? "somebody") (user \(user), group \(group), process \(process))"
    }

    /// As events name it.
    var author: Author { .peer(name: name, user: user, process: process) }

    /// nil where nobody can be known, as over TCP.
    static func of(_ channel: any Channel) async -> Peer? {
        guard let socket = channel as? any SocketOptionProvider else { return nil }
        let option: EventLoopFuture<Credentials> = socket.unsafeGetSocketOption(
            level: SocketOptionLevel(SOL_SOCKET), name: SocketOptionName(SO_PEERCRED))
        guard let known = try? await option.get() else { return nil }
        return Peer(
            process: known.process, user: known.user, group: known.group, name: name(of: known.user)
        )
    }

    private static func name(of user: uid_t) -> String? {
        var entry = unsafe passwd()
        var found: UnsafeMutablePointer<passwd>?
        var text = [CChar](repeating: 0, count: entrySize)
        return unsafe text.withUnsafeMutableBufferPointer { text in
            guard let start = text.baseAddress,
                unsafe getpwuid_r(user, &entry, start, text.count, &found) == 0,
                let name = unsafe found?.pointee.pw_name
            else { return nil }
            return unsafe String(cString: name)
        }
    }
}
