// SPDX-License-Identifier: Apache-2.0

import LVSModel
import Testing

@testable import HealthChecks

@Suite struct AgendaTests {
    @Test("the earliest comes first, and none before its time")
    func order() {
        var agenda = Agenda<Int>()
        for number in 1..<10_007 {  // a prime: each remainder once, in no order
            let item = number * 7_919 % 10_007
            agenda.add(item, at: .milliseconds(item))
        }
        #expect(agenda.first == .milliseconds(agenda.next(at: .seconds(3_600)) ?? -1))
        var last = agenda.next(at: .seconds(3_600)) ?? 0
        while let item = agenda.next(at: .milliseconds(5_000)) {
            #expect(item > last)
            last = item
        }
        #expect(last == 5_000 && agenda.first == .milliseconds(5_001))
    }

    @Test("the starts of 5,000 checks are even over their interval")
    func spread() {
        let service = ServiceAddress(
            address: IPAddress(ipv4: 0x0A00_0064), port: 80, transport: .tcp)
        var counts = [Int](repeating: 0, count: 20)
        for number in 0..<UInt32(5_000) {
            let checked = CheckedRealServer(
                service: service, realServer: IPAddress(ipv4: 0x0A01_0000 + number),
                check: HealthCheck(kind: .tcp, interval: 2_000))
            let due = CheckState(checked, now: .seconds(9)).due - .seconds(9)
            #expect(due == CheckState(checked, now: .zero).due)
            counts[Int(due.milliseconds) / 100] += 1
        }
        #expect(counts.allSatisfy { (175...325).contains($0) }, "\(counts)")
    }

    @Test("starts that were missed are left out, and the time within the interval stays")
    func missed() {
        let checked = CheckedRealServer(
            service: ServiceAddress(
                address: IPAddress(ipv4: 0x0A00_0064), port: 80, transport: .tcp),
            realServer: IPAddress(ipv4: 0x0A00_000B),
            check: HealthCheck(kind: .tcp, interval: 1_000))
        var state = CheckState(checked, now: .zero)
        let phase = state.due
        state.proceed(at: phase)
        #expect(state.due == phase + .seconds(1))
        state.proceed(at: phase + .milliseconds(7_500))
        #expect(state.due == phase + .seconds(8))
        state.proceed(at: phase + .seconds(8))
        #expect(state.due == phase + .seconds(9))
    }
}
