// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Lab

struct LinkCountersTests {
    /// As the kernel writes it.
    private let text = """
        Inter-|   Receive                                                |  Transmit
         face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs
            lo:     120       2    0    0    0     0          0         0      120       2    0
          eth0: 100202099    3052    0    0    0     0          0         0    98401    1484    0
        """

    @Test("counters are read from the interface's line")
    func read() {
        let counters = LinkCounters("eth0", in: text)
        #expect(counters?.receivedBytes == 100_202_099)
        #expect(counters?.receivedPackets == 3052)
        #expect(counters?.sentBytes == 98_401)
        #expect(counters?.sentPackets == 1484)
    }

    @Test("an interface that is not there has no counters", arguments: ["eth1", "eth", ""])
    func missing(_ interface: String) {
        #expect(LinkCounters(interface, in: text) == nil)
    }

    @Test("the difference of two readings is what went through between them")
    func difference() {
        let early = LinkCounters(
            receivedBytes: 1, receivedPackets: 2, sentBytes: 3, sentPackets: 4)
        let late = LinkCounters(
            receivedBytes: 11, receivedPackets: 22, sentBytes: 33, sentPackets: 44)
        let passed = late - early
        #expect(passed.receivedBytes == 10)
        #expect(passed.receivedPackets == 20)
        #expect(passed.sentBytes == 30)
        #expect(passed.sentPackets == 40)
    }
}
