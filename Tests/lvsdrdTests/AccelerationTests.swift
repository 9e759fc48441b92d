// SPDX-License-Identifier: Apache-2.0

import ControlMessages
import Foundation
import LVSModel
import Lab
import Testing

/// A lab in which the XDP program can run: frames are single ones with their checksums, and what is
/// redirected to the director's own interface is taken at its other end.
private func withAcceleration<Value: Sendable>(
    _ change: @Sendable (inout DirectorSettings) -> Void = { _ in },
    _ body: (Network, DirectorDaemon) async throws -> Value
) async throws -> Value {
    try await withNetwork(Topology(xdp: true)) { network in
        let daemon = try await network.startDirector(change)
        try await daemon.waitUntilServing()
        return try await body(network, daemon)
    }
}

extension Network {
    /// Requests over connections that stay, for a while.
    fileprivate nonisolated func load(_ seconds: Int, to url: String) async throws -> String {
        try await shell(
            .client, "wrk -t1 -c8 -d\(seconds)s '\(url)'", within: .seconds(seconds + 15))
    }
}

private func isClean(_ report: String) -> Bool {
    report.contains("requests in") && !report.contains("Socket errors")
        && !report.contains("Non-2xx")
}

/// An object with a program that lets everything pass.
let foreign = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent()
    .appending(path: "Sources/CDataPlane/bpf/accelerate.bpf.o").path

