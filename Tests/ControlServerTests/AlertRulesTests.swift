// SPDX-License-Identifier: Apache-2.0

import ControlMessages
import ControlTesting
import FoundationEssentials
import Testing

@Suite("The alert rules")
struct AlertRulesTests {
    @Test("promtool finds them right, and they say what they should", arguments: ["check", "test"])
    func promtool(word: String) async throws {
        let file = word == "check" ? "alerts.yaml" : "alerts-test.yaml"
        let path = docs.appending(path: file).path
        let answer = try await run(["promtool", word, "rules", path])
        #expect(answer.status == 0, "\(answer.output)\(answer.errors)")
        #expect(answer.output.contains("SUCCESS"))
    }

    @Test("each figure that they look at is told by the director")
    func figures() async throws {
        let data = try Data(contentsOf: docs.appending(path: "alerts.yaml"))
        let names = Set(
            String(decoding: data, as: UTF8.self)
                .split { !$0.isLetter && !$0.isNumber && $0 != "_" }
                .filter { $0.hasPrefix("lvsdr_") })
        #expect(names.count > 10)
        let metrics = try await withDirector { socket in
            try await run([
                "curl", "-sS", "-m", "60", "--unix-socket", socket,
                "http://localhost\(ControlPath.metrics)",
            ]).output
        }
        for name in names {
            #expect(metrics.contains("# TYPE \(name) "), "\(name)")
        }
    }
}
