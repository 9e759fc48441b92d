// SPDX-License-Identifier: Apache-2.0

import Glibc
import LVSModel

/// Runs a program; its exit status is the answer. At the deadline, or when the task is cancelled, it
/// is killed with its children: it has a process group of its own. One that leaves that group
/// (setsid(2), as daemons do) outlives the check; the check itself does not wait for it.
struct ExecProbe: Sendable {
    private static let longestPause = Duration.milliseconds(50)

    func run(_ check: ExecCheck, _ question: ProbeQuestion) async -> CheckOutcome {
        let deadline = ContinuousClock.now + question.timeout
        // A new process waits for its program's file.
        let start = BlockingCall(
            body: { Result { () throws(SpawnError) in try Self.spawn(check, question) } },
            discard: { started in
                if case .success(let process) = started { Self.kill(process) }
            })
        switch await start.value(within: question.timeout) {
        case .success(let process)?:
            if let status = await Self.status(of: process, until: deadline) {
                return judge(status, check)
            }
            Self.kill(process)
            return question.silence
        case .failure(let error)?:
            let reason = unsafe String(cString: strerror(error.code))
            return .failed("\(check.program) could not be run: \(reason)")
        case nil: return question.silence
        }
    }

    /// No thread waits for it, and no signal is taken from the rest of the program: it is asked for,
    /// a little later each time.
    ///
    /// - Returns: nil when it still runs at the deadline, or when the task is cancelled.
    private static func status(
        of process: pid_t, until deadline: ContinuousClock.Instant
    ) async -> Int32? {
        var pause = Duration.milliseconds(1)
        while ContinuousClock.now < deadline, !Task.isCancelled {
            if let status = status(of: process) { return status }
            try? await Task.sleep(for: min(pause, deadline - ContinuousClock.now))
            pause = min(pause * 2, longestPause)
        }
        return status(of: process)
    }

    /// Kills it with its children. It is dead at once, unless it waits for a disk that does not
    /// answer: hence nobody waits for its end, and no zombie is left.
    private static func kill(_ process: pid_t) {
        Glibc.kill(-process, SIGKILL)
        Task.detached {
            _ = await status(of: process, until: .now + .seconds(3_600))
        }
    }

    private func judge(_ status: Int32, _ check: ExecCheck) -> CheckOutcome {
        guard status & 0x7F == 0 else { return .failed("killed by signal \(status & 0x7F)") }
        let code = (status >> 8) & 0xFF
        if code == 0 { return .passed(weight: nil) }
        if check.setsWeight, code >= 2 { return .passed(weight: UInt16(code - 2)) }
        return .failed("exit status \(code)")
    }

    /// nil while it runs.
    private static func status(of process: pid_t) -> Int32? {
        var status: Int32 = 0
        var result: pid_t
        repeat {
            result = unsafe waitpid(process, &status, WNOHANG)
        } while result < 0
            && errno == EINTR
        // Reaped by somebody else: nothing is known of it but that it has ended.
        if result < 0 { return 1 << 8 }
        return result == process ? status : nil
    }

    private struct SpawnError: Error {
        let code: Int32
    }

    private static func spawn(
        _ check: ExecCheck, _ question: ProbeQuestion
    ) throws(SpawnError) -> pid_t {
        let service = question.service
        let environment = [
            "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
            "LVSDR_VIP=\(service.address)", "LVSDR_RIP=\(question.realServer)",
            "LVSDR_PORT=\(question.port)", "LVSDR_PROTOCOL=\(service.transport.rawValue)",
        ]
        var attributes = posix_spawnattr_t()
        unsafe posix_spawnattr_init(&attributes)
        defer { unsafe posix_spawnattr_destroy(&attributes) }
        var none = sigset_t()
        unsafe sigemptyset(&none)
        var all = sigset_t()
        unsafe sigfillset(&all)
        let flags = POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF
        unsafe posix_spawnattr_setflags(&attributes, Int16(flags))
        unsafe posix_spawnattr_setpgroup(&attributes, 0)
        unsafe posix_spawnattr_setsigmask(&attributes, &none)
        unsafe posix_spawnattr_setsigdefault(&attributes, &all)
        var actions = unsafe posix_spawn_file_actions_t()
        unsafe posix_spawn_file_actions_init(&actions)
        defer { unsafe posix_spawn_file_actions_destroy(&actions) }
        // Every other file of ours closes by itself (O_CLOEXEC).
        for file in Int32(0)...2 {
            unsafe posix_spawn_file_actions_addopen(&actions, file, "/dev/null", O_RDWR, 0)
        }
        var process = pid_t()
        let code = unsafe withCStrings([check.program] + check.arguments) { arguments in
            unsafe withCStrings(environment) { environment in
                unsafe posix_spawn(
                    &process, check.program, &actions, &attributes, arguments, environment)
            }
        }
        guard code == 0 else { throw SpawnError(code: code) }
        return process
    }
}

/// Lends texts as C has lists of them, ended by a null pointer.
private func withCStrings<Result>(
    _ texts: [String], _ body: (UnsafePointer<UnsafeMutablePointer<CChar>?>) -> Result
) -> Result {
    let copies = unsafe texts.map { unsafe strdup($0) } + [nil]
    defer { unsafe copies.forEach { unsafe free($0) } }
    return unsafe copies.withUnsafeBufferPointer { list in
        guard let start = list.baseAddress else { preconditionFailure("a list has its end") }
        return unsafe body(start)
    }
}
