// SPDX-License-Identifier: Apache-2.0

import ControlMessages
import ControlTesting
import FoundationEssentials
import Testing

@testable import lvsdr

@Suite("lvsdr replay, run for real")
struct ReplayTests {
    private static let captures = URL(filePath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "DataPlaneTests/Captures")
    private static let seed = captures.appending(path: "seed.pcap").path

    private static let configuration = """
        interface: eth0
        services:
          - address: 192.168.142.100
            port: 80
            scheduler: rr
            real-servers:
              - address: 192.168.142.5
              - address: 192.168.142.6

        """

    private static let rules = """
        -A -t 192.168.142.100:80 -s rr
        -a -t 192.168.142.100:80 -r 192.168.142.5:80 -g -w 1
        -a -t 192.168.142.100:80 -r 192.168.142.6:80 -g -w 1

        """

    private static let director = ["--director-mac", "02:00:00:00:00:04"]
    private static let network =
        director + [
            "--real", "192.168.142.5=02:00:00:00:00:05", "--real",
            "192.168.142.6=02:00:00:00:00:06",
        ]

    /// Paths of files in a folder of the test's own, by name.
    private func withFiles<Result>(
        _ files: [String: Data] = [:], _ body: ((String) -> String) async throws -> Result
    ) async throws -> Result {
        let folder = FileManager.default.temporaryDirectory
            .appending(path: "lvsdr-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let own = ["seed.yaml": Data(Self.configuration.utf8), "seed.rules": Data(Self.rules.utf8)]
        for (name, content) in own.merging(files, uniquingKeysWith: { $1 }) {
            try content.write(to: folder.appending(path: name))
        }
        return try await body { folder.appending(path: $0).path }
    }

    private func replay(_ words: [String]) async throws -> ProgramResult {
        try await run(["env", try built("lvsdr"), "replay"] + words)
    }

    /// Verdict, reason and real server of each frame, as the data plane's own record has them.
    private func recorded() throws -> [String] {
        let text = try String(
            contentsOf: Self.captures.appending(path: "seed.outcomes"), encoding: .utf8)
        return text.split(separator: "\n").map { line in
            let words = line.split(separator: " ")
            let real = words.count > 2 ? " 192.168.142\(words[2]):80" : ""
            return "\(words[0]) \(words[1])\(real)"
        }
    }

    @Test(
        "the seed's configuration and the seed's ipvsadm rules give what is on record",
        arguments: [["--config", "seed.yaml"], ["--ipvsadm", "seed.rules"]])
    func golden(source: [String]) async throws {
        try await withFiles { path in
            let answer = try await replay(
                [source[0], path(source[1]), "--in", Self.seed, "--out", path("sent.pcap")]
                    + Self.network)
            #expect(answer.errors == "")
            #expect(answer.status == 0)
            let lines = answer.output.split(separator: "\n", omittingEmptySubsequences: false)
            let frames = lines.dropFirst().prefix { !$0.isEmpty }
            let words = frames.map { $0.split(separator: " ") }
            #expect(words.map { $0[0] } == (1...frames.count).map { "\($0)" })
            #expect(words.first?[1] == "0.000")
            #expect(words.last?[1] == "1.136")
            #expect(
                try words.map { $0.dropFirst(2).joined(separator: " ") } == recorded())
            #expect(
                lines.contains(
                    "TCP 192.168.142.100:80  rr                2       12    798       0         2")
            )
            let sent = try Data(contentsOf: URL(filePath: path("sent.pcap")))
            #expect(
                try sent == Data(contentsOf: Self.captures.appending(path: "seed.sent.pcap")))
        }
    }

    private struct FrameLine: Decodable {
        var frame: Int
        var time: Double
        var verdict: String
        var reason: String
        var service: String?
        var realServer: String?
    }

    @Test("--json prints an object a line, the totals last")
    func json() async throws {
        try await withFiles { path in
            let answer = try await replay(
                ["--json", "--config", path("seed.yaml"), "--in", Self.seed] + Self.network)
            #expect(answer.status == 0)
            let lines = answer.output.split(separator: "\n")
            let frames = try lines.dropLast().map {
                try JSONDecoder().decode(FrameLine.self, from: Data($0.utf8))
            }
            #expect(frames.map(\.frame) == Array(1...20))
            #expect(frames[0].realServer == nil)
            #expect(frames[2].realServer == "192.168.142.6")
            #expect(frames[2].service == "TCP 192.168.142.100:80")
            #expect(frames[2].time == 0.041)
            let totals = try ReplayMessage(json: Array(try #require(lines.last).utf8)).totals
            #expect(totals.frames == 20)
            #expect(totals.time == 1.136)
            #expect(totals.exits.reduce(0) { $0 + $1.frames } == 20)
            #expect(totals.services.first?.realServers.map(\.connections) == [1, 1])
        }
    }

    @Test("a real server without --real is down, and a --real that nothing asks for is warned of")
    func down() async throws {
        try await withFiles { path in
            let answer = try await replay(
                ["--config", path("seed.yaml"), "--in", Self.seed] + Self.director
                    + ["--real", "192.168.142.5=02:00:00:00:00:05", "10.0.0.9=02:00:00:00:00:09"])
            #expect(answer.status == 0)
            #expect(!answer.output.contains("192.168.142.6:80\n"))
            #expect(answer.output.contains("-> 192.168.142.6:80   down  weight 1"))
            #expect(
                answer.errors
                    == "lvsdr: warning: 10.0.0.9 is no real server of the configuration\n")
        }
    }

    @Test("a broken capture is replayed as far as it goes, and ends with 65")
    func broken() async throws {
        let seed = try Data(contentsOf: URL(filePath: Self.seed))
        let files = ["torn.pcap": seed.dropLast(10), "text.pcap": Data("no capture".utf8)]
        try await withFiles(files) { path in
            let words = ["--config", path("seed.yaml")] + Self.network
            let torn = try await replay(words + ["--in", path("torn.pcap")])
            #expect(torn.status == 65)
            #expect(torn.errors == "lvsdr: the capture ends within a frame after 19 frames\n")
            #expect(torn.output.contains("\n19 frames in 1.136 s, "))
            let text = try await replay(words + ["--in", path("text.pcap")])
            #expect(text.status == 65)
            #expect(text.output == "")
            #expect(text.errors.contains("text.pcap is no capture of Ethernet frames"))
        }
    }

    @Test("no capture ends with 66, an output that can not be made with 73, a full one with 74")
    func files() async throws {
        try await withFiles { path in
            let words = ["--config", path("seed.yaml")] + Self.network
            let none = try await replay(words + ["--in", path("absent.pcap")])
            #expect(none.status == 66)
            #expect(none.errors.contains("absent.pcap"))
            let folder = try await replay(
                words + ["--in", Self.seed, "--out", path("absent/out.pcap")])
            #expect(folder.status == 73)
            let full = try await replay(words + ["--in", Self.seed, "--out", "/dev/full"])
            #expect(full.status == 74)
            #expect(
                full.errors
                    == "lvsdr: the frames sent can not be written: No space left on device\n")
        }
    }

    @Test("a configuration that can not be followed ends with 78 and all its errors")
    func configuration() async throws {
        let files = ["bad.yaml": Data("moon: 1".utf8), "bad.rules": Data("-C\n-A -f 1\n".utf8)]
        try await withFiles(files) { path in
            let words = ["--in", Self.seed] + Self.network
            let yaml = try await replay(words + ["--config", path("bad.yaml")])
            #expect(yaml.status == 78)
            #expect(yaml.errors.contains("bad.yaml:1:1: unknown key \"moon\""))
            let rules = try await replay(words + ["--ipvsadm", path("bad.rules")])
            #expect(rules.status == 78)
            #expect(rules.errors.contains("bad.rules:1:1: -C is no rule"))
            #expect(rules.errors.contains("bad.rules:2:4: -f: a firewall mark"))
            #expect(try await replay(words + ["--ipvsadm", path("absent")]).status == 78)
        }
    }

    @Test(
        "what is not understood ends with 64",
        arguments: [
            ["--in", "x"] + director,
            ["--in", "x", "--config", "x", "--ipvsadm", "x"] + director,
            ["--in", "-", "--ipvsadm", "-"] + director,
            ["--in", "x", "--config", "x", "--director-mac", "01:00:5e:00:00:01"],
            ["--in", "x", "--config", "x", "--real", "10.0.0.1"] + director,
            ["--in", "x", "--config", "x"] + network
                + ["--real", "192.168.142.5=02:00:00:00:00:07"],
        ])
    func usage(words: [String]) async throws {
        let answer = try await replay(words)
        #expect(answer.status == 64)
        #expect(answer.output == "")
    }

    @Test("--help shows how")
    func help() async throws {
        let answer = try await replay(["--help"])
        #expect(answer.status == 0)
        #expect(answer.output.contains("EXAMPLES"))
    }
}
