// SPDX-License-Identifier: Apache-2.0

import Glibc
import Subprocess
import Synchronization
import SystemPackage

/// A process that a lab started and that goes on beside it. What it writes is kept in two files.
public final class RunningProcess: Sendable {
    /// What people know it by, such as `lvsdrd`.
    public let label: String
    public let pid: Int32
    /// The file of its standard output.
    public let outputPath: String
    /// The file of its standard error.
    public let errorsPath: String
    private let outcome: Outcome
    private let task: Task<Result<ExitStatus, LabError>, Never>

    /// How it ended; nil while it runs.
    private final class Outcome: Sendable {
        let status = Mutex<ExitStatus?>(nil)
    }

    /// Starts a process whose output goes to `folder/LABEL.out` and `folder/LABEL.err`.
    ///
    /// - Parameter grace: how long it may take to end after SIGTERM.
    static func start(
        _ words: [String], label: String, folder: String, grace: Duration
    ) async throws(LabError) -> RunningProcess {
        let paths = (output: "\(folder)/\(label).out", errors: "\(folder)/\(label).err")
        let outcome = Outcome()
        let (pids, started) = AsyncStream.makeStream(of: Int32.self)
        let task = Task {
            let end = await run(
                Command.configuration(words, grace: grace), output: paths.output,
                errors: paths.errors, started: started)
            outcome.status.withLock { $0 = try? end.get() }
            started.finish()
            return end
        }
        guard let pid = await pids.first(where: { _ in true }) else {
            task.cancel()
            _ = try await task.value.get()
            throw .cancelled
        }
        return RunningProcess(
            label: label, pid: pid, outputPath: paths.output, errorsPath: paths.errors,
            outcome: outcome, task: task)
    }

    private init(
        label: String, pid: Int32, outputPath: String, errorsPath: String, outcome: Outcome,
        task: Task<Result<ExitStatus, LabError>, Never>
    ) {
        self.label = label
        self.pid = pid
        self.outputPath = outputPath
        self.errorsPath = errorsPath
        self.outcome = outcome
        self.task = task
    }

    private static func run(
        _ configuration: Configuration, output: String, errors: String,
        started: AsyncStream<Int32>.Continuation
    ) async -> Result<ExitStatus, LabError> {
        do {
            let result = try await Subprocess.run(
                configuration, input: .none,
                output: .fileDescriptor(
                    Files.open(output, [.create, .append]), closeAfterSpawningProcess: true),
                error: .fileDescriptor(
                    Files.open(errors, [.create, .append]), closeAfterSpawningProcess: true)
            ) { execution in
                started.yield(execution.processIdentifier.value)
            }
            return .success(ExitStatus(result.terminationStatus))
        } catch {
            return .failure(.notRun(command: "\(configuration.executable)", reason: "\(error)"))
        }
    }
}

extension RunningProcess {
    /// How it ended; nil while it runs.
    public var status: ExitStatus? {
        outcome.status.withLock { $0 }
    }

    /// Waits until it has ended by itself; nil when it still runs after `timeout`.
    public func ended(within timeout: Duration) async throws(LabError) -> ExitStatus? {
        try await eventually(within: timeout, every: .milliseconds(5)) { status != nil }
        return status
    }

    /// Sends it a signal, such as SIGHUP; nothing happens where it has ended.
    public func send(signal: Int32) {
        outcome.status.withLock { status in
            guard status == nil else { return }
            kill(pid, signal)
        }
    }

    /// Ends it, with SIGTERM first and with SIGKILL when its grace is over.
    @discardableResult
    public func terminate() async -> ExitStatus? {
        task.cancel()
        return try? await task.value.get()
    }

    /// The last 64 KiB that it wrote to standard output.
    public func output() throws(LabError) -> String {
        try Files.readEnd(of: outputPath, limit: 65_536)
    }

    /// The last 64 KiB that it wrote to standard error.
    public func errors() throws(LabError) -> String {
        try Files.readEnd(of: errorsPath, limit: 65_536)
    }
}

/// Asks again and again until the answer is yes; false when it is not within `timeout`.
@discardableResult
public func eventually(
    within timeout: Duration, every interval: Duration = .milliseconds(20),
    _ condition: () async throws(LabError) -> Bool
) async throws(LabError) -> Bool {
    let deadline = ContinuousClock.now + timeout
    while true {
        if try await condition() { return true }
        guard ContinuousClock.now < deadline else { return false }
        do {
            try await Task.sleep(for: interval)
        } catch {
            throw .cancelled
        }
    }
}
