// SPDX-License-Identifier: Apache-2.0

import LVSModel

/// The way of the events from the watch's thread, which must not wait, to a reader that may be slow.
///
/// It holds a bounded number of events. Where there are more, the oldest go, and an `.overrun` stands
/// among those that stay: whoever reads it reads everything again, after the loss.
final class EventFeed {
    let stream: AsyncStream<HostNetworkEvent>
    private let continuation: AsyncStream<HostNetworkEvent>.Continuation
    private let capacity: Int
    /// How many events were put behind the latest `.overrun`. The stream gives and drops from the
    /// front and holds `capacity` at most: when it is full, that `.overrun` is still in it as long
    /// as fewer than `capacity` came behind it.
    private var sinceOverrun: Int

    init(capacity: Int = 4096) {
        (stream, continuation) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(capacity))
        self.capacity = capacity
        sinceOverrun = capacity
    }

    /// One thread at a time.
    func put(_ event: HostNetworkEvent) {
        sinceOverrun = event == .overrun ? 0 : min(sinceOverrun + 1, capacity)
        if case .dropped = continuation.yield(event), sinceOverrun == capacity {
            put(.overrun)
        }
    }

    func end() {
        continuation.finish()
    }
}
