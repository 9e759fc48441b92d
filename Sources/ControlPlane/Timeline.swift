// SPDX-License-Identifier: Apache-2.0

/// A clock's time, counted from the moment at which this was made.
struct Timeline: Sendable {
    let elapsed: @Sendable () -> Duration
    /// Returns at this time; throws when its task is cancelled before.
    let sleep: @Sendable (_ until: Duration) async throws -> Void

    init(_ clock: some Clock<Duration>) {
        let start = clock.now
        elapsed = { start.duration(to: clock.now) }
        sleep = { try await clock.sleep(until: start.advanced(by: $0), tolerance: nil) }
    }
}
