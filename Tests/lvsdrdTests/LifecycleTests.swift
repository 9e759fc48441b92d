// SPDX-License-Identifier: Apache-2.0

import Glibc
import LVSModel
import Lab
import Testing

extension InLab {
    @Suite struct LifecycleTests {
        @Test("SIGTERM leaves nothing behind", arguments: [SIGTERM, SIGINT])
        func stop(signal: Int32) async throws {
            try await withDirector { network, daemon in
                _ = try await network.answers(2)
                #expect(try await network.guardShown())
                daemon.process.send(signal: signal)
                #expect(try await daemon.process.ended(within: .seconds(5)) == .exited(0))
                let hooks = try await network.shell(.director, "tc qdisc show dev eth0")
                #expect(!hooks.contains("clsact"))
                let sockets = try await network.shell(.director, "cat /proc/net/packet | wc -l")
                #expect(sockets == "1\n")
                let files = try await network.shell(
                    .director, "ls \(daemon.settings.runtimeDirectory)")
                #expect(!files.contains("control.sock"))
                #expect(!files.contains("lvsdrd.lock"))
                let neighbours = try await network.shell(.director, "ip neighbour")
                #expect(!neighbours.contains("managed"))
                let arp = try await network.run(
                    on: .client, ["arping", "-c", "1", "-w", "1", "-I", "eth0", network.vip])
                #expect(!arp.status.isSuccess)
            }
        }

        @Test("a hook that was there before stays")
        func foreignHook() async throws {
            try await withNetwork { network in
                try await network.shell(.director, "tc qdisc add dev eth0 clsact")
                let daemon = try await network.startDirector()
                try await daemon.waitUntilServing()
                daemon.process.send(signal: SIGTERM)
                _ = try await daemon.process.ended(within: .seconds(5))
                let hooks = try await network.shell(.director, "tc qdisc show dev eth0")
                #expect(hooks.contains("clsact"))
                #expect(try await !network.guardShown())
            }
        }

        @Test("the guard outlives a crash, resets nobody, and is taken over by the next start")
        func crash() async throws {
            try await withDirector(Topology(vipOnDirector: true)) { network, daemon in
                let resets = try await Capture.start(
                    in: network, on: .client, "tcp[tcpflags] & tcp-rst != 0")
                _ = try await network.answers(2)
                daemon.process.send(signal: SIGKILL)
                _ = try await daemon.process.ended(within: .seconds(5))
                #expect(try await network.guardShown())
                let unanswered = try await network.run(
                    on: .client, ["curl", "-s", "-m", "1", "http://\(network.vip)/"])
                #expect(unanswered.status == .exited(28), "silence, until the director is back")
                let next = try await network.startDirector()
                try await next.waitUntilServing()
                #expect(Set(try await network.answers(2)) == ["111111", "222222"])
                #expect(try await resets.frames(atLeast: 1).isEmpty)
                next.process.send(signal: SIGTERM)
                _ = try await next.process.ended(within: .seconds(5))
                #expect(try await !network.guardShown())
            }
        }

        @Test("an interface that goes down and up again is served on")
        func interfaceFlap() async throws {
            try await withDirector { network, daemon in
                try await network.shell(.director, "ip link set eth0 down")
                let noticed = try await eventually(within: .seconds(5)) { () throws(LabError) in
                    try await daemon.answer(to: "/v1/status")?.contains("eth0 is down") == true
                }
                #expect(noticed)
                try await network.shell(.director, "ip link set eth0 up")
                try await daemon.waitUntilServing()
                let answers = try await network.answers(2)
                #expect(Set(answers) == ["111111", "222222"])
            }
        }

        /// What is wrong, how it comes about, the exit status, and what is said.
        private static let refusals: [(String, [String], Int32, [String])] = [
            ("another instance", [], 69, ["another lvsdrd", "stop it first"]),
            (
                "no rights", ["setpriv", "--bounding-set", "-net_raw,-net_admin", "--"], 77,
                ["CAP_NET_ADMIN, CAP_NET_RAW missing", "root"]
            ),
        ]

        @Test("a start that can not work is refused in a sentence", arguments: refusals.indices)
        func refusal(index: Int) async throws {
            let (_, prefix, status, words) = Self.refusals[index]
            try await withDirector { network, daemon in
                let path = try network.writeDirectorConfiguration(daemon.settings)
                let result = try await network.run(
                    on: .director, prefix + [Programs().daemon, "--config", path])
                #expect(result.status == .exited(status))
                for word in words { #expect(result.errors.contains(word)) }
                #expect(try await network.answers(2).count == 2)
            }
        }

        @Test("an interface that is not there, or down, is refused with the way to mend it")
        func interfaces() async throws {
            try await withNetwork { network in
                for (name, words) in [
                    ("eth7", ["no interface eth7"]),
                    ("eth0", ["eth0 is down", "ip link set eth0 up"]),
                ] {
                    try await network.shell(.director, "ip link set eth0 down")
                    let daemon = try await network.startDirector { $0.interface = name }
                    #expect(try await daemon.process.ended(within: .seconds(5)) == .exited(69))
                    let errors = try daemon.process.errors()
                    for word in words { #expect(errors.contains(word)) }
                }
            }
        }
    }
}
