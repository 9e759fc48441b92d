// SPDX-License-Identifier: Apache-2.0

import ControlMessages
import ControlTesting
import LVSModel
import Testing

@testable import lvsdr

@Suite("What is said of a real server's state")
struct StateTextTests {
    private static let up = SampleDirector.web.realServers[0]

    private static func real(_ change: (inout RealServerStatus) -> Void) -> RealServerStatus {
        var real = up
        real.checkFigures = CheckFigures(
            passed: 9, lastDuration: 4_000, totalDuration: 36_000, needed: 3)
        change(&real)
        return real
    }

    /// The line of the real server in `lvsdr status`.
    private func line(
        _ real: RealServerStatus, atFloor: Bool = false, now: UInt64 = 1_000
    ) throws -> String {
        var service = SampleDirector.web
        service.isAtFloor = atFloor
        service.realServers = [real]
        let text = StatusText(
            status: StatusMessage(SampleDirector.status), services: ServicesMessage([service]),
            width: 200, now: now)
        let line = try #require(text.lines.last?.text)
        return String(line.dropFirst("  -> 192.168.142.5:80  ".count))
    }

    @Test(
        "a drain says what it waits for, and how long at most",
        arguments: [
            (nil, "removed when its 5,012 flows ended"),
            (1_090, "removed when its 5,012 flows ended, in 1 minute 30 seconds at the latest"),
            (1_000, "about to be removed with its 5,012 flows"),
            (900, "about to be removed with its 5,012 flows"),
        ] as [(UInt64?, String)])
    func drain(end: UInt64?, words: String) throws {
        let real = Self.real {
            ($0.administrativeState, $0.drainEnd, $0.effectiveWeight) = (.draining, end, 0)
        }
        #expect(
            try line(real) == "up, draining  weight 1  tcp passed in 4.0 ms (9 passed, 0 failed)  "
                + "02:00:c0:a8:8e:05 via eth0; \(words)")
    }

    @Test("a slow start says how far it is")
    func slowStart() throws {
        let real = Self.real { ($0.weight, $0.effectiveWeight) = (10, 3) }
        #expect(try line(real).hasPrefix("up  weight 3 of 10: slow start  tcp "))
    }

    @Test("a real server that the floor holds in is told from one that is out")
    func held() throws {
        var real = Self.real {
            ($0.health, $0.reason) = (.down, "connection refused")
            $0.checkFigures.lastFailure = "connection refused"
        }
        let end = "weight 1  tcp failed after 4.0 ms (9 passed, 0 failed)  connection refused"
        #expect(
            try line(real, atFloor: true) == "down, held in  \(end); held in by minimum-up")
        real.effectiveWeight = 0
        #expect(try line(real, atFloor: true) == "down  \(end)")
    }

    @Test(
        "a check tells its last result, and how far that is from changing anything",
        arguments: [
            (CheckFigures(), "tcp: not asked yet", "tcp ..."),
            (
                CheckFigures(passed: 1, lastDuration: 250, needed: 3),
                "tcp passed in 250 us (1 passed, 0 failed)", "tcp 250 us"
            ),
            (
                CheckFigures(
                    passed: 1_000, failed: 2, lastDuration: 2_000_000,
                    lastFailure: "no answer in 2 s", against: 2, needed: 3),
                "tcp failed after 2.0 s, 2 of 3 in a row (1,000 passed, 2 failed)", "tcp failed 2/3"
            ),
            (
                CheckFigures(passed: 1, failed: 9, lastDuration: 1_500, against: 1, needed: 2),
                "tcp passed in 1.5 ms, 1 of 2 in a row (1 passed, 9 failed)", "tcp 1.5 ms 1/2"
            ),
        ])
    func check(figures: CheckFigures, text: String, short: String) throws {
        let real = Self.real { $0.checkFigures = figures }
        var service = SampleDirector.web
        service.realServers = [real]
        let check = try #require(ServicesMessage([service]).services[0].realServers[0].check)
        #expect(check.text == text)
        #expect(check.shortText == short)
        let told = try line(real).hasSuffix("; its last check failed: no answer in 2 s")
        #expect(told == (figures.lastFailure != nil))
    }

    @Test("a service that is at its floor, or served by its sorry server, says so beside its name")
    func service() {
        var service = SampleDirector.web
        service.isAtFloor = true
        #expect(ServicesMessage([service]).services[0].scheduling.text == "rr, at its floor")
        service.isSorry = true
        let message = ServicesMessage([service]).services[0]
        #expect(message.scheduling == Table.Cell("rr, sorry server", style: .bad))
    }

    @Test("colours go with words: up, down, and what is neither")
    func styles() throws {
        let rows: [(RealServerStatus, String, Line.Style)] = [
            (Self.real { _ in }, "up", .good), (Self.real { $0.health = .down }, "down", .bad),
            (Self.real { $0.health = .unknown }, "unknown", .doubtful),
            (Self.real { $0.administrativeState = .disabled }, "up, disabled", .doubtful),
        ]
        for (real, text, style) in rows {
            var status = SampleDirector.web
            status.realServers = [real]
            let service = ServicesMessage([status]).services[0]
            let cell = service.state(of: service.realServers[0])
            #expect(cell.text == text && cell.style == style)
        }
    }
}
