// SPDX-License-Identifier: Apache-2.0

import LVSModel

/// What a run of passes and failures makes of a real server's health.
///
/// The first result decides; from then on it takes `rise` passes in a row to come up, and `fall`
/// failures in a row to go down.
struct Dampener: Hashable, Sendable {
    private(set) var health: Health
    /// Results in a row that speak against `health`.
    private(set) var against: UInt16 = 0

    init(health: Health) {
        self.health = health
    }

    /// Whether one more failure makes it down.
    func isAtTheBrink(fall: UInt16) -> Bool {
        switch health {
        case .unknown: true
        case .up: against + 1 >= fall
        case .down: false
        }
    }

    /// Returns true when the health has changed.
    mutating func receive(isPass: Bool, rise: UInt16, fall: UInt16) -> Bool {
        let said: Health = isPass ? .up : .down
        guard said != health else {
            against = 0
            return false
        }
        against += 1
        guard health == .unknown || against >= (isPass ? rise : fall) else { return false }
        health = said
        against = 0
        return true
    }
}
