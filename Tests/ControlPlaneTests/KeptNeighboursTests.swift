// SPDX-License-Identifier: Apache-2.0

import LVSModel
import Testing

@testable import ControlPlane

@Suite("Kept neighbours")
struct KeptNeighboursTests {
    let one = DirectorHost.entry1
    let two = DirectorHost.entry2

    @Test("asks for what is wanted and releases what is not any more")
    func difference() {
        var kept = KeptNeighbours()
        #expect(kept.plan(for: [two: false, one: true], at: .zero).keep == [one, two])
        kept.didKeep(one, at: .zero)
        let plan = kept.plan(for: [two: false], at: .zero)
        #expect(plan.release == [one])
        #expect(plan.keep == [two])
        kept.didRelease(one)
        kept.didKeep(two, at: .zero)
        #expect(kept.entries == [two])
        #expect(kept.plan(for: [two: true], at: .zero) == KeptNeighbours.Plan())
    }

    @Test("asks again for an unresolved entry every five seconds, for a resolved one never")
    func unresolved() {
        var kept = KeptNeighbours()
        kept.didKeep(one, at: .seconds(1))
        kept.didKeep(two, at: .seconds(1))
        let early = kept.plan(for: [one: false, two: true], at: .seconds(5))
        #expect(early == KeptNeighbours.Plan(next: .seconds(6)))
        #expect(kept.plan(for: [one: false, two: true], at: .seconds(6)).keep == [one])
    }

    @Test("asks again at once for an entry that the kernel may have forgotten, resolved or not")
    func lost() {
        var kept = KeptNeighbours()
        kept.didKeep(one, at: .seconds(1))
        kept.lose { $0.interface == 2 }
        #expect(kept.plan(for: [one: true], at: .seconds(1)).keep == [one])
        kept.didKeep(one, at: .seconds(1))
        #expect(kept.plan(for: [one: true], at: .seconds(1)) == KeptNeighbours.Plan())
    }

    @Test("does not remember to have lost what it never asked for")
    func neverAsked() {
        var kept = KeptNeighbours()
        kept.lose { _ in true }
        #expect(kept.entries == [])
    }

    @Test("asks again five seconds after a refusal, and calls the same refusal no news")
    func refused() {
        var kept = KeptNeighbours()
        let error = DirectorError.hostNetwork("EPERM")
        let first = kept.wasRefused(one, error, at: .zero)
        #expect(first)
        #expect(kept.refusals.map(\.entry) == [one])
        #expect(kept.plan(for: [one: true], at: .seconds(4)).next == .seconds(5))
        #expect(kept.plan(for: [one: true], at: .seconds(5)).keep == [one])
        let same = kept.wasRefused(one, error, at: .seconds(5))
        #expect(!same)
        let other = kept.wasRefused(one, .hostNetwork("ENOBUFS"), at: .seconds(10))
        #expect(other)
        kept.didKeep(one, at: .seconds(15))
        #expect(kept.refusals.isEmpty)
    }
}

extension KeptNeighbours {
    /// What is to be done once these are wanted.
    fileprivate mutating func plan(for wanted: [NeighbourKey: Bool], at now: Duration) -> Plan {
        want(wanted)
        return plan(at: now)
    }
}
