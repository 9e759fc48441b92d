// SPDX-License-Identifier: Apache-2.0

import Subprocess
import SystemPackage

/// How a process ended.
public enum ExitStatus: Hashable, Sendable {
    case exited(Int32)
    case killed(signal: Int32)

    public var isSuccess: Bool { self == .exited(0) }

    init(_ status: TerminationStatus) {
        switch status {
        case .exited(let code): self = .exited(code)
        case .signaled(let signal): self = .killed(signal: signal)
        }
    }
}

extension ExitStatus: CustomStringConvertible {
    public var description: String {
        switch self {
        case .exited(let code): "ended with status \(code)"
        case .killed(let signal): "was ended by signal \(signal)"
        }
    }
}

/// What a command that has ended left.
public struct CommandResult: Hashable, Sendable {
    public let status: ExitStatus
    /// What it wrote to standard output.
    public let output: String
    /// What it wrote to standard error.
    public let errors: String
}

/// Runs programs of the machine to their end.
enum Command {
    /// More than that on one stream is an error.
    static let outputLimit = 1 << 20

    /// Runs it and gives what it left, also where it failed.
    static func run(
        _ words: [String], within timeout: Duration = .seconds(10)
    ) async throws(LabError) -> CommandResult {
        let outcome = await withTaskGroup(of: Result<CommandResult, LabError>?.self) { group in
            group.addTask { await collect(words) }
            group.addTask {
                try? await Task.sleep(for: timeout)
                return nil
            }
            let first = await group.next() ?? nil
            group.cancelAll()
            return first
        }
        guard !Task.isCancelled else { throw .cancelled }
        guard let outcome else {
            throw .timedOut(waitingFor: sentence(words), after: timeout, log: nil)
        }
        return try outcome.get()
    }

    /// Runs it; a failure is an error.
    @discardableResult
    static func succeed(
        _ words: [String], within timeout: Duration = .seconds(10)
    ) async throws(LabError) -> CommandResult {
        let result = try await run(words, within: timeout)
        guard result.status.isSuccess else {
            throw .failed(
                command: sentence(words), status: result.status,
                output: result.output + result.errors)
        }
        return result
    }

    private static func collect(_ words: [String]) async -> Result<CommandResult, LabError> {
        do {
            let result = try await Subprocess.run(
                configuration(words, grace: .milliseconds(500)),
                output: .string(limit: outputLimit), error: .string(limit: outputLimit))
            return .success(
                CommandResult(
                    status: ExitStatus(result.terminationStatus), output: result.standardOutput,
                    errors: result.standardError))
        } catch {
            return .failure(.notRun(command: sentence(words), reason: "\(error)"))
        }
    }

    /// In a session of its own, so that Ctrl-C on the terminal reaches the lab alone, which then
    /// ends its processes in order: SIGTERM, and SIGKILL after `grace`.
    static func configuration(_ words: [String], grace: Duration) -> Configuration {
        var options = PlatformOptions()
        options.createSession = true
        options.teardownSequence = [.gracefulShutDown(allowedDurationToNextStep: grace)]
        return Configuration(
            executable: words[0].contains("/") ? .path(FilePath(words[0])) : .name(words[0]),
            arguments: Arguments(Array(words.dropFirst())),
            environment: .inherit.updating(["PATH": SearchPath.text]), platformOptions: options)
    }

    static func sentence(_ words: [String]) -> String {
        words.joined(separator: " ")
    }
}
