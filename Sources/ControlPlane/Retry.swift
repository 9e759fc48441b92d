// SPDX-License-Identifier: Apache-2.0

/// The standing of a step that can fail: after a failure it rests, then it is tried again.
struct Retry: Sendable {
    static let pause = Duration.seconds(1)

    /// The last failure; nil since the step worked.
    private(set) var error: DirectorError?
    /// When it is tried again; nil when nothing holds it back.
    private(set) var due: Duration?

    func isHeldBack(at now: Duration) -> Bool {
        due.map { now < $0 } ?? false
    }

    /// Returns whether this is news: not the same failure again.
    mutating func failed(_ error: DirectorError, at now: Duration) -> Bool {
        defer { self.error = error }
        due = now + Self.pause
        return error != self.error
    }

    mutating func succeeded() {
        self = Retry()
    }
}
