// SPDX-License-Identifier: Apache-2.0

import Dispatch

/// A call that may block for as long as a disk or a file server likes: it is made on a thread of its
/// own kind, since the threads of Swift's tasks are few.
struct BlockingCall<Value: Sendable>: Sendable {
    let body: @Sendable () -> Value
    /// Takes a value that came when nobody waited for it any more.
    var discard: @Sendable (Value) -> Void = { _ in }

    /// Returns nil when the time is over before it has a value, or the task is cancelled.
    func value(within time: Duration) async -> Value? {
        let (values, caller) = AsyncStream.makeStream(of: Value.self)
        DispatchQueue.global().async {
            let value = body()
            if case .terminated = caller.yield(value) { discard(value) }
        }
        let timer = Task {
            try await Task.sleep(for: time)
            caller.finish()
        }
        defer { timer.cancel() }
        return await values.first { _ in true }
    }
}
