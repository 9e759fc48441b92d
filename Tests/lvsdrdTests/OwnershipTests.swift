// SPDX-License-Identifier: Apache-2.0

import Foundation
import Glibc
import LVSModel
import Lab
import Testing

extension InLab {
    @Suite struct OwnershipTests {
        @Test("nobody but the director answers ARP for the VIP")
        func arp() async throws {
            try await withDirector { network, _ in
                let output = try await network.shell(
                    .client, "arping -b -c 2 -I eth0 \(network.vip)")
                let answers = output.split(separator: "\n").filter { $0.contains("reply from") }
                let director = "\(network.topology[.director].mac)".uppercased()
                #expect(answers.count == 2)
                #expect(answers.allSatisfy { $0.uppercased().contains(director) })
            }
        }

        @Test("the VIP answers ping though no interface holds it")
        func ping() async throws {
            try await withDirector { network, daemon in
                try await network.shell(.client, "ping -q -c 3 -i 0.1 -s 1000 -W 1 \(network.vip)")
                #expect(try await daemon.frames("echo-reply") == 3)
            }
        }

        @Test("the VIP is announced three times at the start and again when the link comes up")
        func announcements() async throws {
            try await withNetwork { network in
                let filter = "arp and arp[14:4] = 0xc0a88e64 and arp[24:4] = 0xc0a88e64"
                let capture = try await Capture.start(in: network, on: .client, filter)
                let daemon = try await network.startDirector()
                try await daemon.waitUntilServing()
                try await Task.sleep(for: .seconds(4))
                let again = try await Capture.start(in: network, on: .client, filter)
                #expect(try await capture.frames(atLeast: 3).count == 3)
                try await network.shell(.switch, "ip link set director-eth0 down")
                try await network.shell(.switch, "ip link set director-eth0 up")
                #expect(try await again.frames(atLeast: 1).count >= 1)
            }
        }

        @Test("the host's own traffic is not touched")
        func hostTraffic() async throws {
            try await withDirector { network, daemon in
                let address = network.topology[.director].address
                try await network.shell(.client, "ping -q -c 2 -i 0.1 -W 1 \(address)")
                // Nothing listens there: the host's own stack says so at once.
                let refused = try await network.run(
                    on: .client, ["curl", "-sS", "-m", "3", "http://\(address)/"])
                #expect(refused.status == .exited(7))
                #expect(try await daemon.frames("flow") == 0)
            }
        }

        @Test("a port of the VIP without a service is refused at once, as a host refuses it")
        func closedPort() async throws {
            try await withDirector { network, daemon in
                try await network.shell(.director, "sysctl -qw net.ipv4.ip_forward=1")
                let refused = try await network.run(
                    on: .client, ["curl", "-sS", "-m", "3", "http://\(network.vip):8080/"])
                #expect(refused.status == .exited(7))
                #expect(try await daemon.frames("reset-no-service") == 1)
            }
        }

        @Test("a client whose flow is unknown is reset, and can begin anew", .withoutAcceleration)
        func unknownFlow() async throws {
            try await withDirector { network, daemon in
                let line = "curl -sS -m 20 --limit-rate 1M -o /dev/null http://\(network.vip)/large"
                let client = try await network.start(
                    on: .client, ["sh", "-c", line], label: "curl")
                let opened = try await eventually(within: .seconds(5)) { () throws(LabError) in
                    try await daemon.answer(to: "/v1/status")?.contains("\"count\":1") == true
                }
                #expect(opened)
                daemon.process.send(signal: SIGTERM)
                _ = try await daemon.process.ended(within: .seconds(5))
                try await network.shell(
                    .director, "rm \(daemon.settings.runtimeDirectory)/flows")
                let next = try await network.startDirector()
                try await next.waitUntilServing()
                #expect(try await client.ended(within: .seconds(10)) == .exited(56))
                #expect(try await next.frames("reset-no-flow") >= 1)
                let answers = try await network.answers(2)
                #expect(Set(answers) == ["111111", "222222"])
            }
        }

        @Test("with arp: host the kernel answers ARP and ping, and nobody resets a client")
        func hostHoldsVIP() async throws {
            try await withDirector(Topology(vipOnDirector: true)) { network, daemon in
                let resets = try await Capture.start(
                    in: network, on: .client, "tcp[tcpflags] & tcp-rst != 0")
                let answers = try await network.answers(6)
                #expect(answers.count { $0 == "111111" } == 3)
                try await network.shell(.client, "ping -q -c 1 -W 1 \(network.vip)")
                #expect(try await daemon.frames("arp-reply") == 0)
                #expect(try await daemon.frames("echo-reply") == 0)
                #expect(try await resets.frames(atLeast: 1).isEmpty)
            }
        }

        @Test("a host that routes sends no second copy", arguments: [false, true])
        func routing(vipOnDirector: Bool) async throws {
            try await withDirector(Topology(vipOnDirector: vipOnDirector)) { network, _ in
                try await network.shell(.director, "sysctl -qw net.ipv4.ip_forward=1")
                let copies = try await Capture.start(
                    in: network, on: .web(1),
                    "dst host \(network.vip) and tcp[tcpflags] & tcp-syn != 0")
                let resets = try await Capture.start(
                    in: network, on: .client, "tcp[tcpflags] & tcp-rst != 0 or icmp")
                #expect(try await network.answers(4).count == 4)
                #expect(try await copies.frames(atLeast: 3).count == 2)
                #expect(try await resets.frames(atLeast: 1).isEmpty)
            }
        }

        @Test("a real server's announced new MAC address is followed within a second")
        func newMAC() async throws {
            try await withDirector { network, daemon in
                _ = try await network.answers(2)
                // The kernel holds a fresh entry against changes for a second (locktime).
                try await Task.sleep(for: .milliseconds(1100))
                let address = network.topology[.web(1)].address
                try await network.shell(
                    .web(1),
                    "ip link set dev eth0 address 02:00:00:00:00:99"
                        + " && arping -q -U -c 1 -I eth0 \(address) || true")
                let followed = try await eventually(within: .seconds(1)) { () throws(LabError) in
                    try await daemon.answer(to: "/v1/services")?.contains("02:00:00:00:00:99")
                        == true
                }
                #expect(followed)
                #expect(Set(try await network.answers(2)) == ["111111", "222222"])
            }
        }

        @Test(
            "a real server without a MAC address is down by that name, and up once it is resolved")
        func unresolved() async throws {
            try await withNetwork { network in
                let daemon = try await network.startDirector { settings in
                    var absent = settings.services[0].realServers[0]
                    absent.address = .init(ipv4: 0xC0A8_8E5A)
                    settings.services[0].realServers.append(absent)
                }
                let known = try await eventually(within: .seconds(10)) { () throws(LabError) in
                    try await daemon.answer(to: "/v1/services")?.contains("no MAC address") == true
                }
                #expect(known)
                #expect(Set(try await network.answers(4)) == ["111111", "222222"])
                try await network.shell(.web(1), "ip address add 192.168.142.90/24 dev eth0")
                try await daemon.waitUntilServing()
            }
        }
    }
}
