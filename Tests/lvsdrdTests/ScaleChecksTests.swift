// SPDX-License-Identifier: Apache-2.0

import ControlMessages
import Foundation
import LVSModel
import Lab
import Testing

extension InLab {
    @Suite struct ScaleChecksTests {
        private static let services = isMeasured ? 500 : 100
        private static let checks = 10 * services
        /// Seconds that are measured; each check is made in 2.
        private static let time = isMeasured ? 10 : 6

        /// nginx at port 8080 of every address that the host has.
        private func serve(_ network: Network, on host: HostName) async throws {
            let folder = network.folder(of: host)
            let configuration = """
                user root;
                pid checks.pid;
                events { worker_connections 4000; }
                http {
                    access_log off;
                    server { listen 8080 backlog=4096; location / { return 200 "well\\n"; } }
                }

                """
            try configuration.write(
                toFile: "\(folder)/checks.conf", atomically: true, encoding: .utf8)
            // What is routed to lo is the host's own: the VIPs.
            try await network.shell(host, "ip route add local 10.8.0.0/16 dev lo")
            _ = try await network.start(
                on: host,
                [
                    "nginx", "-p", folder, "-c", "checks.conf", "-e", "stderr", "-g",
                    "daemon off; master_process off;",
                ], label: "checks")
        }

        private func settings(_ network: Network, _ kind: CheckKind) -> DirectorSettings {
            var settings = network.topology.settings(
                runtimeDirectory: network.folder(of: .director))
            settings.services = (0..<UInt32(Self.services)).map { number in
                var service = LargeConfiguration.service(number)
                service.check = HealthCheck(
                    kind: kind, port: 8_080, interval: 2_000, timeout: 2_000)
                return service
            }
            return settings
        }

        /// How many checks have passed, and failed.
        private func results(
            _ daemon: DirectorDaemon, _ network: Network
        ) async throws -> (passed: Int, failed: Int) {
            let line = """
                curl -sS -f --unix-socket \(daemon.socketPath) http://x/metrics \
                | awk '/^lvsdr_real_server_checks_total.*passed/ { p += $NF } \
                /^lvsdr_real_server_checks_total.*failed/ { f += $NF } END { print p + 0, f + 0 }'
                """
            let numbers = try await network.shell(.director, line).split(
                whereSeparator: \.isWhitespace)
            try #require(numbers.count == 2)
            return (Int(numbers[0]) ?? 0, Int(numbers[1]) ?? 0)
        }

        @Test(
            "thousands of checks every 2 s are made in time", .timeLimit(.minutes(3)),
            arguments: [CheckKind.tcp, .http(HTTPCheck())])
        func checks(_ kind: CheckKind) async throws {
            try await withNetwork { network in
                try await LargeConfiguration.prepare(network)
                try await serve(network, on: .web(1))
                try await serve(network, on: .web(2))
                let daemon = try await DirectorDaemon.start(
                    in: network, programs: measuredPrograms(), settings: settings(network, kind))
                try #require(
                    try await eventually(within: .seconds(60), every: .milliseconds(500)) {
                        () throws(LabError) in
                        let up = try await network.run(
                            on: .director,
                            [
                                "sh", "-c",
                                "curl -s --unix-socket \(daemon.socketPath) http://x/metrics "
                                    + "| grep -c '^lvsdr_real_server_up.* 1$'",
                            ])
                        return up.output == "\(Self.checks)\n"
                    })
                let before = try await results(daemon, network)
                let cost = try await cost(to: daemon.process.pid) {
                    try await Task.sleep(for: .seconds(Self.time))
                }
                let after = try await results(daemon, network)
                let made = after.passed - before.passed
                let cores = (cost.processor / cost.time * 1_000).rounded() / 1_000
                print("\(kind.name), \(made) checks in \(cost.time) s: \(cores) of a core")
                // The measure is a release build's; the other bounds are for seeing a landslide.
                let due = Self.checks * Self.time / 2
                #expect(made >= (isMeasured ? due : due / 2))
                #expect(after.failed - before.failed <= (isMeasured ? 0 : made / 1_000))
                #expect(cores < (isMeasured && kind == .tcp ? 0.5 : 1.5))
            }
        }
    }
}
