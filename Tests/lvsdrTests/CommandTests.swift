// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import ControlMessages
import ControlTesting
import Glibc
import Testing

@testable import lvsdr

@Suite("The lvsdr command, run for real")
struct CommandTests {
    private func lvsdr(
        _ words: [String], environment: [String] = []
    ) async throws -> ProgramResult {
        try await run(["env", "-u", "LVSDR_SOCKET"] + environment + [try built("lvsdr")] + words)
    }

    @Test("status and stats end with 0 and print what the director says")
    func asks() async throws {
        try await withDirector { socket in
            let status = try await lvsdr(["status", "--socket", socket])
            #expect(status.status == 0)
            #expect(status.errors == "")
            #expect(status.output.hasPrefix("1 problem:\n  real server 192.168.142.6 of"))
            let stats = try await lvsdr(["stats", "--socket", socket])
            #expect(stats.status == 0)
            #expect(stats.output.contains("\nTCP 192.168.142.100:80"))
        }
    }

    @Test(
        "--json prints the director's bytes",
        arguments: [("status", ControlPath.status), ("stats", ControlPath.services)])
    func json(command: String, path: String) async throws {
        try await withDirector { socket in
            let answer = try await lvsdr([command, "--json", "--socket", socket])
            let curl = try await run(
                ["curl", "-sS", "--unix-socket", socket, "http://localhost\(path)"])
            #expect(answer.status == 0)
            #expect(answer.output == curl.output)
            #expect(answer.output.hasSuffix("}\n"))
        }
    }

    @Test("the environment names the socket, the option overrules it, proxies do not count")
    func environment() async throws {
        try await withDirector { socket in
            let here = ["LVSDR_SOCKET=\(socket)", "http_proxy=http://127.0.0.1:9"]
            #expect(try await lvsdr(["status"], environment: here).status == 0)
            let nowhere = ["LVSDR_SOCKET=/tmp/lvsdr-nowhere/s"]
            let answer = try await lvsdr(["status", "--socket", socket], environment: nowhere)
            #expect(answer.status == 0)
            #expect(try await lvsdr(["status"], environment: nowhere).status == 1)
        }
    }

    @Test("the table is as wide as COLUMNS says where there is no terminal")
    func columns() async throws {
        try await withDirector { socket in
            let words = ["stats", "--socket", socket]
            let wide = try await lvsdr(words, environment: ["COLUMNS=120"])
            #expect(wide.output.contains("02:00:c0:a8:8e:05"))
            let narrow = try await lvsdr(words, environment: ["COLUMNS=80"])
            #expect(!narrow.output.contains("02:00:c0:a8:8e:05"))
        }
    }

    @Test("without a director it says what to do, and ends with 1")
    func notRunning() async throws {
        let answer = try await lvsdr(["stats", "--socket", "/tmp/lvsdr-nowhere/control.sock"])
        #expect(answer.status == 1)
        #expect(answer.output == "")
        #expect(
            answer.errors == """
                lvsdr: cannot reach the director at /tmp/lvsdr-nowhere/control.sock: no such file; \
                is lvsdrd running? Start it with: systemctl start lvsdrd

                """)
    }

    @Test("who may not ask is told who may", .enabled("needs root") { getuid() == 0 })
    func permission() async throws {
        try await withDirector { socket in
            let answer = try await run([
                "setpriv", "--reuid=65534", "--regid=65534", "--clear-groups",
                try built("lvsdr"), "status", "--socket", socket,
            ])
            #expect(answer.status == 1)
            #expect(answer.errors.contains("permission denied; only root and members of"))
        }
    }

    @Test(
        "a word that it does not know ends with 64", arguments: [["moon"], ["status", "--moon"]])
    func usage(words: [String]) async throws {
        let answer = try await lvsdr(words)
        #expect(answer.status == 64)
        #expect(answer.errors.contains("Usage: lvsdr"))
    }

    @Test(
        "--version and --help answer without a director; each command has an example in its help, or in its group's"
    )
    func help() async throws {
        #expect(try await lvsdr(["--version"]).output == "0.1.0\n")
        func names(_ command: any ParsableCommand.Type) -> [[String]] {
            let name = command.configuration.commandName ?? "\(command)".lowercased()
            return [[name]]
                + command.configuration.subcommands.flatMap(names).map { [name] + $0 }
        }
        let all = names(LVSDR.self).map { Array($0.dropFirst()) + ["--help"] }
        #expect(all.count > 25)
        for words in all {
            let answer = try await lvsdr(words)
            #expect(answer.status == 0)
            let group = try await lvsdr(words.dropLast(2) + ["--help"])
            let example = "lvsdr " + words.dropLast().joined(separator: " ")
            #expect(
                answer.output.contains("EXAMPLES") || group.output.contains(example), "\(words)")
        }
    }

    @Test("stats --rate is an average over 1, 10 or 60 seconds, as text and as JSON")
    func rates() async throws {
        try await withDirector { socket in
            let here = ["--socket", socket]
            let text = try await lvsdr(["stats", "--rate", "--over", "10"] + here)
            #expect(text.output.contains("conns/s"))
            #expect(text.output.contains("On the average of the last 10 seconds."))
            let json = try await lvsdr(["stats", "--rate", "--over", "60", "--json"] + here)
            #expect(json.output.contains(#""over":60"#) && json.output.contains(#""rate":null"#))
            let errors = [["--over", "60"], ["--rate", "--over", "2"]]
            for words in errors {
                #expect(try await lvsdr(["stats"] + words + here).status == 64)
            }
        }
    }
}
