// SPDX-License-Identifier: Apache-2.0

import ControlMessages
import Glibc
import LVSModel
import Lab
import Testing

extension InLab {
    @Suite struct HealthTests {
        /// A check of the whole service, often.
        private static func checked(
            _ kind: CheckKind, via: CheckWay = .vip
        ) -> @Sendable (inout DirectorSettings) -> Void {
            { settings in
                settings.services[0].check = HealthCheck(
                    kind: kind, via: via, interval: 200, timeout: 1_000, rise: 2, fall: 2)
            }
        }

        /// Waits until the real server is so.
        private func wait(
            _ daemon: DirectorDaemon, until isSo: @escaping @Sendable (RealServerMessage) -> Bool
        ) async throws -> RealServerMessage {
            let end = ContinuousClock.now + .seconds(20)
            while true {
                let real = try await daemon.realServer(1)
                if isSo(real) { return real }
                let log = try daemon.process.errors()
                try #require(
                    ContinuousClock.now < end, "\(real.health) \(real.reason ?? "") \(log)")
                try await Task.sleep(for: .milliseconds(50))
            }
        }

        @Test(
            "a check by the VIP finds a real server that lacks it, and says so",
            arguments: [false, true])
        func withoutVIP(hosts: Bool) async throws {
            let topology = Topology(vipOnDirector: hosts)
            let change = Self.checked(.http(HTTPCheck()))
            try await withDirector(
                topology,
                {
                    change(&$0)
                    if hosts { $0.services[0].arp = .host }
                }
            ) { network, daemon in
                _ = try await wait(daemon) { $0.health == "up" }
                #expect(Set(try await network.answers(4)) == ["111111", "222222"])
                try await network.shell(.web(2), "ip address del \(network.vip)/32 dev lo")
                let down = try await wait(daemon) { $0.health == "down" }
                #expect(down.reason?.hasPrefix("VIP not on this host") == true, "\(down)")
                #expect(Set(try await network.answers(4)) == ["111111"])
                try await network.shell(
                    .web(2), "ip address add \(network.vip)/32 dev lo label lo:0")
                _ = try await wait(daemon) { $0.health == "up" }
                #expect(Set(try await network.answers(4)) == ["111111", "222222"])
                let events = try await daemon.command(["events"]).output
                #expect(events.contains("is down: VIP not on this host"))
            }
        }

