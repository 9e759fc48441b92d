// SPDX-License-Identifier: Apache-2.0

public import LVSModel

/// Changes at run time as JSON: `{"changes": [{"remove-service": "192.168.142.100:80/tcp"}]}`.
///
/// Each change is an object with one key. Services and real servers have the configuration file's
/// keys and values; a service is named as `ServiceAddress.name` writes it.
///
/// | change | its value |
/// | --- | --- |
/// | `add-service` | a service; `real-servers` may be left out, `arp` is director's then |
/// | `edit-service` | `service`, and what becomes other; null takes away `persistence`, `check`, `sorry-server` |
/// | `remove-service` | the service's name |
/// | `remove-all-services` | true |
/// | `add-real-server` | `service`, and a real server |
/// | `edit-real-server` | `service`, `address`, and what becomes other; with null for `check` it has the service's |
/// | `remove-real-server`, `undrain`, `disable`, `enable` | `service`, `address` |
/// | `drain` | the same, and `within` (a time) or `until` (seconds since 1970), or neither |
/// | `set-timeouts` | `tcp`, `tcp-fin`, `udp`, all of them |
/// | `set-answers` | `no-flow`, `no-real-server`, `answers-per-second`, all of them |
/// | `set-source-mac` | director or preserve |
/// | `set-check-limit` | a number |
/// | `set-peers` | a list of MAC addresses, all of them |
///
/// Each change is right in itself; whether it fits what is running is the director's to say.
public enum ChangesText {
    /// Longest text that is read, in bytes.
    public static let maximumSize = 8 << 20
    public static let maximumChanges = 10_000

    /// Reads changes; `name` is the text's name in messages.
    ///
    /// - Parameter now: seconds since 1970, from which `within` counts.
    public static func read(
        _ bytes: [UInt8], name: String, now: UInt64
    ) throws(ConfigurationFailure) -> [Change] {
        let root: Value
        do {
            root = try value(bytes, name: name)
        } catch {
            throw ConfigurationFailure(errors: [error], omitted: 0)
        }
        var decoder = SettingsDecoder(Findings(file: name))
        let changes = decoder.changes(root, now: now)
        if let failure = decoder.findings.failure { throw failure }
        return changes
    }

    private static func value(
        _ bytes: [UInt8], name: String
    ) throws(ConfigurationError) -> Value {
        guard bytes.count <= maximumSize else {
            throw ConfigurationError(
                file: name, position: nil, found: "\(bytes.count) bytes of changes",
                expected: "at most \(maximumSize >> 20) MiB")
        }
        _ = try UTF8Text.decode(bytes, file: name)
        return try JSONReader.read(bytes, file: name)
    }

    /// The changes on one line, without a line break at its end. `read` gives them back, if each is
    /// right in itself and they are no more than it takes.
    public static func write(_ changes: [Change]) -> String {
        var text = ""
        let list = Written.Pair(key: "changes", value: .list(changes.map(\.written)))
        JSONText.append(.mapping([list]), to: &text)
        return text
    }
}
