// SPDX-License-Identifier: Apache-2.0

import Foundation
import Glibc
import Testing

@testable import Lab

extension InNamespaces {
    /// The program `lvsdr-lab` as people run it.
    struct LabCommandTests {
        private let program: String

        init() throws {
            program = try Programs.ownFolder() + "/lvsdr-lab"
        }

        @Test(
            "each subcommand explains itself by examples",
            arguments: ["demo", "up", "down", "shell", "break", "heal", "seed", "bench"])
        func help(_ subcommand: String) async throws {
            let result = try await Command.succeed([program, subcommand, "--help"])
            #expect(result.output.contains("EXAMPLES\n  lvsdr-lab \(subcommand)"))
        }

        @Test("a lab comes up, is played with, and goes down")
        func upAndDown() async throws {
            let name = LabName.unique()
            let up = try await Command.succeed([program, "up", "--name", "\(name)"])
            let client = "shell --name \(name) client"
            #expect(up.output.contains("\(client) curl http://192.168.142.100/"))
            #expect(up.output.contains("\(client) curl -g 'http://[fd00:8e::100]/'"))
            let file = try Files.read(
                "/run/lvsdr-lab/\(name)/director/lvsdr.yaml", limit: 65_536)
            #expect(file.contains("192.168.142.100") && file.contains("fd00:8e::100"))
            let address = try await Command.succeed(
                [program, "shell", "--name", "\(name)", "web1", "ip", "-brief", "address"])
            #expect(address.output.contains("192.168.142.5/24"))
            let again = try await Command.run([program, "up", "--name", "\(name)"])
            #expect(again.status == .exited(1))
            #expect(again.errors.contains("the lab '\(name)' is up already"))
            let unknown = try await Command.run([program, "shell", "--name", "\(name)", "moon"])
            #expect(unknown.errors.contains("the lab has no host 'moon'"))
            try await Command.succeed([program, "down", "--name", "\(name)"])
            #expect(Traces(of: name) == .none)
            let gone = try await Command.run([program, "down", "--name", "\(name)"])
            #expect(gone.errors.contains("the lab '\(name)' is not up"))
        }

        @Test("a real server is broken and healed from another terminal")
        func breakAndHeal() async throws {
            let name = LabName.unique()
            let lab = ["--name", "\(name)"]
            try await Command.succeed([program, "up", "--outside"] + lab)
            let list = try await Command.succeed([program, "break"] + lab)
            #expect(list.output.split(separator: "\n").count == Fault.allCases.count)
            let vips = [program, "shell"] + lab + ["web2", "ip", "-o", "address", "show", "lo"]
            let made = try await Command.succeed([program, "break"] + lab + ["no-vip", "web2"])
            #expect(made.output.contains("lvsdr-lab heal --name \(name) no-vip web2"))
            #expect(try await !Command.succeed(vips).output.contains("192.168.142.100/32"))
            let healed = try await Command.succeed([program, "heal"] + lab)
            #expect(healed.output == "no-vip web2 is healed.\n")
            #expect(try await Command.succeed(vips).output.contains("192.168.142.100/32"))
            let nothing = try await Command.succeed([program, "heal"] + lab)
            #expect(nothing.output == "Nothing is broken.\n")
            let wrong = try await Command.run([program, "break"] + lab + ["no-vip", "web9"])
            #expect(wrong.errors.contains("the lab has no host 'web9': it has web1, web2"))
            try await Command.succeed([program, "down"] + lab)
        }

