// SPDX-License-Identifier: Apache-2.0

import Glibc
import Testing

@testable import Lab

struct RunningProcessTests {
    /// What a shell does to run on and still heed signals.
    private let idle = "while :; do sleep 0.01; done"

    @Test("a process is ended by SIGTERM, and may end as it likes")
    func terminate() async throws {
        try await withProcess("trap 'echo bye; exit 7' TERM; echo ready; \(idle)") { process in
            #expect(process.status == nil)
            #expect(await process.terminate() == .exited(7))
            #expect(process.status == .exited(7))
            let output = try process.output()
            #expect(output == "ready\nbye\n")
        }
    }

    @Test("a process that does not heed SIGTERM is killed when its grace is over")
    func kill() async throws {
        try await withProcess("trap '' TERM; echo ready; \(idle)", grace: .milliseconds(20)) {
            process in
            #expect(await process.terminate() == .killed(signal: SIGKILL))
        }
    }

    @Test("a signal reaches the process")
    func signal() async throws {
        try await withProcess("trap 'exit 9' HUP; echo ready; \(idle)") { process in
            process.send(signal: SIGHUP)
            let status = try await process.ended(within: .seconds(5))
            #expect(status == .exited(9))
            process.send(signal: SIGHUP)
        }
    }

    @Test("what a process writes is kept by stream, to the end")
    func streams() async throws {
        try await withProcess("echo ready; echo trouble >&2") { process in
            let status = try await process.ended(within: .seconds(5))
            let (output, errors) = (try process.output(), try process.errors())
            #expect(status == .exited(0))
            #expect(output == "ready\n")
            #expect(errors == "trouble\n")
        }
    }

    @Test("a process that runs on has no status")
    func stillRunning() async throws {
        try await withProcess("echo ready; exec sleep 600") { process in
            let status = try await process.ended(within: .milliseconds(20))
            #expect(status == nil)
        }
    }

    @Test("a program that is not there does not start")
    func missing() async throws {
        try await withTemporaryFolder { folder in
            await #expect(throws: LabError.self) {
                try await RunningProcess.start(
                    ["no-such-program"], label: "none", folder: folder, grace: .zero)
            }
        }
    }

    /// Starts a shell with the script, waits until it says `ready`, and ends it afterwards.
    private func withProcess(
        _ script: String, grace: Duration = .seconds(10),
        _ body: (RunningProcess) async throws -> Void
    ) async throws {
        try await withTemporaryFolder { folder in
            let process = try await RunningProcess.start(
                ["sh", "-c", script], label: "shell", folder: folder, grace: grace)
            let ready = try await eventually(within: .seconds(5)) { () throws(LabError) in
                try process.output().contains("ready")
            }
            #expect(ready)
            try await body(process)
            await process.terminate()
        }
    }
}
