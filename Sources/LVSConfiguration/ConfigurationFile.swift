// SPDX-License-Identifier: Apache-2.0

public import LVSModel

/// The director's configuration file: YAML text in, settings out, or everything that is wrong.
///
/// The file is held to what it needs of YAML: one document of block or flow collections with
/// values of one line each. Anchors, aliases, tags, directives and values of several lines are
/// refused, and so is nesting that no configuration has. That bounds what any file can cost.
public enum ConfigurationFile {
    /// Longest file that is read: it holds 16,384 services with 131,072 real servers and all their
    /// keys.
    public static let maximumSize = 32 << 20

    /// Reads and parses the file at `path`; messages name it by that path.
    public static func read(path: String) throws(ConfigurationFailure) -> DirectorSettings {
        let text: String
        do {
            text = try FileText.read(path: path)
        } catch {
            throw ConfigurationFailure(errors: [error], omitted: 0)
        }
        return try parse(text, file: path)
    }

    /// Parses the file's content; `file` is its name in messages.
    ///
    /// Valid, the shortest: `interface: eth0` and `services: []`. Invalid: an unknown or a missing
    /// key, a value out of its range, two services with the same address and port.
    public static func parse(
        _ text: String, file: String
    ) throws(ConfigurationFailure) -> DirectorSettings {
        var findings = Findings(file: file)
        // A byte order mark is no part of the text.
        let hasMark = text.unicodeScalars.first == "\u{FEFF}"
        let text = hasMark ? String(text.unicodeScalars.dropFirst()) : text
        let settings = settings(text, &findings)
        if let failure = findings.failure { throw failure }
        guard let settings else { preconditionFailure("no settings, and nothing found wrong") }
        return settings
    }

    /// Syntax first: what a text means is asked only once its layout is right.
    private static func settings(_ text: String, _ findings: inout Findings) -> DirectorSettings? {
        var layout = LayoutScanner(text, file: findings.file)
        let root: Value
        do {
            try CharacterCheck.run(text, file: findings.file)
            try layout.scan()
            guard layout.duplicates.failure == nil else {
                findings = layout.duplicates
                return nil
            }
            root = try Document.compose(text, file: findings.file)
        } catch {
            findings = layout.duplicates
            findings.add(error)
            return nil
        }
        var decoder = SettingsDecoder(findings)
        defer { findings = decoder.findings }
        return decoder.settings(root)
    }
}