        @Test("from bare hosts to a whole cluster: every step of the way holds")
        func seed() async throws {
            struct Step: Decodable {
                let chapter, step, seen: String
                let holds: Bool
            }
            let result = try await Command.run([program, "seed", "--json"], within: .seconds(100))
            let steps = try JSONDecoder().decode([Step].self, from: Data(result.output.utf8))
            for step in steps { #expect(step.holds, "\(step.chapter), \(step.step): \(step.seen)") }
            #expect(steps.count > 40 && Set(steps.map(\.chapter)).count == 9)
            #expect(result.status == .exited(0), "\(result.errors)")
        }

        @Test("Ctrl-C reaches a command in the shell")
        func shellSignals() async throws {
            let name = LabName.unique()
            try await Command.succeed([program, "up", "--name", "\(name)"])
            let status = try await Command.succeed(
                [program, "shell", "--name", "\(name)", "client", "cat", "/proc/self/status"])
            #expect(status.output.contains("SigBlk:\t0000000000000000"))
            try await Command.succeed([program, "down", "--name", "\(name)"])
        }

        @Test("the demo says which program it lacks")
        func programMissing() async throws {
            let result = try await Command.run([program, "demo", "--bin-dir", "/nowhere"])
            #expect(result.status == .exited(1))
            #expect(result.errors.contains("there is no program /nowhere/lvsdrd"))
        }

        @Test("the demo says why the daemon ended, and leaves nothing")
        func daemonEnds() async throws {
            try await withDemo(daemon: "echo 'eth9 is not there' >&2; exit 78") { demo, name in
                #expect(try await demo.ended(within: .seconds(20)) == .exited(1))
                let errors = try demo.errors()
                #expect(
                    errors.contains("lvsdrd ended with status 78; it wrote:\n  eth9 is not there"))
                #expect(Traces(of: name) == .none)
            }
        }

        @Test("an interrupted demo leaves nothing", arguments: [SIGINT, SIGTERM, SIGHUP])
        func interrupt(_ signal: Int32) async throws {
            try await withDemo(daemon: "echo $$; exec sleep 600") { demo, name in
                let daemon = try await daemonProcess(of: name)
                demo.send(signal: signal)
                #expect(try await demo.ended(within: .seconds(20)) == .exited(130))
                #expect(!isRunning(daemon))
                #expect(Traces(of: name) == .none)
            }
        }

        @Test("the processes of a killed demo go with it, and the next lab removes the rest")
        func kill() async throws {
            try await withDemo(daemon: "echo $$; exec sleep 600") { demo, name in
                let daemon = try await daemonProcess(of: name)
                let server = try Files.read("/run/lvsdr-lab/\(name)/web1/nginx.pid", limit: 16)
                let nginx = try #require(Int32(server.dropLast()))
                #expect(isRunning(daemon) && isRunning(nginx))
                demo.send(signal: SIGKILL)
                #expect(try await demo.ended(within: .seconds(20)) == .killed(signal: SIGKILL))
                let gone = try await eventually(within: .seconds(5)) {
                    !isRunning(daemon) && !isRunning(nginx)
                }
                #expect(gone)
                try await withNetwork { _ in #expect(Traces(of: name) == .none) }
            }
        }

        /// Runs the demo with a script in the place of the daemon.
        private func withDemo(
            daemon script: String, _ body: (RunningProcess, LabName) async throws -> Void
        ) async throws {
            let name = LabName.unique()
            try await withTemporaryFolder { folder in
                for (program, content) in [("lvsdrd", script), ("lvsdr", "exit 0")] {
                    try Files.write("#!/bin/sh\n\(content)\n", to: "\(folder)/\(program)")
                    try await Command.succeed(["chmod", "+x", "\(folder)/\(program)"])
                }
                let demo = try await RunningProcess.start(
                    [program, "demo", "--name", "\(name)", "--bin-dir", folder], label: "demo",
                    folder: folder, grace: .seconds(10))
                do {
                    try await body(demo, name)
                } catch {
                    await demo.terminate()
                    throw error
                }
                await demo.terminate()
            }
        }

        /// Waits until the demo has started its daemon, which says its number.
        private func daemonProcess(of name: LabName) async throws -> Int32 {
            let path = "/run/lvsdr-lab/\(name)/director/lvsdrd.out"
            var text = ""
            try await eventually(within: .seconds(20)) {
                text = (try? Files.read(path, limit: 64)) ?? ""
                return text.hasSuffix("\n")
            }
            return try #require(Int32(text.dropLast()))
        }
    }
}
