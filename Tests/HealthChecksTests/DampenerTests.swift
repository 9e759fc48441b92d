// SPDX-License-Identifier: Apache-2.0

import LVSModel
import Testing

@testable import HealthChecks

@Suite struct DampenerTests {
    /// Results, `+` and `-`, and the health after each: up, down or unknown by its first letter.
    private static let runs: [(Health, String, String)] = [
        (.unknown, "+", "u"), (.unknown, "-", "d"),
        (.up, "--+---", "uuuuud"), (.down, "+-++", "dddu"), (.up, "---", "uud"),
        (.down, "+++", "duu"),
    ]

    @Test("the first result decides, then rise and fall in a row", arguments: runs)
    func run(health: Health, results: String, expected: String) {
        var dampener = Dampener(health: health)
        var found = ""
        for result in results {
            let before = dampener.health
            let isAtTheBrink = dampener.isAtTheBrink(fall: 3)
            let isChanged = dampener.receive(isPass: result == "+", rise: 2, fall: 3)
            #expect(isChanged == (before != dampener.health))
            if dampener.health == .down && before != .down { #expect(isAtTheBrink) }
            found += dampener.health.rawValue.prefix(1)
        }
        #expect(found == expected)
    }
}
