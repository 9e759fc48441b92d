// SPDX-License-Identifier: Apache-2.0

/// A line of keepalived.conf: its words, and the block behind it.
struct KeepalivedDirective: Hashable {
    let words: [String]
    let place: KeepalivedPlace
    /// What stands between its braces; empty without any.
    var children: [KeepalivedDirective] = []

    /// In lower case: keepalived takes both.
    var name: String { words.first?.lowercased() ?? "" }
    var values: ArraySlice<String> { words.dropFirst() }
    /// The first word behind the name.
    var value: String? { values.first }

    func first(_ names: String...) -> KeepalivedDirective? {
        children.last { names.contains($0.name) }
    }
}

/// Where a line stands.
struct KeepalivedPlace: Hashable {
    let file: String
    /// From 1.
    let line: Int
}

/// Something in the file that the configuration does not say, and why.
public struct KeepalivedNote: Hashable, Sendable, CustomStringConvertible {
    public let file: String
    /// From 1.
    public let line: Int
    public let text: String

    public var description: String { "\(file):\(line): \(text)" }
}

/// Why a keepalived.conf could not be read at all.
public struct KeepalivedError: Error, Hashable, Sendable, CustomStringConvertible {
    public let file: String
    /// From 1; 0 when it is the file as a whole.
    public let line: Int
    public let message: String

    public var description: String {
        line > 0 ? "\(file):\(line): \(message)" : "\(file): \(message)"
    }
}
