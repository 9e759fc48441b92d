// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials
import Glibc
import LVSModel
import Testing

@testable import HealthChecks

@Suite("Programs as checks", .timeLimit(.minutes(1)))
struct ExecProbeTests {
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    private static func run(
        _ program: String, _ arguments: [String] = [], setsWeight: Bool = false,
        timeout: Duration = .seconds(20)
    ) async -> CheckOutcome {
        let question = ProbeQuestion(
            service: ServiceAddress(
                address: IPAddress(ipv4: 0x0A00_0064), port: 53, transport: .udp),
            realServer: IPAddress(ipv4: 0x0A00_000B), port: 5_353, mark: nil, timeout: timeout)
        let check = ExecCheck(program: program, arguments: arguments, setsWeight: setsWeight)
        return await ExecProbe().run(check, question)
    }

    private static func shell(
        _ text: String, setsWeight: Bool = false, timeout: Duration = .seconds(20)
    ) async -> CheckOutcome {
        await run("/bin/sh", ["-c", text], setsWeight: setsWeight, timeout: timeout)
    }

    @Test("the exit status is the answer")
    func status() async {
        #expect(await Self.shell("exit 0") == .passed)
        #expect(await Self.shell("exit 1") == .failed("exit status 1"))
        #expect(await Self.shell("exit 255") == .failed("exit status 255"))
        #expect(await Self.shell("kill -TERM $$") == .failed("killed by signal 15"))
    }

    @Test(
        "where it sets the weight, 2...255 are weights of 0...253",
        arguments: [(0, .passed), (1, .failed("exit status 1"))]
            + [(2, .passed(weight: 0)), (102, .passed(weight: 100)), (255, .passed(weight: 253))]
            as [(Int, CheckOutcome)])
    func weight(status: Int, outcome: CheckOutcome) async {
        #expect(await Self.shell("exit \(status)", setsWeight: true) == outcome)
    }

    @Test("what can not be run fails")
    func missing() async {
        let program = folder.path + "/absent"
        #expect(
            await Self.run(program)
                == .failed("\(program) could not be run: No such file or directory"))
        #expect(
            await Self.run(folder.path)
                == .failed("\(folder.path) could not be run: Permission denied"))
    }

    @Test("it finds the addresses in its environment, and nothing of ours")
    func environment() async throws {
        let file = folder.path + "/environment"
        #expect(await Self.shell("env > \(file)") == .passed)
        let lines = try String(contentsOfFile: file, encoding: .utf8).split(separator: "\n")
        let expected = [
            "LVSDR_VIP=10.0.0.100", "LVSDR_RIP=10.0.0.11", "LVSDR_PORT=5353",
            "LVSDR_PROTOCOL=udp",
            "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        ]
        // The shell's own.
        let others = ["PWD", "OLDPWD", "SHLVL", "_"]
        let names = Set(lines).subtracting(expected.map { $0[...] }).map { $0.prefix { $0 != "=" } }
        #expect(Set(expected.map { $0[...] }).isSubset(of: lines))
        #expect(names.allSatisfy { others.contains(String($0)) }, "\(names)")
    }

    @Test("it has nothing to read, and its words go nowhere")
    func files() async {
        #expect(await Self.shell("read line && exit 1; echo a lot; echo more >&2") == .passed)
    }

    /// A program that has started a child, and writes both their numbers.
    private func parent() -> String {
        "sleep 3600 & echo $$ $! > \(folder.path)/new; mv \(folder.path)/new \(folder.path)/both; wait"
    }

    /// The numbers, once they are written.
    private func family() async throws -> [Substring] {
        for _ in 0..<2_000 {
            let text = try? String(contentsOfFile: folder.path + "/both", encoding: .utf8)
            if let text { return text.split { $0.isWhitespace } }
            try await Task.sleep(for: .milliseconds(10))
        }
        throw Missing()
    }

    private struct Missing: Error {}

    /// Whether the process is soon no more; a child that has lost its parent may stay a zombie as
    /// long as the system's first process likes.
    private func isGone(_ process: Substring, evenAsZombie: Bool) async throws -> Bool {
        for _ in 0..<2_000 {
            let status = "/proc/\(process)/stat"
            guard let text = try? String(contentsOfFile: status, encoding: .utf8) else {
                return true
            }
            if evenAsZombie, text.contains(") Z ") { return true }
            try await Task.sleep(for: .milliseconds(10))
        }
        return false
    }

    @Test("at the deadline it is killed with its children, and no zombie is left")
    func deadline() async throws {
        let outcome = await Self.shell(parent(), timeout: .seconds(1))
        #expect(outcome == .failed("no answer in 1 s"))
        let family = try await family()
        #expect(family.count == 2)
        #expect(try await isGone(family[0], evenAsZombie: false))
        #expect(try await isGone(family[1], evenAsZombie: true))
    }

    @Test(
        "who leaves its group with a session of its own does not hold the check up, and outlives it"
    )
    func escaped() async throws {
        let daemon = "echo $$ $$ >new; mv new both; exec sleep 30"
        let outcome = await Self.shell(
            "cd \(folder.path); (setsid sh -c '\(daemon)' &); sleep 3600", timeout: .seconds(1))
        #expect(outcome == .failed("no answer in 1 s"))
        let daemonProcess = try #require(pid_t(try await family()[0]))
        // Nobody sent it a signal: it is still there to be sent one.
        #expect(kill(daemonProcess, SIGKILL) == 0)
    }

    @Test("a program that ignores all signals is killed as well")
    func stubborn() async {
        let outcome = await Self.shell(
            "trap '' TERM INT HUP; while :; do sleep 1; done", timeout: .milliseconds(200))
        #expect(outcome == .failed("no answer in 200 ms"))
    }

    @Test("a check that is cancelled kills them at once")
    func cancelled() async throws {
        let text = parent()
        let check = Task { await Self.shell(text, timeout: .seconds(3_600)) }
        let family = try await family()
        check.cancel()
        _ = await check.value
        #expect(try await isGone(family[0], evenAsZombie: false))
        #expect(try await isGone(family[1], evenAsZombie: true))
    }
}
