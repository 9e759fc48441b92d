// SPDX-License-Identifier: Apache-2.0

import Foundation
import Lab
import Testing

/// A client that asks the VIP again and again, a new connection each time.
struct Requests {
    struct Answer {
        /// Seconds since 1970.
        let began, ended: Double
        /// What the real server answered; nil where nobody did within 0.3 s.
        let text: String?
    }

    private let process: RunningProcess

    static func start(in network: Network) async throws -> Requests {
        let line = """
            while :; do s=$(date +%s.%N); a=$(curl -s -m 0.3 http://\(network.vip)/); \
            echo "$s $(date +%s.%N) $a"; sleep 0.02; done
            """
        let process = try await network.start(on: .client, ["sh", "-c", line], label: "requests")
        return Requests(process: process)
    }

    static var now: Double { Date().timeIntervalSince1970 }

    /// The last of them, some hundred.
    func answers() throws -> [Answer] {
        try process.output().split(separator: "\n").compactMap { line in
            let words = line.split(separator: " ")
            guard words.count >= 2, let began = Double(words[0]), let ended = Double(words[1])
            else { return nil }
            return Answer(began: began, ended: ended, text: words.count > 2 ? "\(words[2])" : nil)
        }
    }

    /// How many of those that began after this time were answered, 0...1. A busy machine is late for
    /// one now and then.
    func shareAnswered(after time: Double) throws -> Double {
        let asked = try answers().filter { $0.began > time }
        return Double(asked.count { $0.text != nil }) / Double(asked.count)
    }

    /// Waits for an answered one that began after this time.
    func answered(after time: Double, within timeout: Duration = .seconds(15)) async throws
        -> Answer
    {
        var found: Answer?
        let deadline = ContinuousClock.now + timeout
        while found == nil, ContinuousClock.now < deadline {
            found = try answers().first { $0.began > time && $0.text != nil }
            try await Task.sleep(for: .milliseconds(20))
        }
        return try #require(found, "no request was answered")
    }
}
