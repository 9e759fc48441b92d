// SPDX-License-Identifier: Apache-2.0

import Foundation
import LVSModel
import Lab
import Testing

@Suite("What a guide shows of a command's output") struct ShownTests {
    @Test(
        "dots stand for lines and for text",
        arguments: [
            ("a\nb\nc\n", ["a", "...", "c"], true), ("a\n", ["a"], true), ("a  b\n", ["a b"], true),
            ("a\nb\n", ["a"], false), ("a\nb\n", ["a", "..."], true), ("a\n", ["..."], true),
            ("is 12 up\n", ["is ... up"], true), ("is 12 down\n", ["is ... up"], false),
            ("a\n", ["b"], false), ("", ["..."], true), ("a\n", ["...", "b"], false),
            ("a\n", [], false),
        ])
    func shown(_ output: String, _ lines: [String], _ isSo: Bool) {
        #expect(isShown(output, as: lines) == isSo)
    }
}

extension InLab {
    @Suite("The operator's guide") struct GuideTests {
        /// The hosts share their file system: what stands in /etc/lvsdr and /tmp, and what the setup
        /// of a host wrote down, is each one's own here.
        private func line(_ text: String, _ folder: String) -> String {
            var line = text.replacing("/etc/lvsdr/", with: "\(folder)/etc/")
                .replacing("/tmp/", with: "\(folder)/etc/")
                .replacing("/run/lvsdr/", with: "\(folder)/")
            for verb in ["apply", "status"] {
                for kind in ["realserver", "director"] {
                    line = line.replacing(
                        "lvsdr \(kind) \(verb)",
                        with: "lvsdr \(kind) \(verb) --record \(folder)/setup")
                }
            }
            return line
        }

        private func prepare(_ network: Network) async throws {
            for host in network.topology.hosts {
                try FileManager.default.createDirectory(
                    atPath: "\(network.folder(of: host.name))/etc",
                    withIntermediateDirectories: true)
            }
        }

        private func run(
            _ text: String, on host: Lab.Host, _ output: [String], in network: Network
        ) async throws {
            let folder = network.folder(of: host.name)
            let programs = URL(filePath: try Programs().command).deletingLastPathComponent().path
            let environment =
                "export PATH=\(programs):\(folder):$PATH LVSDR_SOCKET=\(folder)/control.sock"
            let result = try await network.run(
                on: host.name, ["sh", "-c", "\(environment); \(line(text, folder))"],
                within: .seconds(30))
            let found = (result.output + result.errors).replacingOccurrences(
                of: "\(folder)/etc/", with: "/etc/lvsdr/")
            let note = host.name.text + ": " + text + ": " + found
            #expect(result.status.isSuccess, "\(note)")
            #expect(isShown(found, as: output), "\(note)")
        }

        @Test("each command in it does what it says, one after the other")
        func commands() async throws {
            let guide = URL(filePath: #filePath).deletingLastPathComponent()
                .deletingLastPathComponent().deletingLastPathComponent().appending(
                    path: "docs/guide.md")
            let steps = GuideStep.steps(in: try String(contentsOf: guide, encoding: .utf8))
            try #require(steps.count > 30)
            try await withNetwork(Topology(outside: true, bare: true)) { network in
                try await prepare(network)
                for step in steps { try await take(step, in: network) }
            }
        }

        private func take(_ step: GuideStep, in network: Network) async throws {
            let host = try #require(network.topology.hosts.first { $0.name.text == step.host })
            let folder = network.folder(of: host.name)
            switch step {
            case .file(_, let path, let text):
                // The lab's daemon has its sockets in a folder of its own.
                let own = text.replacing(
                    "interface: eth0\n", with: "interface: eth0\nruntime-directory: \(folder)\n")
                try own.write(toFile: line(path, folder), atomically: true, encoding: .utf8)
            case .start:
                try await start(on: host, in: network, file: "\(folder)/etc/lvsdr.yaml")
            case .command(_, let text, let output):
                try await run(text, on: host, output, in: network)
            }
        }

        private func start(on host: Lab.Host, in network: Network, file: String) async throws {
            let daemon = try await network.start(
                on: host.name, [try Programs().daemon, "--config", file], label: "lvsdrd")
            let up = try await eventually(within: .seconds(15)) { () throws(LabError) in
                let command =
                    "curl -sS --unix-socket \(network.folder(of: host.name))/control.sock http://x/v1/services"
                let answer = try await network.run(on: host.name, ["sh", "-c", command])
                return answer.output.components(separatedBy: "\"health\":\"up\"").count == 3
            }
            let errors = try daemon.errors()
            try #require(up, "\(errors)")
        }
    }
}
