// SPDX-License-Identifier: Apache-2.0

import ControlMessages
import Foundation
import Glibc
import LVSModel
import Lab
import Testing

extension InLab {
    @Suite("Flows that the XDP program begins") struct OpeningTests {
        @Test(
            "with a connection for each request none is lost, and each flow counts once",
            arguments: [1, 2])
        func connections(workers: Int) async throws {
            try await withNetwork(Topology(xdp: true)) { network in
                let daemon = try await network.startDirector {
                    $0.acceleration = .on
                    $0.services[0].scheduler = .maglev
                    $0.workers = workers
                }
                try await daemon.waitUntilServing()
                let report = try await network.shell(
                    .client,
                    """
                    nstat -n
                    wrk -t2 -c32 -d2s -H 'Connection: close' http://\(network.vip)/
                    nstat -z TcpActiveOpens
                    """, within: .seconds(20))
                #expect(!report.contains("Socket errors"), "\(report)")
                let service = try await daemon.services()[0]
                // A client uses its ports again, whose flows are still there; of those that it has
                // reset it begins new ones.
                let flows = service.realServers.map { Int($0.activeFlows + $0.inactiveFlows) }
                #expect((0..<100).contains(Int(service.connections) - flows.reduce(0, +)))
                #expect(service.connections == (try await daemon.frames("scheduled")))
                let status = try await daemon.status()
                func exits(_ verdict: String) -> UInt64 {
                    status.exits.filter { $0.verdict == verdict }.map(\.frames).reduce(0, +)
                }
                #expect((exits("TX"), exits("DROP")) == (service.packets, 0))
                // The workers had each FIN and the ACK after it, but not each SYN.
                let opened = try #require(report.firstMatch(of: /TcpActiveOpens\s+(\d+)/)?.1)
                let connections = try #require(UInt64(opened))
                #expect(status.sent.frames < connections * 29 / 10, "\(report)")
            }
        }

        @Test("no connection fails when the director is killed in the midst of that")
        func killed() async throws {
            try await withNetwork(Topology(xdp: true)) { network in
                var daemon = try await network.startDirector {
                    $0.acceleration = .on
                    $0.services[0].scheduler = .maglev
                }
                try await daemon.waitUntilServing()
                let load = try await network.start(
                    on: .client,
                    ["wrk", "-t2", "-c32", "-d10s", "--timeout", "5s", "-H", "Connection: close"]
                        + ["http://\(network.vip)/"], label: "wrk")
                for _ in 0..<3 {
                    let director = daemon
                    let isBusy = try await eventually(within: .seconds(5)) {
                        (try? await director.frames("scheduled")) ?? 0 > 500
                    }
                    #expect(isBusy)
                    try await daemon.end(by: SIGKILL)
                    daemon = try await DirectorDaemon.start(
                        in: network, programs: Programs(), settings: daemon.settings)
                    try await daemon.waitUntilServing()
                }
                #expect(try await load.ended(within: .seconds(20)) == .exited(0))
                let report = try load.output()
                #expect(report.contains("requests in") && !report.contains("errors"), "\(report)")
                #expect(try await daemon.frames("reset-no-flow") == 0)
            }
        }
    }
}
