// SPDX-License-Identifier: Apache-2.0

/// Something in ipvsadm's rules that the director can not follow.
///
/// It reads as `rules:3:34: direct routing only: -m (masquerading) rewrites addresses`.
public struct IPVSRulesError: Error, Hashable, Sendable {
    public let file: String
    /// From 1.
    public let line: Int
    /// From 1, in Unicode scalars.
    public let column: Int
    /// What is wrong, and what would be right.
    public let message: String

    public init(file: String, line: Int, column: Int, message: String) {
        self.file = file
        self.line = line
        self.column = column
        self.message = message
    }
}

extension IPVSRulesError: CustomStringConvertible {
    public var description: String {
        "\(file):\(line):\(column): \(message)"
    }
}

/// All that is wrong with a text.
public struct IPVSRulesFailure: Error, Hashable, Sendable {
    /// At least one, in the order of the text; the first twenty.
    public let errors: [IPVSRulesError]
    /// How many more there are.
    public let omitted: Int
}

extension IPVSRulesFailure: CustomStringConvertible {
    /// One line an error.
    public var description: String {
        var lines = errors.map(\.description)
        if omitted > 0 { lines.append("and \(omitted) more") }
        return lines.joined(separator: "\n")
    }
}

/// Collects the errors of one text, so that an operator sees them all at once.
struct RuleFindings {
    private static let shown = 20
    /// Past this many errors are only counted: a hostile text shall not fill the memory with them.
    private static let kept = 1_000

    private let file: String
    private var errors: [IPVSRulesError] = []
    private var count = 0

    init(file: String) {
        self.file = file
    }

    mutating func add(_ message: @autoclosure () -> String, at place: Place) {
        count += 1
        guard errors.count < Self.kept else { return }
        errors.append(
            IPVSRulesError(
                file: file, line: place.line, column: place.column, message: message()))
    }

    /// What was collected, in the order of the text; nil when nothing is wrong.
    var failure: IPVSRulesFailure? {
        guard count > 0 else { return nil }
        let sorted = errors.sorted { ($0.line, $0.column) < ($1.line, $1.column) }
        let first = Array(sorted.prefix(Self.shown))
        return IPVSRulesFailure(errors: first, omitted: count - first.count)
    }
}
