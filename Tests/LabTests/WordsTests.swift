// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import lvsdr_lab

struct WordsTests {
    @Test(
        "a number of bytes is said with its unit",
        arguments: [
            (0, "0 B"), (1023, "1023 B"), (1024, "1.0 KiB"), (10_035, "9.8 KiB"),
            (1 << 20, "1.0 MiB"), (8 << 20, "8.0 MiB"),
        ])
    func bytes(_ count: UInt64, _ text: String) {
        #expect(inBytes(count) == text)
    }

    @Test("the cells of a table stand below one another")
    func aligned() {
        let rows = [["", "sent"], ["client eth0", "8.0 MiB"], ["web1", "0 B"]]
        let lines = table(rows, right: [1]).split(separator: "\n")
        #expect(
            lines == [
                "                  sent", "  client eth0  8.0 MiB", "  web1             0 B",
            ])
    }
}
