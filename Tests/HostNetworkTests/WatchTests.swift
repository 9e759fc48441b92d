// SPDX-License-Identifier: Apache-2.0

import LVSModel
import Testing

@testable import HostNetwork

extension KernelTests {
    @Suite("Watch")
    struct Watching {
        @Test("events end when the network is closed, which can be asked on")
        func closed() async throws {
            try await NamespacePair.run { pair, network in
                await network.close()
                await network.close()
                for await _ in network.events {}
                let link = try await network.link(named: "eth0")
                #expect(link != nil)
            }
        }

        @Test("events end when nobody holds the network any more")
        func letGo() async throws {
            try await NamespacePair.run { pair, network in
                let events = try pair.inDirector { try HostNetwork().events }
                for await _ in events {}
            }
        }

        @Test("where the kernel's queue runs over, an overrun comes behind all that it held")
        func overrun() async throws {
            try await NamespacePair.run { pair, network in
                let feed = EventFeed(capacity: 100_000)
                let following = try pair.inDirector { try Following(feed: feed) }
                let mac = NamespacePair.webMAC
                try await pair.ip(
                    lines: (0..<30_000).map {
                        "neighbour replace 10.9.0.\(50 + $0 % 100) dev eth0 lladdr \(mac)"
                            + " nud \($0 / 100 % 2 == 0 ? "stale" : "permanent")"
                    })
                try following.watch.start()
                let events = try await feed.stream.upTo { $0 == .overrun }
                #expect(events.count { $0 == .overrun } == 1)
                let later = try await feed.stream.upTo(marker: 1400, of: pair)
                #expect(later.allSatisfy { $0.link != nil })
            }
        }
    }
}

/// A watch that does not read yet.
private final class Following {
    let watch: Watch

    init(feed: EventFeed) throws {
        watch = try Watch(feed: feed)
    }
}
