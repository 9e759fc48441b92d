// SPDX-License-Identifier: Apache-2.0

import Glibc

/// A file or folder that this process alone has locked (flock(2)). The kernel unlocks it when the
/// value or the process goes, however it goes.
struct FileLock: ~Copyable {
    private let path: String
    private let descriptor: Int32

    /// nil where another holder has it, or where it does not exist.
    init?(_ path: String) throws(LabError) {
        let opened = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard opened >= 0 else {
            guard errno == ENOENT else { throw .system(operation: "open \(path)", errno: errno) }
            return nil
        }
        guard flock(opened, LOCK_EX | LOCK_NB) == 0, Self.isLinked(opened) else {
            close(opened)
            return nil
        }
        self.path = path
        descriptor = opened
    }

    /// What was locked is a folder: removes it where nothing is in it.
    func removeFolderIfEmpty() {
        unsafe rmdir(path)
    }

    /// False when it was removed after it was opened: then the lock is one of nothing.
    private static func isLinked(_ descriptor: Int32) -> Bool {
        var information = stat()
        return unsafe fstat(descriptor, &information) == 0 && information.st_nlink > 0
    }

    /// True where another holder has it.
    static func isHeld(_ path: String) throws(LabError) -> Bool {
        let lock = try FileLock(path)
        return lock == nil && Files.exists(path)
    }

    deinit {
        close(descriptor)
    }
}
