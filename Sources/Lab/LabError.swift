// SPDX-License-Identifier: Apache-2.0

import SystemPackage

/// Why a lab can not do what it was asked for; each says it in a sentence.
public enum LabError: Error, Hashable, Sendable {
    /// What the machine lacks, a sentence with the remedy each.
    case unmet([String])
    /// Process `owner` has a lab of that name up; nil: it was brought up by hand.
    case inUse(LabName, owner: Int32?)
    case notUp(LabName)
    case noSuchHost(String, known: [String])
    case noSuchInterface(String, on: HostName)
    /// One of the project's own programs, by its path.
    case programMissing(String)
    /// A namespace of that name exists and no lab of ours made it.
    case foreignNamespace(String)
    /// A lab can not be taken down by a process within it.
    case insideLab(LabName)
    /// Processes that even SIGKILL did not end.
    case unstoppable([Int32])
    /// The command could not be run, or its output was too long.
    case notRun(command: String, reason: String)
    case failed(command: String, status: ExitStatus, output: String)
    /// A process that should still run has ended.
    case ended(process: String, status: ExitStatus, log: String)
    /// `log`: what the process that was waited for wrote, if it is one.
    case timedOut(waitingFor: String, after: Duration, log: String?)
    case system(operation: String, errno: Int32)
    case cancelled
}

extension LabError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .unmet(let sentences):
            sentences.joined(separator: "\n")
        case .inUse(let name, let owner?):
            "the lab '\(name)' belongs to process \(owner), which is running"
        case .inUse(let name, nil):
            "the lab '\(name)' is up already: `lvsdr-lab down --name \(name)` takes it down"
        case .notUp(let name):
            "the lab '\(name)' is not up: `lvsdr-lab up --name \(name)` brings it up"
        case .noSuchHost(let host, let known):
            "the lab has no host '\(host)': it has \(known.joined(separator: ", "))"
        case .noSuchInterface(let interface, let host):
            "\(host) has no interface '\(interface)'"
        case .programMissing(let path):
            "there is no program \(path): build it with `swift build`, or name its folder"
        case .foreignNamespace(let namespace):
            "the network namespace \(namespace) exists, and no lab made it: take another name"
        case .insideLab(let name):
            "this is a shell of the lab '\(name)': leave it with `exit` first"
        case .unstoppable(let processes):
            "SIGKILL did not end \(processes.map(String.init).joined(separator: ", "))"
        case .notRun(let command, let reason):
            "`\(command)` could not be run: \(reason)"
        case .failed(let command, let status, let output):
            "`\(command)` \(status); it wrote\(Self.quote(output))"
        case .ended(let process, let status, let log):
            "\(process) \(status); it wrote\(Self.quote(log))"
        case .timedOut(let what, let duration, nil):
            "waited \(duration) for \(what)"
        case .timedOut(let what, let duration, let log?):
            "waited \(duration) for \(what); it wrote\(Self.quote(log))"
        case .system(let operation, let errno):
            "\(operation): \(Errno(rawValue: errno))"
        case .cancelled:
            "interrupted"
        }
    }

    /// The last lines that a program wrote, indented below the sentence.
    private static func quote(_ text: String) -> String {
        let lines = text.split(separator: "\n").suffix(20)
        guard !lines.isEmpty else { return " nothing" }
        return ":\n" + lines.map { "  \($0)" }.joined(separator: "\n")
    }
}
