// SPDX-License-Identifier: Apache-2.0

import LVSModel
import Testing

@testable import HostNetwork

@Suite("Event feed")
struct EventFeedTests {
    private let capacity = 8

    @Test("as many events as it holds come out whole and in order")
    func whole() async {
        let feed = EventFeed(capacity: capacity)
        put(0..<capacity, into: feed)
        feed.end()
        #expect(await all(feed) == (0..<capacity).map(removal))
    }

    @Test("where the oldest are dropped, an overrun comes behind the event that had no room")
    func overrun() async {
        let feed = EventFeed(capacity: capacity)
        put(0...capacity, into: feed)
        feed.end()
        #expect(await all(feed) == (2...capacity).map(removal) + [.overrun])
    }

    @Test("however many are dropped, one overrun is among those that stay", arguments: 1...64)
    func neverSilent(excess: Int) async {
        let feed = EventFeed(capacity: capacity)
        put(0..<capacity + excess, into: feed)
        feed.end()
        let events = await all(feed)
        #expect(events.count == capacity)
        #expect(events.count { $0 == .overrun } == 1)
    }

    @Test("an overrun that was read stands for no later loss", arguments: 1...64)
    func again(count: Int) async {
        let feed = EventFeed(capacity: capacity)
        put(0...capacity, into: feed)
        #expect(await first(capacity, of: feed).last == .overrun)
        put(0..<count, into: feed)
        feed.end()
        let events = await all(feed)
        #expect(events.count { $0 == .overrun } == (count > capacity ? 1 : 0))
    }

    @Test("the kernel's own overrun stands for the feed's losses before it is read")
    func kernels() async {
        let feed = EventFeed(capacity: capacity)
        put(0..<capacity - 1, into: feed)
        feed.put(.overrun)
        put(0..<capacity - 1, into: feed)
        feed.end()
        #expect(await all(feed) == [.overrun] + (0..<capacity - 1).map(removal))
    }

    private func put(_ indexes: some Sequence<Int>, into feed: EventFeed) {
        for index in indexes { feed.put(removal(index)) }
    }

    private func removal(_ index: Int) -> HostNetworkEvent {
        .linkRemoved(index: Int32(index))
    }

    private func all(_ feed: EventFeed) async -> [HostNetworkEvent] {
        await feed.stream.reduce(into: []) { $0.append($1) }
    }

    private func first(_ count: Int, of feed: EventFeed) async -> [HostNetworkEvent] {
        await feed.stream.prefix(count).reduce(into: []) { $0.append($1) }
    }
}
