// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import ControlMessages
import Glibc
import HostSetup

/// What `lvsdr realserver` and `lvsdr director` share: the record of what was changed, and the words
/// for people.
struct SetupOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The folder of the record that says what was changed.", valueName: "folder"))
    var record = "/run/lvsdr-setup"

    /// Runs `body` with the record of that name; where the host can not be made so, says why on
    /// standard error and ends the command with status 1.
    func with<Value>(
        _ name: String, _ body: (inout Setup) throws(SetupError) -> Value
    ) throws(ExitCode) -> Value {
        do throws(SetupError) {
            var setup = try Setup(record: "\(record)/\(name)")
            return try body(&setup)
        } catch {
            Terminal.write("lvsdr: \(error)\n", to: STDERR_FILENO)
            throw ExitCode(1)
        }
    }

    /// Prints how the host should be and how it is.
    ///
    /// - Throws: status 2 where they differ.
    static func show(_ findings: [Setup.Finding], json: Bool) throws(ExitCode) {
        let message = SetupMessage(
            ok: findings.allSatisfy(\.isMet),
            requirements: findings.map {
                SetupMessage.Requirement(
                    subject: $0.requirement.subject, expected: $0.requirement.expected,
                    actual: $0.actual, ok: $0.isMet)
            })
        if json {
            guard let text = try? message.json() else {
                preconditionFailure("words become JSON")
            }
            Terminal.write(text)
        } else {
            var table = Table(columns: ["", "should be", "is", ""].map { Table.Column(title: $0) })
            for part in message.requirements {
                table.add([part.subject, part.expected, part.actual, part.ok ? "ok" : "NOT SO"])
            }
            Terminal.write(table.lines.map { $0 + "\n" }.joined())
        }
        if !message.ok { throw ExitCode(2) }
    }

    static func tell(_ made: [Requirement]) {
        write(made.map { "\($0.subject): now \($0.made)" }, orElse: "all was as it should be")
    }

    static func tellUndone(_ words: [String]) {
        write(words, orElse: "there was nothing to undo")
    }

    private static func write(_ lines: [String], orElse nothing: String) {
        Terminal.write((lines.isEmpty ? [nothing] : lines).map { $0 + "\n" }.joined())
    }
}

extension Requirement {
    /// What `apply` makes of it.
    fileprivate var made: String {
        switch self {
        case .setting(_, let accepted): accepted.first ?? ""
        case .address: expected
        }
    }
}

/// `lvsdr realserver status --json` and `lvsdr director status --json`.
struct SetupMessage: ControlMessage {
    struct Requirement: Codable, Hashable, Sendable {
        /// Such as `net.ipv4.conf.all.arp_ignore` or `192.168.142.100/32 on lo`.
        var subject: String
        var expected: String
        /// `n/a` where there is nothing of that name.
        var actual: String
        var ok: Bool
    }

    /// Whether all is as it should be.
    var ok: Bool
    var requirements: [Requirement]
}
