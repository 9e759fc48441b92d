// SPDX-License-Identifier: Apache-2.0

import LVSModel
import Testing

@testable import ControlPlane

@Suite("Rates")
struct RateMeterTests {
    /// A meter that read each second of this range; service 3 has that many packets a second.
    private func meter(
        _ seconds: ClosedRange<Int>, packets: (Int) -> UInt64
    ) -> RateMeter {
        var meter = RateMeter()
        for second in seconds {
            let traffic = Traffic(
                connections: UInt64(second), packets: packets(second), bytes: 100 * packets(second))
            let counters = DataPlaneCounters.reading(
                services: [3: traffic], realServers: [7: .init(traffic: traffic)])
            meter.read(counters, at: .seconds(second))
        }
        return meter
    }

    @Test("a rate is known once it was watched for so long")
    func known() {
        let first = meter(0...0) { UInt64($0) }.rates(ofService: 3)
        #expect(first == Rates())
        let second = meter(0...1) { UInt64($0) * 5 }.rates(ofService: 3)
        #expect(second == Rates(second: Rate(connections: 1, packets: 5, bytes: 500)))
        #expect(meter(0...7) { UInt64($0) }.rates(ofService: 3).tenSeconds == nil)
        #expect(meter(0...10) { UInt64($0) }.rates(ofService: 3).tenSeconds?.packets == 1)
        #expect(meter(0...40) { UInt64($0) }.rates(ofService: 3).minute == nil)
        #expect(meter(0...60) { UInt64($0) }.rates(ofService: 3).minute?.packets == 1)
    }

    @Test("each window is an average over itself", arguments: 60...90)
    func windows(end: Int) {
        // 1 a second until two seconds ago, then 13.
        let rates = meter(0...end) { second in
            UInt64(second) + 12 * UInt64(max(0, second - (end - 2)))
        }
        .rates(ofService: 3)
        #expect(rates.second?.packets == 13)
        #expect(rates.tenSeconds?.packets == 3.4)
        let minute = rates.minute?.packets ?? 0
        #expect((1 + 24 / 70...1 + 24 / 50).contains(minute))
    }

    @Test("services, real servers and all together, by their own indexes")
    func indexes() {
        let meter = meter(0...1) { UInt64($0) }
        #expect(meter.rates(ofRealServer: 7).second?.bytes == 100)
        #expect(meter.ofAll.second?.packets == 1)
        #expect(meter.rates(ofService: 2).second == Rate())
        #expect(meter.rates(ofService: 99).second == Rate())
    }

    @Test("counters that begin anew have no rate below nothing")
    func anew() {
        let rates = meter(0...1) { $0 == 0 ? 1000 : 5 }.rates(ofService: 3)
        #expect(rates.second?.packets == 5)
    }

    @Test("few real servers are always read, many only while somebody asks")
    func attention() {
        var meter = RateMeter()
        #expect(meter.wantsReading(of: 4_096, at: .seconds(500)))
        #expect(!meter.wantsReading(of: 4_097, at: .seconds(500)))
        meter.noteQuestion(at: .seconds(500))
        #expect(meter.wantsReading(of: 131_072, at: .seconds(590)))
        #expect(!meter.wantsReading(of: 131_072, at: .seconds(591)))
    }

    @Test("what was read before a rest is forgotten")
    func rest() {
        var meter = meter(0...9) { UInt64($0) }
        meter.rest()
        #expect(meter.ofAll == Rates())
    }
}

@Suite("Counters set to zero")
struct TrafficBaselineTests {
    private let old = Traffic(connections: 1, packets: 10, bytes: 100)
    private let new = Traffic(connections: 3, packets: 13, bytes: 130)

    @Test("count from there, without their flows")
    func subtracted() {
        var baseline = TrafficBaseline()
        let flows = FlowCounts(active: 5)
        let before = DataPlaneCounters.reading(
            services: [0: old, 1: old], realServers: [0: .init(traffic: old, flows: flows)])
        baseline.setService(0, to: before)
        baseline.setRealServer(0, to: before)
        let after = baseline.subtracted(
            from: .reading(
                services: [0: new, 1: new], realServers: [0: .init(traffic: new, flows: flows)]))
        let difference = Traffic(connections: 2, packets: 3, bytes: 30)
        #expect(after.services == [0: difference, 1: new])
        #expect(after.realServers == [0: .init(traffic: difference, flows: flows)])
    }

    @Test("those that began anew by themselves stay as they are, those that are gone stay so")
    func anew() {
        var baseline = TrafficBaseline()
        baseline.setService(0, to: .reading(services: [0: new]))
        baseline.setRealServer(0, to: .reading(realServers: [0: .init(traffic: new)]))
        #expect(baseline.subtracted(from: .reading(services: [0: old])).services == [0: old])
        #expect(baseline.subtracted(from: .reading()).realServers == [:])
    }
}
