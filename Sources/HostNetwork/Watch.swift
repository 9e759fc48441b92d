// SPDX-License-Identifier: Apache-2.0

import CHostNetwork
import LVSModel

/// Owns the thread that follows the kernel's events and puts them into a feed.
@safe struct Watch: ~Copyable {
    private let handle: OpaquePointer
    /// The thread uses it without owning it; it lives as long as the watch.
    private let feed: EventFeed

    /// From now on the kernel queues events of the calling thread's network namespace.
    init(feed: EventFeed) throws(HostNetworkError) {
        var handle: OpaquePointer?
        let code = unsafe hn_watch_open(&handle)
        guard code >= 0, let handle = unsafe handle else {
            throw HostNetworkError(operation: "subscribe to the kernel's events", errno: -code)
        }
        unsafe self.handle = handle
        self.feed = feed
    }

    /// Starts the thread that hands them on. Once.
    func start() throws(HostNetworkError) {
        let code = unsafe hn_watch_start(
            handle,
            { event, feed in
                guard let event = unsafe event, let feed = unsafe feed else { return }
                unsafe Unmanaged<EventFeed>.fromOpaque(feed).takeUnretainedValue()
                    .put(HostNetworkEvent(event.pointee))
            },
            Unmanaged.passUnretained(feed).toOpaque())
        guard code >= 0 else {
            throw HostNetworkError(operation: "start a thread for events", errno: -code)
        }
    }

    deinit {
        unsafe hn_watch_close(handle)
        feed.end()
    }
}
