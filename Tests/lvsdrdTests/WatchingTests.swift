// SPDX-License-Identifier: Apache-2.0

import LVSModel
import Lab
import Testing

extension InLab {
    /// `lvsdr` as somebody uses it who watches a director.
    @Suite struct WatchingTests {
        @Test(
            "status, stats --rate and top show the traffic, the checks and a drain of a real director"
        )
        func watch() async throws {
            try await withDirector(
                Topology(),
                {
                    $0.services[0].check = HealthCheck(
                        kind: .tcp, via: .vip, interval: 200, timeout: 1_000, rise: 2, fall: 2)
                }
            ) { network, daemon in
                let end = ContinuousClock.now + .seconds(30)
                var top = ""
                repeat {
                    _ = try await network.answers(4)
                    top = try await daemon.command(["top", "--batch", "--count", "1"]).output
                    try #require(ContinuousClock.now < end, "\(top)")
                } while !Self.hasTraffic(top)
                #expect(top.contains("2 of 2 real servers up"), "\(top)")

                let rates = try await daemon.command(["stats", "--rate"]).output
                #expect(rates.contains("packets/s"))
                let service = "\(network.vip):80"
                _ = try await daemon.command([
                    "real", "drain", service, "192.168.142.5", "--within", "10m",
                ])
                let status = try await daemon.command(["status"]).output
                #expect(status.contains("Director   active, serving, up "), "\(status)")
                #expect(status.contains("tcp "), "\(status)")
                #expect(!status.contains("Traffic    n/a"), "\(status)")
            }
        }

        /// Whether any connection came in the last second.
        private static func hasTraffic(_ top: String) -> Bool {
            let figure = top.split(separator: "\n").dropFirst().first?.split(separator: " ").first
            return figure != "0" && figure != "n/a"
        }
    }
}
