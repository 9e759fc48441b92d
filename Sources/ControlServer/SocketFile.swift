// SPDX-License-Identifier: Apache-2.0

import Glibc

/// The control socket's name in the file system.
enum SocketFile {
    /// `sun_path` without its closing zero.
    static let longestPath = 107
    /// The group that a control socket belongs to where there is one of this name.
    static let group = "lvsdr"
    /// Connections that wait to be accepted.
    private static let backlog: Int32 = 128

    /// Makes a listening socket at `path`, in place of one that a killed director left behind.
    ///
    /// Nobody can connect before the mode is set: until `listen` the kernel refuses everybody, so
    /// there is no need to change the umask, which all threads share.
    /// - Returns: A descriptor that the caller owns.
    static func listen(
        at path: String, _ access: ControlServer.Access
    ) throws(ControlServerError) -> Int32 {
        guard (1...longestPath).contains(path.utf8.count) else { throw .unusablePath(path) }
        try removeStale(path)
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw failure("make", path) }
        do throws(ControlServerError) {
            guard bind(descriptor, to: path) == 0 else { throw failure("bind", path) }
            if access == .full, let group = unsafe getgrnam(group) {
                // Without the right to it the socket stays with the process's own group.
                _ = unsafe chown(path, uid_t.max, group.pointee.gr_gid)
            }
            let mode: mode_t = access == .full ? 0o660 : 0o666
            guard unsafe chmod(path, mode) == 0 else { throw failure("set the mode of", path) }
            guard Glibc.listen(descriptor, backlog) == 0 else { throw failure("listen at", path) }
        } catch {
            close(descriptor)
            throw error
        }
        return descriptor
    }

    static var hasGroup: Bool { unsafe getgrnam(group) != nil }

    /// Removes the name; a failure harms nobody, as the next start removes it again.
    static func remove(_ path: String) {
        unsafe unlink(path)
    }

    private static func removeStale(_ path: String) throws(ControlServerError) {
        var status = stat()
        guard unsafe lstat(path, &status) == 0 else {
            if errno == ENOENT { return }
            throw failure("look at", path)
        }
        guard status.st_mode & S_IFMT == S_IFSOCK else { throw .notASocket(path) }
        guard unsafe unlink(path) == 0 else { throw failure("remove the old", path) }
    }

    private static func bind(_ descriptor: Int32, to path: String) -> Int32 {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        unsafe withUnsafeMutableBytes(of: &address.sun_path) { bytes in
            unsafe bytes.copyBytes(from: path.utf8)
        }
        return unsafe withUnsafeBytes(of: &address) { bytes in
            let start = unsafe bytes.baseAddress?.assumingMemoryBound(to: sockaddr.self)
            return unsafe Glibc.bind(descriptor, start, socklen_t(bytes.count))
        }
    }

    private static func failure(_ operation: String, _ path: String) -> ControlServerError {
        .system(operation: operation, path: path, errno: errno)
    }
}
