// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Lab

struct CommandTests {
    @Test("a command leaves its status and both of its streams")
    func result() async throws {
        let result = try await Command.run(["sh", "-c", "echo out; echo err >&2; exit 3"])
        #expect(result.status == .exited(3))
        #expect(result.output == "out\n")
        #expect(result.errors == "err\n")
    }

    @Test("a command that must succeed and does not is an error that quotes it")
    func failure() async {
        let error = await #expect(throws: LabError.self) {
            try await Command.succeed(["sh", "-c", "echo no such thing >&2; exit 2"])
        }
        #expect(
            error?.description.hasSuffix("ended with status 2; it wrote:\n  no such thing") == true)
    }

    @Test("a command that takes too long is ended")
    func timeout() async {
        let command = ["sleep", "600"]
        await #expect(
            throws: LabError.timedOut(
                waitingFor: "sleep 600", after: .milliseconds(50), log: nil)
        ) {
            try await Command.run(command, within: .milliseconds(50))
        }
    }

    @Test("a program that is not there can not be run")
    func missing() async {
        let error = await #expect(throws: LabError.self) {
            try await Command.run(["no-such-program"])
        }
        guard case .notRun("no-such-program", _) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
    }

    @Test("more output than fits is an error")
    func excess() async {
        let error = await #expect(throws: LabError.self) {
            // A core that many tests share may be slow to take the output.
            try await Command.run(
                ["head", "-c", "\(Command.outputLimit + 1)", "/dev/zero"], within: .seconds(60))
        }
        guard case .notRun = error else {
            Issue.record("\(String(describing: error))")
            return
        }
    }

    @Test("a cancelled task's command is ended")
    func cancellation() async {
        let task = Task { try await Command.run(["sleep", "600"], within: .seconds(600)) }
        task.cancel()
        await #expect(throws: LabError.cancelled) { try await task.value }
    }
}
