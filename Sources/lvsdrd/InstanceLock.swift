// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials
internal import Glibc

/// Held by the one daemon that serves an interface, and by the one that has a runtime directory.
///
/// Both locks go with the process, however it ends: a file lock, and a name in the abstract socket
/// namespace, which each network namespace has of its own.
struct InstanceLock: ~Copyable {
    private let path: String
    private let file: CInt
    private let name: CInt

    /// Makes the runtime directory if there is none.
    init(runtimeDirectory: String, interface: String, index: Int32) throws(Refusal) {
        do {
            try FileManager.default.createDirectory(
                atPath: runtimeDirectory, withIntermediateDirectories: true)
        } catch {
            throw .unavailable("cannot make the runtime directory \(runtimeDirectory): \(error)")
        }
        // The process ends when the second is refused: the first goes with it.
        let path = runtimeDirectory + "/lvsdrd.lock"
        let file = try Self.lock(path: path, directory: runtimeDirectory)
        name = try Self.claim("lvsdrd/\(index)", interface: interface)
        self.file = file
        self.path = path
    }

    deinit {
        unsafe unlink(path)
        close(name)
        close(file)
    }

    private static func lock(path: String, directory: String) throws(Refusal) -> CInt {
        let file = unsafe open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
        guard file >= 0 else {
            let reason = unsafe String(cString: strerror(errno))
            throw .unavailable("cannot open \(path): \(reason)")
        }
        guard flock(file, LOCK_EX | LOCK_NB) == 0 else {
            close(file)
            throw .unavailable(
                "another lvsdrd has the runtime directory \(directory); stop it first, or give this "
                    + "one a runtime-directory of its own")
        }
        return file
    }

    private static func claim(_ text: String, interface: String) throws(Refusal) -> CInt {
        let type = Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue)
        let socket = socket(AF_UNIX, type, 0)
        guard socket >= 0, UnixAddress(abstract: text).bind(socket) else {
            let taken = errno == EADDRINUSE
            let reason = unsafe String(cString: strerror(errno))
            if socket >= 0 { close(socket) }
            throw .unavailable(
                taken
                    ? "another lvsdrd serves \(interface); stop it first"
                    : "cannot claim the interface \(interface): \(reason)")
        }
        return socket
    }
}
