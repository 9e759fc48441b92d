// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

/// What the operator's guide tells to do, in its order.
enum GuideStep {
    /// The content of a file on a host.
    case file(host: String, path: String, text: String)
    /// lvsdrd is started on a host.
    case start(host: String)
    /// A command at a host's prompt, and the lines that stand below it.
    case command(host: String, line: String, output: [String])

    var host: String {
        switch self {
        case .file(let host, _, _), .start(let host), .command(let host, _, _): host
        }
    }

    /// Reads the guide: blocks `console`, and the comments `file: HOST PATH` and `start: HOST` before
    /// other blocks.
    static func steps(in text: String) -> [GuideStep] {
        var steps: [GuideStep] = []
        var comment: [String] = []
        var block: (language: String, lines: [String])?
        for line in text.components(separatedBy: "\n") {
            if let open = block {
                if line == "```" {
                    steps += self.steps(open.language, open.lines, comment)
                    (block, comment) = (nil, [])
                } else {
                    block?.lines.append(line)
                }
            } else if line.hasPrefix("```") {
                block = (String(line.dropFirst(3)), [])
            } else if line.hasPrefix("<!-- ") {
                comment = line.dropFirst(5).dropLast(4).split(separator: " ").map(String.init)
            }
        }
        return steps
    }

    private static func steps(
        _ language: String, _ lines: [String], _ comment: [String]
    ) -> [GuideStep] {
        if comment.count == 3, comment[0] == "file:" {
            let text = lines.map { $0 + "\n" }.joined()
            return [.file(host: comment[1], path: comment[2], text: text)]
        }
        if comment.count == 2, comment[0] == "start:" { return [.start(host: comment[1])] }
        return language == "console" ? commands(lines) : []
    }

    private static func commands(_ lines: [String]) -> [GuideStep] {
        var found: [(host: String, line: String, output: [String])] = []
        for line in lines {
            if let match = line.wholeMatch(of: /([a-z0-9]+)[#$] (.*)/) {
                found.append((String(match.1), String(match.2), []))
            } else if !found.isEmpty {
                found[found.count - 1].output.append(line)
            }
        }
        return found.map { .command(host: $0.host, line: $0.line, output: $0.output) }
    }
}

/// Whether the output is what the guide shows: `...` stands for any lines, and within a line for any
/// text; blanks count as one.
func isShown(_ output: String, as lines: [String]) -> Bool {
    func words(_ line: some StringProtocol) -> String {
        line.split(separator: " ").joined(separator: " ")
    }
    let found = output.split(separator: "\n").map { words($0) }
    var rest = found[...]
    var skips = false
    for line in lines.map({ words($0) }) where !line.isEmpty {
        if line == "..." {
            skips = true
            continue
        }
        let pattern = line.components(separatedBy: "...").map(NSRegularExpression.escapedPattern)
            .joined(separator: ".*")
        let fits = { (text: String) in
            text.range(of: "^\(pattern)$", options: .regularExpression) != nil
        }
        guard let index = skips ? rest.firstIndex(where: fits) : rest.indices.first,
            fits(rest[index])
        else { return false }
        rest = rest[(index + 1)...]
        skips = false
    }
    return skips || rest.isEmpty
}
