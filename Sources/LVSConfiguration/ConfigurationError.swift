// SPDX-License-Identifier: Apache-2.0

/// A place in the file, as editors count: lines and columns from 1, columns in Unicode scalars.
public struct Position: Hashable, Sendable {
    public let line: Int
    public let column: Int

    public init(line: Int, column: Int) {
        self.line = line
        self.column = column
    }
}

extension Position: Comparable {
    public static func < (left: Position, right: Position) -> Bool {
        (left.line, left.column) < (right.line, right.column)
    }
}

/// Something in the configuration file that the director can not follow.
///
/// It reads as
/// `lvsdr.yaml:7:14: weight 70000 is out of range; expected a whole number of 0...65535`.
public struct ConfigurationError: Error, Hashable, Sendable {
    public let file: String
    /// nil when the file as a whole is meant, such as one that does not exist.
    public let position: Position?
    /// What is there.
    public let found: String
    /// What should be there.
    public let expected: String
    /// How to mend it, where that is not plain from the rest.
    public let hint: String?

    public init(
        file: String, position: Position?, found: String, expected: String, hint: String? = nil
    ) {
        self.file = file
        self.position = position
        self.found = found
        self.expected = expected
        self.hint = hint
    }
}

extension ConfigurationError: CustomStringConvertible {
    public var description: String {
        let place = position.map { "\(file):\($0.line):\($0.column)" } ?? file
        return "\(place): \(found); expected \(expected)" + (hint.map { " (\($0))" } ?? "")
    }
}

/// All that is wrong with a file.
public struct ConfigurationFailure: Error, Hashable, Sendable {
    /// At least one, in the order of the file; the first twenty.
    public let errors: [ConfigurationError]
    /// How many more there are.
    public let omitted: Int
}

extension ConfigurationFailure: CustomStringConvertible {
    /// One line an error.
    public var description: String {
        var lines = errors.map(\.description)
        if omitted > 0 { lines.append("and \(omitted) more") }
        return lines.joined(separator: "\n")
    }
}
