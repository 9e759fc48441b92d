// SPDX-License-Identifier: Apache-2.0

import Glibc
public import LVSModel

/// What lets a real server be one again after a boot: a drop-in of sysctl.d(5), the list of its
/// VIPs, and `lvsdr-realserver.service`, which applies them.
public struct Persistence: Sendable {
    public static let unit = "lvsdr-realserver.service"

    /// A folder that stands for `/`, with a `/` at its end.
    let root: String

    /// - Parameter root: what stands for `/`, such as a folder that an image is made of.
    public init(root: String = "/") {
        self.root = root.hasSuffix("/") ? root : root + "/"
    }

    var settingsPath: String { root + "etc/sysctl.d/60-lvsdr-realserver.conf" }

    /// As the unit reads it: `LVSDR_VIPS="--vip 192.168.142.100"`.
    var addressesPath: String { root + "etc/lvsdr/realserver.conf" }

    /// Writes both files, whole or not at all. The unit is somebody else's to enable.
    public func write(_ requirements: [Requirement], vips: [IPAddress]) throws(SetupError) {
        let settings = requirements.compactMap { requirement -> String? in
            guard case .setting(let setting, let accepted) = requirement, let value = accepted.first
            else { return nil }
            return "\(setting) = \(value)\n"
        }
        let words = vips.map { "--vip \($0)" }.joined(separator: " ")
        try write(Self.mark + settings.joined(), to: settingsPath)
        try write(Self.mark + "LVSDR_VIPS=\"\(words)\"\n", to: addressesPath)
    }

    /// Writes both files anew where they are there.
    public func keep(_ requirements: [Requirement], vips: [IPAddress]) throws(SetupError) {
        if unsafe access(addressesPath, F_OK) == 0 { try write(requirements, vips: vips) }
    }

    /// Removes both files where they are there.
    ///
    /// - Returns: whether there was one.
    public func remove() throws(SetupError) -> Bool {
        var wasThere = false
        for path in [settingsPath, addressesPath] {
            if unsafe unlink(path) == 0 {
                wasThere = true
            } else if errno != ENOENT {
                throw failure("remove \(path)")
            }
        }
        return wasThere
    }

    private static let mark = "# Written by `lvsdr realserver apply --persist`.\n"

    private func write(_ text: String, to path: String) throws(SetupError) {
        for (index, letter) in zip(path.indices, path)
        where letter == "/" && index != path.startIndex {
            unsafe mkdir(String(path[..<index]), 0o755)
        }
        try FileWriting.replace(path, with: text) { failure("\($0) \(path)") }
    }

    private func failure(_ operation: String) -> SetupError {
        SetupError("cannot \(operation): \(unsafe String(cString: strerror(errno)))")
    }
}

/// Puts a whole file in the place of one.
enum FileWriting {
    /// - Parameter failure: makes the error of what can not be done, such as `write`, from `errno`.
    static func replace(
        _ path: String, with text: String, failure: (String) -> SetupError
    ) throws(SetupError) {
        let next = path + ".new"
        let file = unsafe open(next, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        guard file >= 0 else { throw failure("write") }
        defer { close(file) }
        let bytes = Array(text.utf8)
        guard unsafe write(file, bytes, bytes.count) == bytes.count, fsync(file) == 0,
            unsafe rename(next, path) == 0
        else { throw failure("write") }
    }
}
