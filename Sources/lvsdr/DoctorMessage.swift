// SPDX-License-Identifier: Apache-2.0

import ControlMessages
import Doctor

/// `lvsdr doctor --json`.
struct DoctorMessage: ControlMessage {
    struct Part: Codable, Hashable, Sendable {
        /// Such as `ip-forward`.
        var check: String
        /// `ok`, `not-checked`, `warning` or `broken`.
        var severity: String
        var subject: String
        var found: String
        /// Empty when it is ok.
        var why: String
        /// Empty when it is ok.
        var mend: String
    }

    /// `ok`, `warnings` or `broken`.
    var status: String
    var findings: [Part]

    init(_ findings: [Finding]) {
        status =
            switch findings.map(\.severity).max() ?? .ok {
            case .ok: "ok"
            case .notChecked, .warning: "warnings"
            case .broken: "broken"
            }
        self.findings = findings.map {
            Part(
                check: $0.check.rawValue, severity: $0.severity.rawValue, subject: $0.subject,
                found: $0.found, why: $0.why, mend: $0.mend)
        }
    }

    var exitStatus: Int32 {
        switch status {
        case "ok": 0
        case "warnings": 1
        default: 2
        }
    }
}
