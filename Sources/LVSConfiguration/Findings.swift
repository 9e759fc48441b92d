// SPDX-License-Identifier: Apache-2.0

/// Collects the errors of one file, so that an operator sees them all at once.
struct Findings {
    private static let shown = 20
    /// Past this many errors are only counted: a hostile file shall not fill the memory with them.
    private static let kept = 1_000

    let file: String
    private var errors: [ConfigurationError] = []
    private var count = 0

    init(file: String) {
        self.file = file
    }

    mutating func add(_ error: ConfigurationError) {
        count += 1
        if !isFull { errors.append(error) }
    }

    /// True when further errors are only counted: then no effort is due for their words.
    var isFull: Bool { errors.count >= Self.kept }

    mutating func add(
        _ found: String, expected: String, hint: String? = nil, at position: Position?
    ) {
        add(
            ConfigurationError(
                file: file, position: position, found: found, expected: expected, hint: hint))
    }

    /// What was collected, in the order of the file; nil when nothing is wrong.
    var failure: ConfigurationFailure? {
        guard count > 0 else { return nil }
        let start = Position(line: 0, column: 0)
        let sorted = errors.sorted { ($0.position ?? start) < ($1.position ?? start) }
        let first = Array(sorted.prefix(Self.shown))
        return ConfigurationFailure(errors: first, omitted: count - first.count)
    }
}
