// SPDX-License-Identifier: Apache-2.0

import Doctor

/// What `lvsdr doctor` prints: what is wrong, the worst first, and what is not.
struct DoctorText {
    let findings: [Finding]
    let width: Int
    /// Each check that is ok, instead of a line for all of a kind.
    let showsAll: Bool

    /// So many findings of one check are shown whole.
    private static let most = 20

    var lines: [Line] {
        let problems = Finding.Severity.allCases.reversed().filter { $0 != .ok }.flatMap(problems)
        return problems + oks + [Line(""), summary]
    }

    private func problems(_ severity: Finding.Severity) -> [Line] {
        let found = findings.filter { $0.severity == severity }
        return Check.allCases.flatMap { check -> [Line] in
            let same = found.filter { $0.check == check }
            let left = same.count - Self.most
            let more = "... and \(left) more: lvsdr doctor --json"
            return same.prefix(Self.most).flatMap { block($0) }
                + (left > 0 ? [Line(more), Line("")] : [])
        }
    }

    private func block(_ finding: Finding) -> [Line] {
        var head = Line(finding.severity.word, finding.severity.style)
        head.append("  \(finding.check.rawValue)", .heading)
        head.append("  \(finding.subject)")
        return [head.clipped(to: width)]
            + Line.wrapped(finding.found, head: "  found  ", width: width)
            + Line.wrapped(finding.why, head: "  why    ", width: width)
            + Line.wrapped(finding.mend, head: "  mend   ", width: width) + [Line("")]
    }

    private var oks: [Line] {
        let names = Check.allCases.map(\.rawValue.count).max() ?? 0
        return Check.allCases.flatMap { check -> [Line] in
            let same = findings.filter { $0.check == check && $0.severity == .ok }
            let blanks = String(repeating: " ", count: names - check.rawValue.count)
            let head = "ok  \(check.rawValue)\(blanks)  "
            guard showsAll || same.count < 2 else {
                return [Line(head + "\(same.count) in order").clipped(to: width)]
            }
            return same.flatMap {
                Line.wrapped("\($0.subject): \($0.found)", head: head, width: width)
            }
        }
    }

    private var summary: Line {
        func count(_ severity: Finding.Severity) -> Int {
            findings.count { $0.severity == severity }
        }
        let parts = [
            (count(.broken), "broken"), (count(.warning), "doubtful"),
            (count(.notChecked), "not checked"), (count(.ok), "ok"),
        ]
        let words = parts.filter { $0.0 > 0 }.map { "\($0.0) \($0.1)" }.joined(separator: ", ")
        return Line("\(findings.count) checks: \(words)", .heading).clipped(to: width)
    }
}

extension Finding.Severity {
    fileprivate var word: String {
        switch self {
        case .ok: "ok"
        case .notChecked: "NOT CHECKED"
        case .warning: "WARNING"
        case .broken: "BROKEN"
        }
    }

    fileprivate var style: Line.Style {
        switch self {
        case .ok: .good
        case .notChecked, .warning: .doubtful
        case .broken: .bad
        }
    }
}
