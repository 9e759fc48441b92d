// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials
internal import Glibc
import LVSConfiguration
import LVSModel

/// The configuration file of a running daemon.
struct ConfigurationStore: Sendable {
    /// Absolute, or relative to the folder that the daemon was started in.
    let path: String

    struct SaveError: Error, CustomStringConvertible {
        let description: String
    }

    func read() throws(ConfigurationFailure) -> DirectorSettings {
        try ConfigurationFile.read(path: path)
    }

    /// Puts a file that says the settings in the place of the one that is there, which is kept with
    /// `.old` behind its name; whenever the process ends, a whole file is there.
    ///
    /// - Returns: the path of the file of before.
    func save(_ settings: DirectorSettings) throws(SaveError) -> String? {
        let next = path + ".new"
        let text = "# Written by `lvsdr save`.\n" + ConfigurationText.write(settings)
        var status = stat()
        let isThere = unsafe stat(path, &status) == 0
        let mode = isThere ? status.st_mode & 0o777 : 0o644
        let file = unsafe open(next, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode)
        guard file >= 0 else { throw failure("open \(next)") }
        defer { close(file) }
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let count = unsafe rest.withUnsafeBytes { bytes in
                unsafe write(file, bytes.baseAddress, bytes.count)
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw failure("write to \(next)") }
            rest = rest.dropFirst(count)
        }
        guard fsync(file) == 0 else { throw failure("write to \(next)") }
        if isThere { try keep() }
        guard unsafe rename(next, path) == 0 else { throw failure("rename \(next)") }
        return isThere ? path + ".old" : nil
    }

    /// Gives the file of before a second name.
    private func keep() throws(SaveError) {
        let old = path + ".old"
        unsafe unlink(old)
        guard unsafe link(path, old) == 0 else { throw failure("keep \(path) as \(old)") }
    }

    private func failure(_ operation: String) -> SaveError {
        SaveError(description: "cannot \(operation): \(unsafe String(cString: strerror(errno)))")
    }
}
