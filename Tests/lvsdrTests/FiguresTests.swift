// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import lvsdr

@Suite("Figures for eyes")
struct FiguresTests {
    @Test(
        "numbers are grouped by three",
        arguments: [
            (0, "0"), (7, "7"), (999, "999"), (1_000, "1,000"), (65_535, "65,535"),
            (1_048_576, "1,048,576"), (UInt64.max, "18,446,744,073,709,551,615"),
        ])
    func grouped(number: UInt64, text: String) {
        #expect(Figures.grouped(number) == text)
    }

    @Test(
        "short numbers have three digits and never say too much",
        arguments: [
            (0, "0"), (999, "999"), (1_000, "1.00K"), (1_999, "1.99K"), (12_345, "12.3K"),
            (999_999, "999K"), (1_000_000, "1.00M"), (1_009_999, "1.00M"),
            (98_765_432, "98.7M"), (1_234_567_890_123, "1.23T"), (UInt64.max, "18.4E"),
        ])
    func compact(number: UInt64, text: String) {
        #expect(Figures.compact(number) == text)
    }

    @Test(
        "a duration is told by its two largest units",
        arguments: [
            (0, "0 seconds"), (1, "1 second"), (59, "59 seconds"), (60, "1 minute"),
            (61, "1 minute 1 second"), (3_600, "1 hour"), (3_605, "1 hour"),
            (7_320, "2 hours 2 minutes"), (86_399, "23 hours 59 minutes"), (86_400, "1 day"),
            (273_610, "3 days 4 hours"), (86_400_000, "1,000 days"),
        ])
    func duration(seconds: UInt64, text: String) {
        #expect(Figures.duration(seconds: seconds) == text)
    }

    @Test(
        "a rate has three figures, and is n/a where it is not known",
        arguments: [
            (nil, "n/a"), (0, "0"), (0.02, "0.02"), (0.004, "0.00"), (9.994, "9.99"),
            (9.999, "10.00"), (12.34, "12.3"), (100, "100"), (999.4, "999"), (1_234.5, "1.23K"),
            (98_765_432, "98.7M"), (1e30, "1.00E"), (.nan, "n/a"), (-1, "n/a"),
        ] as [(Double?, String)])
    func rate(number: Double?, text: String) {
        #expect(Figures.rate(number) == text)
    }

    @Test(
        "short times in their unit",
        arguments: [
            (0, "0 us"), (999, "999 us"), (1_000, "1.0 ms"), (123_456, "123.4 ms"),
            (1_000_000, "1.0 s"), (61_500_000, "61.5 s"),
        ] as [(UInt64, String)])
    func time(microseconds: UInt64, text: String) {
        #expect(Figures.time(microseconds: microseconds) == text)
    }
}
