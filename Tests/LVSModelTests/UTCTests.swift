// SPDX-License-Identifier: Apache-2.0

import LVSModel
import Testing

@Suite("UTC")
struct UTCTests {
    @Test(
        "seconds since 1970 are a date and a time",
        arguments: [
            (0, "1970-01-01T00:00:00Z"), (951_782_399, "2000-02-28T23:59:59Z"),
            (951_782_400, "2000-02-29T00:00:00Z"), (951_868_800, "2000-03-01T00:00:00Z"),
            (1_709_251_199, "2024-02-29T23:59:59Z"), (1_735_689_599, "2024-12-31T23:59:59Z"),
            (1_735_689_600, "2025-01-01T00:00:00Z"), (1_795_420_800, "2026-11-23T08:00:00Z"),
            (4_107_542_400, "2100-03-01T00:00:00Z"), (253_402_300_799, "9999-12-31T23:59:59Z"),
        ] as [(UInt64, String)])
    func text(seconds: UInt64, text: String) {
        #expect("\(UTC(seconds: seconds))" == text)
    }
}
