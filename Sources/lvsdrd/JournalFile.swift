// SPDX-License-Identifier: Apache-2.0

import ControlPlane
import FoundationEssentials
internal import Glibc
import LVSModel

/// The journal in a file of the runtime directory: what is written there outlives the process, and
/// not the host's boot.
actor JournalFile: Journal {
    private let path: String
    private let boot: String
    private var file: CInt = -1

    init(runtimeDirectory: String) {
        path = runtimeDirectory + "/journal"
        boot = Self.bootID
    }

    /// What an earlier process left; nil when there is nothing, or it is of another boot.
    ///
    /// - Throws: when it can not be gone on with. Then it was set aside, with `.damaged` behind its
    ///   name.
    nonisolated func read() throws -> JournalState? {
        guard FileManager.default.fileExists(atPath: path) else { return nil }
        do {
            let bytes = [UInt8](try Data(contentsOf: URL(filePath: path)))
            return try JournalText.read(bytes, boot: boot)
        } catch {
            _ = unsafe rename(path, path + ".damaged")
            throw error
        }
    }

    func append(_ entries: [JournalEntry]) async throws(DirectorError) {
        try write(entries.map(JournalText.line).joined(), to: file)
    }

    func replace(with state: JournalState) async throws(DirectorError) {
        let next = path + ".new"
        let new = unsafe open(next, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0o640)
        guard new >= 0 else { throw failure("open \(next)") }
        do throws(DirectorError) {
            try write(JournalText.head(boot: boot) + JournalText.state(state), to: new)
            guard unsafe rename(next, path) == 0 else { throw failure("rename \(next)") }
        } catch {
            close(new)
            throw error
        }
        if file >= 0 { close(file) }
        file = new
    }

    private func write(_ text: String, to file: CInt) throws(DirectorError) {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let count = unsafe rest.withUnsafeBytes { bytes in
                unsafe Glibc.write(file, bytes.baseAddress, bytes.count)
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw failure("write to \(path)") }
            rest = rest.dropFirst(count)
        }
    }

    private func failure(_ operation: String) -> DirectorError {
        .journal("cannot \(operation): \(unsafe String(cString: strerror(errno)))")
    }

    /// Another one after each boot; empty where the kernel does not tell.
    private static var bootID: String {
        let text = try? String(contentsOfFile: "/proc/sys/kernel/random/boot_id", encoding: .utf8)
        return String((text ?? "").prefix { !$0.isWhitespace })
    }
}
