// SPDX-License-Identifier: Apache-2.0

import ControlMessages
import Foundation
import LVSModel
import Lab
import Testing

/// A director that takes its frames by AF_XDP.
private func withXDPPort<Value: Sendable>(
    _ topology: Topology = Topology(xdp: true), acceleration: Acceleration = .off,
    _ change: @Sendable (inout DirectorSettings) -> Void = { _ in },
    _ body: (Network, DirectorDaemon) async throws -> Value
) async throws -> Value {
    try await withDirector(topology) {
        $0.port = .xdp
        $0.acceleration = acceleration
        change(&$0)
    } _: { network, daemon in
        let status = try await daemon.status()
        #expect(status.problems == [])
        #expect(status.port == "xdp-copy")
        return try await body(network, daemon)
    }
}

extension Network {
    /// Requests over connections that stay, and nothing else than answers to them.
    fileprivate nonisolated func load(to vip: String) async throws {
        let report = try await shell(.client, "wrk -t1 -c8 -d1s 'http://\(vip)/'")
        #expect(report.contains("requests in"), "\(report)")
        #expect(!report.contains("Socket errors") && !report.contains("Non-2xx"), "\(report)")
    }
}

extension InLab {
    @Suite("AF_XDP") struct XDPPortTests {
        @Test(
            "IPv4 and IPv6 are served, alone and behind the XDP program",
            arguments: [
                Acceleration.off, .on,
            ])
        func serves(acceleration: Acceleration) async throws {
            try await withXDPPort(acceleration: acceleration) {
                $0.services.append(Topology().service6)
            } _: { network, daemon in
                #expect(Set(try await network.answers(4)) == ["111111", "222222"])
                try await network.load(to: network.vip)
                try await network.load(to: "[\(network.topology.vip6)]")
                let status = try await daemon.status()
                #expect((status.sent.accelerated > 1_000) == (acceleration == .on))
                #expect(status.sent.frames > (acceleration == .on ? 20 : 1_000))
                #expect(status.sent.failures == 0)
                #expect(status.ring.drops == 0)
                // All that is taken is ours.
                let passed = status.exits.filter { $0.verdict == "PASS" && $0.frames > 0 }
                #expect(passed.isEmpty, "\(passed)")
            }
        }

        @Test(
            "ARP, neighbour solicitations and pings for the VIPs are answered; its own traffic is the host's"
        )
        func host() async throws {
            try await withXDPPort {
                $0.services.append(Topology().service6)
                $0.metrics = SocketAddress(address: Topology()[.director].address, port: 9_707)
            } _: { network, daemon in
                let director = network.topology[.director]
                try await network.shell(.client, "arping -c 1 -w 5 -I eth0 \(network.vip)")
                for address in [network.topology.vip, network.topology.vip6, director.address] {
                    try await network.shell(.client, "ping -c 2 -i 0.2 -W 2 \(address)")
                }
                #expect(try await daemon.frames("echo-reply") == 4)
                #expect(try await daemon.frames("arp-reply") > 0)
                #expect(try await daemon.frames("neighbour-reply") > 0)
                let figures = "curl -sS -f -m 5 http://\(director.address):9707/metrics"
                #expect(try await network.shell(.client, figures).contains("lvsdr_sent_frames"))
                // A closed port of a VIP is refused by it.
                let refused = "curl -m 5 http://\(network.vip):81/ 2>&1; test $? = 7"
                try await network.shell(.client, refused)
                #expect(try await daemon.frames("reset-no-service") > 0)
            }
        }

        @Test("fragments follow their first, whatever comes before it")
        func fragments() async throws {
            try await withXDPPort {
                var service = $0.services[0]
                service.address = ServiceAddress(
                    address: Topology().vip, port: 9, transport: .udp)
                $0.services.append(service)
            } _: { network, daemon in
                let web = try await Capture.start(
                    in: network, on: .web(2), "dst host \(network.vip) and udp", direction: "in")
                let send = "head -c 4000 /dev/zero > /dev/udp/\(network.vip)/9"
                try await network.shell(.client, "bash -c '\(send); \(send); \(send); \(send)'")
                // Three frames each, at both real servers in turn.
                #expect(try await web.frames(atLeast: 6).count == 6)
                #expect(try await daemon.frames("fragment") == 8)
            }
        }

        @Test(
            "after kill -9 and a new start every connection goes on",
            arguments: [
                Acceleration.off, .on,
            ])
        func crash(acceleration: Acceleration) async throws {
            try await withXDPPort(acceleration: acceleration) { network, daemon in
                let second = try await network.downloadOverCrash(of: daemon)
                #expect(try await second.status().port == "xdp-copy")
            }
        }

        @Test(
            "a worker has each queue, and real servers behind the other interface are served",
            arguments: [1, 2])
        func twoArms(queues: Int) async throws {
            try await withNetwork(Topology(arms: .two, xdp: true)) { network in
                try await network.shell(.director, "ethtool -L eth0 rx \(queues)")
                // The kernel spreads flows over the queues that the other end of the cable sends by.
                try await network.shell(.switch, "ethtool -L director-eth0 tx \(queues)")
                let daemon = try await network.startDirector {
                    $0.port = .xdp
                    $0.acceleration = .off
                }
                try await daemon.waitUntilServing()
                try await network.load(to: network.vip)
                #expect(try await daemon.status().port == "xdp-copy")
                #expect(try await daemon.realServer(0).interface == "eth1")
                let tasks = "cat /proc/\(daemon.process.pid)/task/*/comm"
                let workers = try await network.shell(.director, tasks).split(separator: "\n")
                #expect(workers.count { $0.hasPrefix("lvsdr-worker") } == queues)
                // The other interface has one queue, which one worker has.
                let log = try daemon.process.errors()
                #expect(log.contains("go out by AF_PACKET") == (queues > 1), "\(log)")
            }
        }

        @Test(
            "what forbids it leaves it to AF_PACKET, and status says why",
            arguments: [
                ("ethtool -K eth0 rxvlan on", "ethtool -K eth0 rxvlan off"),
                ("ip link set dev eth0 xdpdrv obj \(foreign) program lvsdr_egress", "ip link show"),
            ])
        func refused(_ preparation: String, _ remedy: String) async throws {
            try await withNetwork(Topology(xdp: true)) { network in
                try await network.shell(.director, preparation)
                let daemon = try await network.startDirector {
                    $0.port = .xdp
                    $0.acceleration = .off
                }
                try await daemon.waitUntilServing()
                let status = try await daemon.status()
                #expect(status.port == "packet")
                #expect(status.problems.first?.contains(remedy) == true, "\(status.problems)")
                #expect(Set(try await network.answers(2)) == ["111111", "222222"])
            }
        }
    }
}
