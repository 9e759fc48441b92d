// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials
import LVSConfiguration
import LVSModel
import Lab
import Testing

/// What `lvsdr doctor --json` says, and its exit status.
struct DoctorReport {
    struct Part: Decodable {
        var check: String
        var severity: String
        var subject: String
        var found: String
        var why: String
        var mend: String
    }

    private struct Message: Decodable {
        var status: String
        var findings: [Part]
    }

    let findings: [Part]
    let exitStatus: Int32

    init(_ result: CommandResult) throws {
        let message = try JSONDecoder().decode(Message.self, from: Data(result.output.utf8))
        findings = message.findings
        let statuses: [String: Int32] = ["ok": 0, "warnings": 1, "broken": 2]
        let status = try #require(statuses[message.status])
        #expect(result.status == .exited(status))
        exitStatus = status
    }

    /// All that is not ok, as `check severity subject`.
    var problems: [String] {
        findings.filter { $0.severity != "ok" }.map { "\($0.check) \($0.severity) \($0.subject)" }
    }

    /// Whether the check says so of the subject, why that matters, and what mends it.
    func names(
        _ check: String, _ severity: String, _ subject: String, found words: String = "",
        mend: String = ""
    ) -> Bool {
        findings.contains {
            $0.check == check && $0.severity == severity && $0.subject == subject
                && $0.found.contains(words) && $0.mend.contains(mend)
                && $0.why.isEmpty == (severity == "ok") && $0.mend.isEmpty == (severity == "ok")
        }
    }
}

extension Network {
    /// Asks the doctor on the director about settings of their own.
    ///
    /// - Parameter prefix: words before the command.
    nonisolated func doctor(
        _ settings: DirectorSettings, prefix: [String] = []
    ) async throws -> DoctorReport {
        let file = "\(folder(of: .director))/doctor.yaml"
        try ConfigurationText.write(settings).write(toFile: file, atomically: true, encoding: .utf8)
        let words = try prefix + [Programs().command, "doctor", "--json", "--config", file]
        return try DoctorReport(try await run(on: .director, words, within: .seconds(30)))
    }
}
