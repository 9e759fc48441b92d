// SPDX-License-Identifier: Apache-2.0

import LVSModel
import Testing

@testable import ControlPlane

@Suite("Events log", .timeLimit(.minutes(1)))
struct EventLogTests {
    let log = EventLog(capacity: 4)

    private func append(_ numbers: ClosedRange<UInt64>) {
        for number in numbers { log.append(.published(generation: number), time: number * 10) }
    }

    @Test("events count from 1, with what programs and people read of them")
    func record() {
        log.append(
            .realServerDown(DirectorHost.web1, of: DirectorHost.service, reason: "no route"),
            time: 77)
        #expect(
            log.since(0) == [
                EventRecord(
                    id: 1, time: 77, level: .warning, kind: "real-server-down",
                    service: DirectorHost.service, realServer: DirectorHost.web1,
                    text: "real server 192.168.142.5 of TCP 192.168.142.100:80 is down: no route")
            ])
        #expect(log.lastID == 1)
    }

    @Test("it remembers as many as it holds, the last ones")
    func bounded() {
        append(1...10)
        #expect(log.since(0).map(\.id) == [7, 8, 9, 10])
        #expect(log.since(0).map(\.time) == [70, 80, 90, 100])
        #expect(log.since(8).map(\.id) == [9, 10])
        #expect(log.since(10) == [])
        #expect(log.since(0, limit: 2).map(\.id) == [7, 8])
        #expect(log.since(0, limit: 0) == [])
    }

    @Test("an id that no event has yet is of an earlier run")
    func earlierRun() {
        append(1...3)
        #expect(log.since(77).map(\.id) == [1, 2, 3])
        #expect(EventLog().since(0) == [])
        #expect(EventLog().since(5) == [])
    }

    @Test("a follower reads what there is, then what comes")
    func follow() async {
        append(1...3)
        var reader = log.follow(after: 1).makeAsyncIterator()
        #expect(await reader.next(isolation: #isolation)?.id == 2)
        #expect(await reader.next(isolation: #isolation)?.id == 3)
        let log = log
        let writer = Task { log.append(.published(generation: 4), time: 40) }
        #expect(await reader.next(isolation: #isolation)?.id == 4)
        await writer.value
    }

    @Test("a slow follower loses the oldest and is told how many")
    func slow() async {
        append(1...2)
        var reader = log.follow(after: 0).makeAsyncIterator()
        #expect(await reader.next(isolation: #isolation)?.id == 1)
        append(3...9)
        let lost = await reader.next(isolation: #isolation)
        #expect(lost?.kind == "events-lost")
        #expect(lost?.level == .warning)
        #expect(lost?.id == 5)
        #expect(lost?.text == "4 events are gone: this reader is slower than they come")
        #expect(await reader.next(isolation: #isolation)?.id == 6)
    }

    @Test("a follower that is cancelled or lets go leaves nothing behind")
    func leaves() async {
        let log = log
        let reader = Task {
            for await _ in log.follow(after: 0) {}
        }
        while log.followers == 0 { await Task.yield() }
        reader.cancel()
        await reader.value
        _ = log.follow(after: 0)
        #expect(log.followers == 0)
    }
}
