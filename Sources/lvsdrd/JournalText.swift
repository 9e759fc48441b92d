// SPDX-License-Identifier: Apache-2.0

import ControlPlane
import LVSConfiguration
import LVSModel

/// The journal's text: a head, the state as configuration files, an entry a line.
///
/// ```
/// lvsdr journal 2 BOOT
/// file 123
/// ...123 bytes of YAML...
/// settings 0
/// role active
/// health down 192.168.142.100:80/tcp 192.168.142.5 - connection refused
/// floor 192.168.142.100:80/tcp 192.168.142.5
/// changes {"changes": [...]}
/// ```
///
/// `settings 0` says that what was running is what the file says. A line without its end is one that
/// the process did not finish. Version 1 has no floors: whom they kept in is not known there.
enum JournalText {
    private static let name = "lvsdr journal"
    private static let version = 2

    static func head(boot: String) -> String { "\(name) \(version) \(boot)\n" }

    static func state(_ state: JournalState) -> String {
        let file = ConfigurationText.write(state.file)
        let settings = state.settings == state.file ? "" : ConfigurationText.write(state.settings)
        var text = "file \(file.utf8.count)\n\(file)settings \(settings.utf8.count)\n\(settings)"
        text += line(.role(state.role))
        for report in state.health.values { text += line(.health(report)) }
        for (service, kept) in state.kept ?? [:] { text += line(.floor(service, kept: kept)) }
        return text
    }

    static func line(_ entry: JournalEntry) -> String {
        switch entry {
        case .changed(let changes): "changes \(ChangesText.write(changes))\n"
        case .role(let role): "role \(role.rawValue)\n"
        case .floor(let service, let kept):
            "floor \(([service.name] + kept.map(\.description)).joined(separator: " "))\n"
        case .health(let report):
            "health \(report.health.rawValue) \(report.service.name) \(report.realServer) "
                + "\(report.weight.map { "\($0)" } ?? "-") "
                + "\((report.cause ?? "").filter { !$0.isNewline })\n"
        }
    }

    /// Why a journal is not gone on with.
    struct Damage: Error, CustomStringConvertible {
        let description: String
    }

    /// The state that the text comes to; nil when it is of another boot.
    static func read(_ bytes: [UInt8], boot: String) throws -> JournalState? {
        var reader = Reader(rest: bytes[...])
        guard let head = reader.line(), head.hasPrefix("\(name) ") else {
            throw Damage(description: "it is no journal")
        }
        let words = head.split(separator: " ", omittingEmptySubsequences: false)
        guard words.count == 4, let version = Int(words[2]), (1...Self.version).contains(version)
        else { throw Damage(description: "it is of another version") }
        guard words[3] == boot else { return nil }
        let file = try reader.settings(named: "file")
        guard let file else { throw Damage(description: "it has no file") }
        let settings = try reader.settings(named: "settings") ?? file
        var entries: [JournalEntry] = []
        while let line = reader.line() { entries.append(try entry(line)) }
        let state = JournalState(
            file: file, settings: settings, role: file.start, kept: version == 1 ? nil : [:])
        return try state.after(entries)
    }

    private static func entry(_ line: String) throws -> JournalEntry {
        let parts = line.split(separator: " ", maxSplits: 1)
        let value = parts.count == 2 ? parts[1] : ""
        switch parts.first {
        case "changes":
            return .changed(try ChangesText.read(Array(value.utf8), name: "journal", now: 0))
        case "role":
            guard let role = Role(rawValue: String(value)) else { break }
            return .role(role)
        case "floor":
            guard let floor = floor(value) else { break }
            return floor
        case "health":
            guard let report = report(value) else { break }
            return .health(report)
        default: break
        }
        throw Damage(description: "it has the line '\(line.prefix(60))'")
    }

    private static func floor(_ text: Substring) -> JournalEntry? {
        let words = text.split(separator: " ", omittingEmptySubsequences: false)
        let kept = words.dropFirst().compactMap { IPAddress($0) }
        guard let first = words.first, let service = ServiceAddress(name: first),
            kept.count == words.count - 1
        else { return nil }
        return .floor(service, kept: kept)
    }

    private static func report(_ text: Substring) -> HealthReport? {
        let words = text.split(separator: " ", maxSplits: 4, omittingEmptySubsequences: false)
        guard words.count == 5, let health = Health(rawValue: String(words[0])),
            let service = ServiceAddress(name: words[1]), let real = IPAddress(words[2])
        else { return nil }
        return HealthReport(
            service: service, realServer: real, health: health,
            cause: words[4].isEmpty ? nil : String(words[4]), weight: UInt16(words[3]))
    }

    private struct Reader {
        var rest: ArraySlice<UInt8>

        /// nil at the end, and for a line that has no end.
        mutating func line() -> String? {
            guard let end = rest.firstIndex(of: UInt8(ascii: "\n")) else { return nil }
            defer { rest = rest[end...].dropFirst() }
            return String(decoding: rest[..<end], as: UTF8.self)
        }

        /// nil for none.
        mutating func settings(named name: String) throws -> DirectorSettings? {
            let words = line()?.split(separator: " ") ?? []
            guard words.count == 2, words[0] == name, let count = Int(words[1]), count >= 0,
                count <= rest.count
            else { throw Damage(description: "it is cut off") }
            guard count > 0 else { return nil }
            defer { rest = rest.dropFirst(count) }
            return try ConfigurationFile.parse(
                String(decoding: rest.prefix(count), as: UTF8.self), file: "journal")
        }
    }
}
