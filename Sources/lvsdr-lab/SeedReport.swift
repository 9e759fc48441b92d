// SPDX-License-Identifier: Apache-2.0

import Synchronization

/// A step of the walk: what was done, what was seen, and whether it is what it is to be.
struct SeedStep: Codable, Sendable {
    let chapter: String
    let step: String
    let command: String
    let seen: String
    let holds: Bool
}

/// What was seen on the way, printed as it comes.
final class SeedReport: Sendable {
    private let list = Mutex<[SeedStep]>([])
    private let isQuiet: Bool

    init(isQuiet: Bool) {
        self.isQuiet = isQuiet
    }

    var steps: [SeedStep] { list.withLock { $0 } }

    func add(_ step: SeedStep) {
        let isNew = list.withLock { list in
            let isNew = list.last?.chapter != step.chapter
            list.append(step)
            return isNew
        }
        guard !isQuiet else { return }
        if isNew { say("\n\(step.chapter)") }
        say("  \(step.holds ? "ok   " : "FAILS") \(step.step)")
        if !step.command.isEmpty { say("          $ \(step.command)") }
        for line in step.seen.split(separator: "\n") { say("          \(line)") }
    }
}