extension InLab {
    @Suite("Acceleration", .enabled(if: isAccelerated || !isByXDP)) struct AccelerationTests {
        @Test(
            "the XDP program sends what is decided, and the figures are as ever",
            arguments: [.rr, .maglev] as [Scheduler])
        func figures(_ scheduler: Scheduler) async throws {
            try await withAcceleration {
                $0.services[0].scheduler = scheduler
            } _: { network, daemon in
                #expect(try await network.answers(4).count == 4)
                let before = try await network.counters(of: .client)
                let report = try await network.load(2, to: "http://\(network.vip)/")
                #expect(isClean(report), "\(report)")
                let passed = try await network.counters(of: .client) - before
                let status = try await daemon.status()
                #expect(status.problems == [])
                let services = try #require(status.acceleration)
                let expected: (UInt32, UInt32) = scheduler == .rr ? (0, 1) : (1, 0)
                #expect((services.bySlots, services.byLines) == expected)
                // All but the SYNs and FINs, and each once.
                #expect(status.sent.accelerated > passed.sentPackets * 9 / 10)
                let service = try await daemon.services()[0]
                let reals = service.realServers
                #expect(service.packets == reals.map(\.packets).reduce(0, +))
                #expect(service.bytes == reals.map(\.bytes).reduce(0, +))
                let exits = status.exits.filter { $0.verdict == "TX" }.map(\.frames).reduce(0, +)
                #expect(exits == service.packets)
                #expect(service.packets > status.sent.accelerated)
                // 14 bytes of Ethernet a frame.
                let bytes = passed.sentBytes - 14 * passed.sentPackets
                #expect(abs(Int(service.bytes) - Int(bytes)) < 16_384)
                let text = try await daemon.command(["stats"]).output
                #expect(text.contains("more by the XDP program"))
            }
        }

        @Test("IPv6 too")
        func ipv6() async throws {
            try await withAcceleration {
                $0.services = [Topology().service6]
            } _: { network, daemon in
                let report = try await network.load(2, to: "http://[\(network.topology.vip6)]/")
                #expect(isClean(report), "\(report)")
                #expect(try await daemon.status().sent.accelerated > 1_000)
            }
        }

        @Test("what is disabled gets no frame more, and a changed MAC address is followed")
        func followed() async throws {
            try await withAcceleration { network, daemon in
                let wrk = try await network.start(
                    on: .client, ["wrk", "-t1", "-c8", "-d30s", "http://\(network.vip)/"],
                    label: "wrk")
                let runs = try await eventually(within: .seconds(5)) { () throws(LabError) in
                    try await daemon.answer(to: "/v1/services")?.contains("\"activeFlows\":4")
                        == true
                }
                try #require(runs)
                let down = try await daemon.command(
                    ["real", "disable", "\(network.vip):80", "192.168.142.5"])
                #expect(down.status.isSuccess, "\(down.errors)")
                // The answer came when it was in force.
                try await Task.sleep(for: .milliseconds(10))
                let before = try await network.counters(of: .web(1))
                try await Task.sleep(for: .milliseconds(500))
                let after = try await network.counters(of: .web(1))
                // Checks, ARP and the like.
                #expect((after - before).receivedPackets < 10)
                let accelerated = try await daemon.status().sent.accelerated
                try await network.shell(.web(2), "ip link set dev eth0 address 02:00:00:00:00:99")
                try await network.shell(.web(2), "arping -c 1 -A -I eth0 192.168.142.6; true")
                let goesOn = try await eventually(within: .seconds(5)) { () throws(LabError) in
                    (try? await daemon.status().sent.accelerated) ?? 0 > accelerated + 10_000
                }
                #expect(goesOn)
                wrk.send(signal: SIGINT)
                _ = try await wrk.ended(within: .seconds(10))
            }
        }

        @Test(
            "after kill -9 every connection goes on, with acceleration and without",
            arguments: [(Acceleration.on, Acceleration.on), (.on, .off), (.off, .on)])
        func crash(_ before: Acceleration, _ after: Acceleration) async throws {
            try await withAcceleration {
                $0.acceleration = before
            } _: { network, daemon in
                let second = try await network.downloadOverCrash(of: daemon) {
                    $0.acceleration = after
                }
                let log = try second.process.errors()
                #expect(log.contains("of an earlier run will go on"))
                // The download may have been acknowledged before.
                #expect(try await network.answers(2).count == 2)
                let accelerated = try await eventually(within: .seconds(after == .on ? 5 : 1)) {
                    () throws(LabError) in
                    (try? await second.status().sent.accelerated) ?? 0 > 0
                }
                #expect(accelerated == (after == .on), "\(log)")
            }
        }

        @Test("a damaged flow table in the kernel is given up with a warning, and another one made")
        func damaged() async throws {
            try await withAcceleration { network, daemon in
                _ = try await network.answers(2)
                try await daemon.end(by: SIGKILL)
                let pin = daemon.settings.flowPin
                try damageFlowTable(pinnedAt: pin)
                let next = try await network.startDirector()
                try await next.waitUntilServing()
                let log = try next.process.errors()
                #expect(log.contains("\(pin) can not be trusted, for"), "\(log)")
                #expect(try await next.status().problems == [])
                #expect(Set(try await network.answers(2)) == ["111111", "222222"])
                #expect(try await next.frames("scheduled") == 2)
                try await next.end(by: SIGKILL)
                let last = try await network.startDirector()
                try await last.waitUntilServing()
                #expect(try last.process.errors().contains("2 flows of an earlier run"))
            }
        }

        @Test("a capture sees every frame, for the program waits meanwhile")
        func capture() async throws {
            try await withAcceleration { network, daemon in
                let capture = Task {
                    try await daemon.command(["capture", "--count", "200"])
                }
                let report = try await network.load(3, to: "http://\(network.vip)/")
                #expect(isClean(report), "\(report)")
                let seen = try await capture.value
                let lines = seen.output.split(separator: "\n")
                #expect(lines.count { $0.contains("TX       flow ") } > 100, "\(seen)")
            }
        }

        @Test(
            "another's XDP program, and tags that are taken off, leave it to AF_PACKET, and it says so",
            arguments: [
                ("ethtool -K eth0 rxvlan on", "ethtool -K eth0 rxvlan off"),
                ("ip link set dev eth0 xdpdrv obj \(foreign) program lvsdr_egress", "ip link show"),
            ])
        func refused(_ preparation: String, _ remedy: String) async throws {
            try await withNetwork(Topology(xdp: true)) { network in
                try await network.shell(.director, preparation)
                let daemon = try await network.startDirector()
                try await daemon.waitUntilServing()
                let problem = try #require(try await daemon.status().problems.first)
                #expect(problem.contains(remedy), "\(problem)")
                #expect(Set(try await network.answers(2)) == ["111111", "222222"])
                #expect(try await daemon.status().sent.accelerated == 0)
            }
        }
    }
}
