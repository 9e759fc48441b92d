// SPDX-License-Identifier: Apache-2.0

import ControlMessages
import Foundation
import Glibc
import LVSModel
import Lab
import Testing

extension InLab {
    @Suite struct ReloadTests {
        private static let rounds = isMeasured ? 1_000 : 300

        /// Each flow that is established, with its real server.
        private func flows(_ daemon: DirectorDaemon) async throws -> [String: String] {
            let text = try #require(
                try await daemon.answer(to: "/v1/flows?stream=true&state=ESTABLISHED"))
            let flows = try text.split(separator: "\n").map {
                try FlowMessage(json: Array($0.utf8))
            }
            return Dictionary(
                uniqueKeysWithValues: flows.map {
                    ("\($0.client):\($0.clientPort)", $0.realServer ?? "none")
                })
        }

        /// Copies one of ten files over the configuration and has it loaded, again and again; every
        /// tenth time the counters are written down.
        private func script(_ folder: String, socket: String) -> String {
            let curl = "curl -sS -f -m 20 --unix-socket \(socket)"
            return """
                cd \(folder) && i=0
                while [ $i -lt \(Self.rounds) ]; do
                    cp file$((i % 10)) next && mv next lvsdr.yaml || exit 1
                    \(curl) -X POST http://x/v1/reload | grep -c '"inForce":true' >> reloads
                    [ $((i % 10)) -ne 0 ] || \(curl) http://x/v1/services >> services || exit 2
                    i=$((i + 1))
                done
                """
        }

        @Test("reloads lose no request, move no flow and let no counter fall, a thousand of them")
        func thousand() async throws {
            try await withDirector { network, daemon in
                let folder = network.folder(of: .director)
                for number in 0..<10 {
                    var settings = daemon.settings
                    settings.services[0].realServers[0].weight = UInt16(1 + number)
                    try network.writeDirectorConfiguration(settings)
                    try await network.shell(
                        .director, "cd \(folder) && mv lvsdr.yaml file\(number)")
                }
                // It is ended before its time.
                let wrk = try await network.start(
                    on: .client, ["wrk", "-t1", "-c8", "-d300s", "http://\(network.vip)/"],
                    label: "wrk")
                let open = try await eventually(within: .seconds(5)) { () throws(LabError) in
                    try await daemon.answer(to: "/v1/services")?.contains("\"activeFlows\":8")
                        == true
                }
                try #require(open)
                let before = try await flows(daemon)
                let start = ContinuousClock.now
                try await network.shell(
                    .director, script(folder, socket: daemon.socketPath), within: .seconds(240))
                print("\(Self.rounds) reloads: \(ContinuousClock.now - start)")
                #expect(try await flows(daemon) == before)
                wrk.send(signal: SIGINT)
                #expect(try await wrk.ended(within: .seconds(30)) == .exited(0))
                let report = try wrk.output()
                #expect(report.contains("requests in"))
                #expect(
                    !report.contains("Socket errors") && !report.contains("Non-2xx"), "\(report)")
                try check(folder)
            }
        }

        private func check(_ folder: String) throws {
            let reloads = try String(contentsOfFile: "\(folder)/reloads", encoding: .utf8)
            #expect(reloads.split(separator: "\n").count { $0 == "1" } == Self.rounds)
            let samples = try String(contentsOfFile: "\(folder)/services", encoding: .utf8)
                .split(separator: "\n").map {
                    try ServicesMessage(json: Array($0.utf8)).services[0]
                }
            #expect(samples.count == Self.rounds / 10)
            for (earlier, later) in zip(samples, samples.dropFirst()) {
                #expect(earlier.connections <= later.connections)
                #expect(earlier.packets < later.packets && earlier.bytes < later.bytes)
                for (one, other) in zip(earlier.realServers, later.realServers) {
                    #expect(one.connections <= other.connections && one.packets <= other.packets)
                }
            }
        }
    }
}
