// SPDX-License-Identifier: Apache-2.0

import Glibc
import LVSModel

/// What was changed of a host, so that it can be undone: a file in a folder that a boot empties, as
/// it undoes the changes themselves.
struct SetupRecord {
    enum Change: Hashable {
        case setting(KernelSetting, before: String, after: String)
        case address(IPAddress, interface: String)
    }

    let path: String
    private(set) var changes: [Change] = []

    /// - Throws: when there is one that can not be read or understood.
    init(path: String) throws(SetupError) {
        self.path = path
        guard let text = try Self.read(path) else { return }
        for (index, line) in text.split(separator: "\n").enumerated() {
            guard let change = Change(line) else {
                throw SetupError(
                    "\(path):\(index + 1): \"\(line)\" is no change of ours; once it is known what "
                        + "there is to undo, remove the file")
            }
            changes.append(change)
        }
    }

    /// The addresses that were given.
    var addresses: [IPAddress] {
        changes.compactMap { change in
            if case .address(let address, _) = change { address } else { nil }
        }
    }

    /// Written before the change is made: after a crash it may tell of one more than there is.
    mutating func add(_ change: Change) throws(SetupError) {
        changes.append(change)
        try write()
    }

    mutating func remove(_ change: Change) throws(SetupError) {
        changes.removeAll { $0 == change }
        try write()
    }

    private func write() throws(SetupError) {
        guard !changes.isEmpty else {
            guard unsafe unlink(path) == 0 || errno == ENOENT else { throw failure("remove") }
            return
        }
        if let slash = path.lastIndex(of: "/"), slash != path.startIndex {
            unsafe mkdir(String(path[..<slash]), 0o755)
        }
        let text = changes.map { $0.line + "\n" }.joined()
        try FileWriting.replace(path, with: text, failure: failure)
    }

    private func failure(_ operation: String) -> SetupError {
        let reason = unsafe String(cString: strerror(errno))
        return SetupError("cannot \(operation) \(path), which says what was changed: \(reason)")
    }

    /// nil when there is no such file.
    private static func read(_ path: String) throws(SetupError) -> String? {
        let file = unsafe open(path, O_RDONLY | O_CLOEXEC)
        if file < 0, errno == ENOENT { return nil }
        var bytes: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 4_096)
        var count = 0
        repeat {
            count = file < 0 ? -1 : unsafe Glibc.read(file, &piece, piece.count)
            bytes += piece.prefix(max(count, 0))
        } while count > 0 && bytes.count < longest
        let code = errno
        if file >= 0 { close(file) }
        guard count == 0 else {
            let reason = count > 0 ? "too large" : unsafe String(cString: strerror(code))
            throw SetupError("cannot read \(path), which says what was changed: \(reason)")
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Bytes: thousands of VIPs.
    private static let longest = 1 << 20
}

extension SetupRecord.Change {
    /// `setting NAME BEFORE AFTER` or `address ADDRESS INTERFACE`.
    var line: String {
        switch self {
        case .setting(let setting, let before, let after): "setting \(setting) \(before) \(after)"
        case .address(let address, let interface): "address \(address) \(interface)"
        }
    }

    init?(_ line: Substring) {
        let words = line.split(separator: " ").map(String.init)
        switch (words.first, words.count) {
        case ("setting", 4):
            guard let setting = KernelSetting(words[1]) else { return nil }
            self = .setting(setting, before: words[2], after: words[3])
        case ("address", 3):
            guard let address = IPAddress(words[1]) else { return nil }
            self = .address(address, interface: words[2])
        default: return nil
        }
    }
}
