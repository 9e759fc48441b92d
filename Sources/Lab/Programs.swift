// SPDX-License-Identifier: Apache-2.0

import Glibc

/// The director's programs.
public struct Programs: Hashable, Sendable {
    /// The path of `lvsdrd`.
    public let daemon: String
    /// The path of `lvsdr`.
    public let command: String
    /// The path of `lvs-ipvsadm`, which a lab can do without.
    public let ipvsadm: String

    /// Takes those of a folder; of this program's own folder where none is given.
    public init(in folder: String? = nil) throws(LabError) {
        // Absolute, for some of them are started in other folders.
        let folder =
            if let folder { Self.resolve(folder) ?? folder } else { try Self.ownFolder() }
        daemon = "\(folder)/lvsdrd"
        command = "\(folder)/lvsdr"
        ipvsadm = "\(folder)/lvs-ipvsadm"
        for path in [daemon, command] where unsafe access(path, X_OK) != 0 {
            throw .programMissing(path)
        }
    }

    static func ownFolder() throws(LabError) -> String {
        guard let path = resolve("/proc/self/exe") else {
            throw .system(operation: "resolve /proc/self/exe", errno: errno)
        }
        return path.split(separator: "/").dropLast().map { "/" + $0 }.joined()
    }

    private static func resolve(_ path: String) -> String? {
        guard let resolved = unsafe realpath(path, nil) else { return nil }
        defer { unsafe free(resolved) }
        return unsafe String(cString: resolved)
    }
}
