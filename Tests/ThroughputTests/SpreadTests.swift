// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Throughput

struct SpreadTests {
    @Test("median and quartiles lie between measurements in proportion")
    func quartiles() throws {
        let spread = try #require(Spread([4, 1, 3, 2]))
        #expect(spread.median == 2.5)
        #expect(spread.lowerQuartile == 1.75)
        #expect(spread.upperQuartile == 3.25)
        #expect(spread.relative == 0.6)
    }

    @Test("one measurement is its own middle, and none has no middle")
    func few() {
        #expect(Spread([7])?.median == 7)
        #expect(Spread([7])?.relative == 0)
        #expect(Spread([]) == nil)
    }

    @Test("a measurement that strays moves no quartile of five")
    func outlier() {
        #expect(Spread([10, 10, 10, 10, 1000])?.relative == 0)
    }
}