        @Test("ICMP and exec checks find real servers up, a closed UDP port is down")
        func kinds() async throws {
            let exec = ExecCheck(
                program: "/bin/sh",
                arguments: ["-c", "test $LVSDR_VIP:$LVSDR_PORT = 192.168.142.100:80"])
            let udp = UDPCheck(payload: [1], requiresReply: false)
            for (kind, health) in [
                (CheckKind.icmp, "up"), (.udp(udp), "down"), (.exec(exec), "up"),
            ] {
                try await withNetwork { network in
                    let daemon = try await network.startDirector(Self.checked(kind))
                    try #require(
                        try await eventually(within: .seconds(15)) { () throws(LabError) in
                            try await daemon.answer(to: "/v1/services") != nil
                        })
                    let real = try await wait(daemon) { $0.health == health }
                    if health == "down" { #expect(real.reason == "connection refused") }
                }
            }
        }
    }

    @Suite struct ChangeTests {
        @Test("a change is in force when it is answered, outlives kill -9, and can be saved")
        func lifetime() async throws {
            try await withDirector { network, daemon in
                let name = "\(network.vip):80"
                let weight = try await daemon.command([
                    "real", "weight", name, "192.168.142.6", "0",
                ])
                try #require(weight.status.isSuccess, "\(weight.errors)")
                #expect(Set(try await network.answers(4)) == ["111111"])
                let diff = try await daemon.command(["diff"])
                #expect(
                    diff.output == "weight of 192.168.142.6 in TCP 192.168.142.100:80: 1 -> 0\n")
                let refused = try await daemon.command(["service", "remove", "10.9.9.9:80"])
                #expect(!refused.status.isSuccess)
                #expect(refused.errors.contains("there is no"))
                daemon.process.send(signal: SIGKILL)
                _ = try await daemon.process.ended(within: .seconds(5))
                let next = try await network.startDirector()
                try await next.waitUntilServing()
                #expect(try await next.realServer(1).weight == 0)
                #expect(Set(try await network.answers(4)) == ["111111"])
                let saved = try await next.command(["save"])
                try #require(saved.status.isSuccess, "\(saved.errors)")
                let same = try await next.command(["diff"])
                #expect(same.status.isSuccess)
            }
        }

        @Test("whom a floor keeps in is kept in after kill -9; figures count from nothing then")
        func floor() async throws {
            try await withNetwork { network in
                let folder = network.folder(of: .director)
                let change: @Sendable (inout DirectorSettings) -> Void = { settings in
                    let line = "test ! -e \(folder)/$LVSDR_RIP.down"
                    let exec = ExecCheck(program: "/bin/sh", arguments: ["-c", line])
                    settings.services[0].check = HealthCheck(
                        kind: .exec(exec), interval: 200, timeout: 1_000, rise: 1, fall: 1)
                    settings.services[0].minimumUp = 1
                }
                let daemon = try await network.startDirector(change)
                try await daemon.waitUntilServing()
                for (index, real) in ["192.168.142.5", "192.168.142.6"].enumerated() {
                    try await network.shell(.director, "touch \(folder)/\(real).down")
                    let isDown = try await eventually(within: .seconds(20)) {
                        () throws(LabError) in
                        (try? await daemon.realServer(index).health) == "down"
                    }
                    #expect(isDown)
                }
                #expect(Set(try await network.answers(4)) == ["222222"])
                try await network.shell(
                    .director,
                    "curl -sSf -X POST --unix-socket \(daemon.socketPath) http://lvsdrd/v1/zero")
                #expect(try await daemon.services()[0].connections == 0)
                daemon.process.send(signal: SIGKILL)
                _ = try await daemon.process.ended(within: .seconds(5))
                let next = try await network.startDirector(change)
                let isAtFloor = try await eventually(within: .seconds(20)) {
                    () throws(LabError) in
                    try await next.answer(to: "/v1/services")?.contains("\"atFloor\":true") == true
                }
                try #require(isAtFloor)
                #expect(Set(try await network.answers(6)) == ["222222"])
                let service = try await next.services()[0]
                #expect(service.connections == 6)
            }
        }

        @Test("a reload makes what is new in the file, keeps what was changed, and refuses errors")
        func reload() async throws {
            try await withDirector { network, daemon in
                let name = "\(network.vip):80"
                _ = try await daemon.command(["real", "weight", name, "192.168.142.6", "5"])
                var settings = daemon.settings
                settings.services[0].realServers[0].weight = 7
                try network.writeDirectorConfiguration(settings)
                let check = try await daemon.command(["reload", "--check"])
                #expect(check.output.contains("would: weight of 192.168.142.5"))
                #expect(try await daemon.realServer(0).weight == 1)
                daemon.process.send(signal: SIGHUP)
                let isReloaded = try await eventually(within: .seconds(10)) {
                    () throws(LabError) in
                    try await daemon.answer(to: "/v1/services")?.contains("\"weight\":7") == true
                }
                #expect(isReloaded)
                #expect(try await daemon.realServer(1).weight == 5)
                let events = try await daemon.command(["events"]).output
                let change =
                    #/weight of 192\.168\.142\.6 .*: 1 -> 5, by root \(user 0, process \d+\)/#
                #expect(events.contains(change), "\(events)")
                #expect(events.contains("reloaded the configuration: 1 change, by SIGHUP"))
                #expect(events.contains(#/weight of 192\.168\.142\.5 .*: 1 -> 7, by SIGHUP/#))
                let path = "\(network.folder(of: .director))/lvsdr.yaml"
                try await network.shell(.director, "echo 'moon: 1' >> \(path)")
                let refused = try await daemon.command(["reload"])
                #expect(!refused.status.isSuccess)
                #expect(refused.errors.contains("moon"))
                #expect(try await daemon.realServer(0).weight == 7)
            }
        }

        @Test("a drained real server goes when its flows are gone or its time is over")
        func drain() async throws {
            try await withDirector { network, daemon in
                let name = "\(network.vip):80"
                #expect(Set(try await network.answers(4)) == ["111111", "222222"])
                let drain = try await daemon.command(
                    ["real", "drain", name, "192.168.142.6", "--within", "2s"])
                try #require(drain.status.isSuccess, "\(drain.errors)")
                let draining = try await daemon.realServer(1)
                #expect(draining.administrativeState == "draining")
                #expect(Set(try await network.answers(4)) == ["111111"])
                let isGone = try await eventually(within: .seconds(15)) { () throws(LabError) in
                    try await daemon.answer(to: "/v1/services")?.contains("192.168.142.6") == false
                }
                #expect(isGone)
                let flows = try await daemon.command(["flows", "--state", "FIN_WAIT"])
                #expect(flows.output.contains("192.168.142.5"))
                let events = try await daemon.command(["events"]).output
                #expect(events.contains("is drained and removed"))
            }
        }

    }
}
