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
    /// `.old` behind its name; whenever the process ends, a whole file is there. Before that it is
    /// read back: a file that would say something else is refused.
    ///
    /// A symbolic link stays one: what it leads to is written. Mode, owner and group stay.
    ///
    /// - Returns: the path of the file of before.
    func save(_ settings: DirectorSettings) throws(SaveError) -> String? {
        let place = try place()
        let former = try former(at: place)
        let next = place + ".new"
        do throws(SaveError) {
            try write(
                "# Written by `lvsdr save`.\n" + ConfigurationText.write(settings), to: next, former
            )
            try compare(next, with: settings)
            if former != nil { try keep(place) }
            guard unsafe rename(next, place) == 0 else { throw failure("rename \(next)") }
        } catch {
            unsafe unlink(next)
            throw SaveError(description: "\(error); \(path) is as it was")
        }
        syncFolder(of: place)
        return former == nil ? nil : place + ".old"
    }
}

extension ConfigurationStore {
    /// The file's path without symbolic links.
    private func place() throws(SaveError) -> String {
        guard let resolved = unsafe realpath(path, nil) else {
            var status = stat()
            guard unsafe lstat(path, &status) != 0, errno == ENOENT else {
                throw failure("follow \(path)")
            }
            return path
        }
        defer { unsafe free(resolved) }
        return unsafe String(cString: resolved)
    }

    /// nil for none.
    private func former(at place: String) throws(SaveError) -> stat? {
        var status = stat()
        guard unsafe stat(place, &status) == 0 else { return nil }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw SaveError(description: "\(place) is no regular file, and is not replaced by one")
        }
        return status
    }

    private func write(_ text: String, to next: String, _ former: stat?) throws(SaveError) {
        // What a save that was killed left.
        unsafe unlink(next)
        let flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC
        let file = unsafe open(next, flags, former == nil ? 0o644 : 0o600)
        guard file >= 0 else { throw failure("make \(next)") }
        defer { close(file) }
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let count = unsafe rest.withUnsafeBytes { bytes in
                unsafe Glibc.write(file, bytes.baseAddress, bytes.count)
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw failure("write \(next)") }
            rest = rest.dropFirst(count)
        }
        if let former {
            // Only who owns a file sets its mode, where root has no more than CAP_CHOWN.
            guard fchmod(file, former.st_mode & 0o7777) == 0,
                fchown(file, former.st_uid, former.st_gid) == 0
            else { throw failure("give \(next) the mode and owner of the file of before") }
        }
        guard fsync(file) == 0 else { throw failure("write \(next)") }
    }

    private func compare(_ next: String, with settings: DirectorSettings) throws(SaveError) {
        let written: DirectorSettings
        do {
            written = try ConfigurationFile.read(path: next)
        } catch {
            throw SaveError(description: "what is running can not be said in a file: \(error)")
        }
        guard written == settings else {
            throw SaveError(
                description: "what is running can not be said in a file: read back it is another")
        }
    }

    /// Gives the file of before a second name.
    private func keep(_ place: String) throws(SaveError) {
        let old = place + ".old"
        unsafe unlink(old)
        guard unsafe link(place, old) == 0 else { throw failure("keep \(place) as \(old)") }
    }

    /// So that the host's sudden end does not bring the file of before back. The file is in its place
    /// all the same where that is refused.
    private func syncFolder(of place: String) {
        let folder = unsafe open(Self.folder(of: place), O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard folder >= 0 else { return }
        fsync(folder)
        close(folder)
    }

    private static func folder(of place: String) -> String {
        guard let slash = place.lastIndex(of: "/") else { return "." }
        return slash == place.startIndex ? "/" : String(place[..<slash])
    }

    private func failure(_ operation: String) -> SaveError {
        SaveError(description: "cannot \(operation): \(unsafe String(cString: strerror(errno)))")
    }
}
