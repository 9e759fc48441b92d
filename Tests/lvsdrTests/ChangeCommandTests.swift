// SPDX-License-Identifier: Apache-2.0

import ControlTesting
import LVSConfiguration
import LVSModel
import Testing

@testable import lvsdr

@Suite("The commands that change a director")
struct ChangeCommandTests {
    private func lvsdr(_ words: String..., socket: String) async throws -> ProgramResult {
        try await run(["env", try built("lvsdr")] + words + ["--socket", socket])
    }

    @Test("what a change becomes is what the director is asked, and its answer is shown")
    func changes() async throws {
        try await withDirector { socket in
            let rows: [([String], String)] = [
                (["real", "weight", "192.168.142.100:80", "192.168.142.5", "3"], "in force"),
                (["service", "add", "[fd00::1]:53/udp", "--scheduler", "mh"], "in force"),
                (["reload", "--check", "--exact"], "a reload: 1 change\n  would: exact\n"),
                (["save"], "saved to /etc/lvsdr/lvsdr.yaml\n"),
                (["standby"], "standby\n"), (["activate"], "active\n"),
                (["log-level"], "info\n"), (["log-level", "debug"], "debug\n"),
                (["log-level", "--json"], "{\"level\":\"debug\"}\n"),
            ]
            for (words, expected) in rows {
                let result = try await run(
                    ["env", try built("lvsdr")] + words + ["--socket", socket])
                #expect(result.status == 0, "\(words): \(result.errors)")
                #expect(result.output.contains(expected), "\(words): \(result.output)")
            }
        }
    }

    @Test("diff's status says whether anything differs")
    func diff() async throws {
        try await withDirector { socket in
            let result = try await lvsdr("diff", socket: socket)
            #expect(result.status == 2)
            #expect(result.output == "weight of 192.168.142.5: 1 -> 3\n")
        }
    }

    @Test("flows and events are lines for people")
    func lines() async throws {
        try await withDirector { socket in
            let flows = try await lvsdr("flows", "--state", "FIN_WAIT", socket: socket)
            let lines = flows.output.split(separator: "\n")
            #expect(lines.count == 1 + Int(SampleDirector.flowCount) / 2)
            #expect(
                lines[1].hasPrefix("tcp    FIN_WAIT     1 s      10.0.0.1:40000 "), "\(lines[1])")
            let events = try await lvsdr("events", "--since", "2", socket: socket)
            #expect(events.output.hasPrefix("3  20"))
            let author = "alice (user 1000, process 913)"
            #expect(events.output.hasSuffix("  event 3, by \(author)\n"))
        }
    }

    @Test("what keepalived's configuration becomes is one of ours")
    func keepalived() async throws {
        try await withTemporaryDirectory { directory in
            let text = """
                include more/*.conf
                virtual_server 192.168.142.100 80 {
                  lb_kind DR
                  quorum 2
                  real_server 192.168.142.5 80 { HTTP_GET { url { path /x } } }
                  real_server 192.168.142.6 80 { TCP_CHECK }
                }
                """
            let write = """
                mkdir \(directory)/more && cat > \(directory)/k.conf <<'END' && \
                echo 'vrrp_instance V { interface bond0 }' > \(directory)/more/v.conf
                \(text)
                END
                """
            try #require(try await run(["sh", "-c", write]).status == 0)
            let result = try await run([
                "env", try built("lvsdr"), "import", "keepalived", "\(directory)/k.conf",
            ])
            try #require(result.status == 0, "\(result.errors)")
            #expect(result.output.contains("#   \(directory)/k.conf:4: quorum 2: "))
            let settings = try ConfigurationFile.parse(result.output, file: "out")
            #expect(settings.interface == "bond0")
            #expect(settings.services.first?.realServers.count == 2)
            let missing = try await run([
                "env", try built("lvsdr"), "import", "keepalived", "/nowhere.conf",
            ])
            #expect(missing.status == 66 && missing.errors.contains("/nowhere.conf"))
        }
    }
}
