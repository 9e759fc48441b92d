// SPDX-License-Identifier: Apache-2.0

import Glibc
import IPVSCompatibility
import LVSConfiguration
import LVSModel

/// Why a replay ends, and with which status of sysexits.h.
struct ReplayRefusal: Error, Hashable {
    let message: String
    let status: Int32

    static func configuration(_ message: String) -> ReplayRefusal {
        ReplayRefusal(message: message, status: 78)
    }
}

/// What is asked of the director whose work is replayed.
enum ReplaySettings {
    /// The director's own file.
    static func configuration(path: String) throws(ReplayRefusal) -> DirectorSettings {
        do {
            return try ConfigurationFile.read(path: path)
        } catch {
            throw .configuration("the configuration can not be followed:\n\(error)")
        }
    }

    /// Rules of IPVS; all else is as a director has it by itself.
    static func rules(path: String) throws(ReplayRefusal) -> DirectorSettings {
        let text = try text(path: path)
        let name = path == "-" ? "standard input" : path
        do {
            let services = try IPVSRules.parse(text, file: name)
            return DirectorSettings(interface: "replay", services: services)
        } catch {
            throw .configuration("the rules can not be followed:\n\(error)")
        }
    }

    /// Reads a file of rules whole: bounded, valid UTF-8.
    private static func text(path: String) throws(ReplayRefusal) -> String {
        let descriptor = path == "-" ? STDIN_FILENO : unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw unreadable(path, errno) }
        defer { if descriptor != STDIN_FILENO { close(descriptor) } }
        var content: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 1 << 16)
        while content.count <= IPVSRules.maximumSize {
            let count = unsafe read(descriptor, &chunk, chunk.count)
            if count > 0 {
                content += chunk[..<count]
            } else if count == 0 {
                guard let text = String(validating: content, as: UTF8.self) else {
                    throw .configuration("\(path) is no text in UTF-8")
                }
                return text
            } else if errno != EINTR {
                throw unreadable(path, errno)
            }
        }
        throw .configuration("\(path) is larger than \(IPVSRules.maximumSize >> 20) MiB")
    }

    private static func unreadable(_ path: String, _ code: Int32) -> ReplayRefusal {
        .configuration("\(path) can not be read: \(unsafe String(cString: strerror(code)))")
    }
}
