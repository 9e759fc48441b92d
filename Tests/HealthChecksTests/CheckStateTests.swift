// SPDX-License-Identifier: Apache-2.0

import LVSModel
import Testing

@testable import HealthChecks

@Suite("When checks start, and what they come to")
struct CheckStateTests {
    private static let now = Duration.seconds(1_000)

    private static func state(_ number: UInt32, interval: UInt32) -> CheckState {
        let service = ServiceAddress(
            address: IPAddress(ipv4: 0x0A00_0064), port: 80, transport: .tcp)
        let check = HealthCheck(
            kind: .tcp, via: .rip, interval: interval, timeout: 500, rise: 1, fall: 1)
        return CheckState(
            CheckedRealServer(
                service: service, realServer: IPAddress(ipv4: 0x0A00_0000 + number), check: check,
                health: .unknown),
            now: now)
    }

    /// How many of these are in each tenth of the time from now on.
    private static func tenths(_ times: [Duration], of whole: Duration) -> [Int] {
        times.reduce(into: Array(repeating: 0, count: 10)) { counts, time in
            counts[Int((time - now) / whole * 10)] += 1
        }
    }

    @Test(
        "the first start comes within two seconds, the next ones are spread over the interval",
        arguments: [UInt32(500), 2_000, 60_000, 3_600_000])
    func spread(interval: UInt32) {
        let whole = Duration.milliseconds(interval)
        let soon = min(whole, .seconds(2))
        var states = (1...1_000).map { Self.state($0, interval: interval) }
        #expect(Self.tenths(states.map(\.due), of: soon).allSatisfy { (50...150).contains($0) })
        let first = states.map(\.due)
        for index in states.indices { states[index].proceed(at: states[index].due) }
        let second = states.map(\.due)
        let gaps = zip(first, second).map { $0.1 - $0.0 }
        #expect(gaps.allSatisfy { $0 > .zero && $0 <= whole })
        for index in states.indices { states[index].proceed(at: states[index].due) }
        let third = states.map(\.due)
        #expect(third == second.map { $0 + whole })
        let end = Self.now + whole
        let places = second.map { (place: Duration) in place < end ? place : place - whole }
        #expect(Self.tenths(places, of: whole).allSatisfy { (50...150).contains($0) })
    }

    @Test("starts that were missed are left out, and the place in the interval stays")
    func missed() {
        var state = Self.state(1, interval: 10_000)
        state.proceed(at: state.due)
        let place = state.due
        state.proceed(at: place + .seconds(35))
        #expect(state.due == place + .seconds(40))
    }

    @Test("tells how far it is on the way down or up")
    func progress() {
        let check = HealthCheck(
            kind: .tcp, via: .rip, interval: 1_000, timeout: 500, rise: 2, fall: 3)
        let checked = CheckedRealServer(
            service: ServiceAddress(
                address: IPAddress(ipv4: 0x0A00_0001), port: 80, transport: .tcp),
            realServer: IPAddress(ipv4: 0x0A00_0002), check: check)
        var state = CheckState(checked, now: .zero)
        #expect(state.figures.needed == 0)
        let passed = CheckOutcome.passed(weight: nil)
        let failed = CheckOutcome.failed("connection refused")
        let steps: [(CheckOutcome, against: UInt16, needed: UInt16)] = [
            (passed, 0, 3), (failed, 1, 3), (failed, 2, 3), (passed, 0, 3), (failed, 1, 3),
            (failed, 2, 3), (failed, 0, 2), (passed, 1, 2), (failed, 0, 2), (passed, 1, 2),
            (passed, 0, 3),
        ]
        for (outcome, against, needed) in steps {
            _ = state.receive(outcome, after: .milliseconds(1))
            #expect(state.figures.against == against && state.figures.needed == needed)
        }
    }
}
