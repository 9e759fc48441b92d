// SPDX-License-Identifier: Apache-2.0

import ControlMessages
import Glibc
import LVSModel
import Lab
import Testing

/// An upload that lasts: one connection whose bytes pass the director all the time.
private struct Upload {
    private let client: RunningProcess
    private let path: String
    private let network: Network

    /// Returns when it is under way.
    static func start(_ network: Network) async throws -> Upload {
        let path = "\(network.folder(of: .client))/upload"
        try await network.shell(.client, "head -c 4194304 /dev/urandom > \(path)")
        let client = try await network.start(
            on: .client,
            [
                "curl", "-sS", "-f", "-m", "60", "--limit-rate", "500k", "-T", path,
                "http://\(network.vip)/upload/one",
            ], label: "upload")
        let isUnderWay = try await eventually(within: .seconds(5)) { () throws(LabError) in
            // nginx writes what it has got so far to its folder for what is not whole yet.
            let folders = network.topology.webHosts.map {
                "\(network.folder(of: $0.name))/temporary"
            }
            let found = try await network.run(
                on: .client, ["find"] + folders + ["-type", "f", "-size", "+100k"])
            return !found.output.isEmpty
        }
        try #require(isUnderWay)
        return Upload(client: client, path: path, network: network)
    }

    var isUnderWay: Bool { client.status == nil }

    /// Waits for its end: whole, at one real server.
    func finish() async throws {
        let status = try await client.ended(within: .seconds(60))
        let errors = try client.errors()
        #expect(status == .exited(0), "\(errors)")
        let copies = network.topology.webHosts.map {
            "\(network.folder(of: $0.name))/documents/upload/one"
        }
        try await network.shell(
            .client, copies.map { "cmp \(path) \($0)" }.joined(separator: " || "))
    }
}

extension InLab {
    @Suite struct StandbyTests {
        @Test("the example configurations are keepalived's", arguments: ARPMode.allCases)
        func examples(arp: ARPMode) async throws {
            try await withDirector(Topology(secondDirector: true)) { network, daemon in
                let path = try Keepalived.configure(
                    daemon, in: network, example: "arp-\(arp.rawValue).conf")
                let result = try await network.run(
                    on: .director, ["keepalived", "--config-test", "--use-file=\(path)"])
                #expect(result.status.isSuccess && result.errors.isEmpty, "\(result.errors)")
            }
        }

        @Test(
            "when the active director's host is lost, the other one goes on with its connections",
            arguments: [
                (ARPMode.director, Scheduler.sh), (.director, .maglev), (.host, .mh),
            ])
        func lostHost(arp: ARPMode, scheduler: Scheduler) async throws {
            try await withDirectorPair(arp: arp, scheduler: scheduler) { pair in
                let network = pair.network
                let resets = try await Capture.start(
                    in: network, on: .client,
                    "tcp[tcpflags] & tcp-rst != 0 and src host \(network.vip)")
                let requests = try await Requests.start(in: network)
                let upload = try await Upload.start(network)
                let loss = try await pair.lose(.host)
                let answer = try await requests.answered(after: loss)
                let time = answer.ended - loss
                print("takeover from a lost host, arp: \(arp.rawValue): \(time) s")
                #expect(time < DirectorPair.deadTime(.host) + 1)
                #expect(upload.isUnderWay)
                #expect(try await network.owner() == .director2)
                try await upload.finish()
                #expect(try await pair.second.frames("taken-over") >= 1)
                #expect(try await pair.second.frames("reset-no-flow") == 0)
                #expect(try await resets.frames(atLeast: 1).isEmpty)
                // By the client's address alone: one real server for all that it asks, on both.
                let texts = Set(try requests.answers().compactMap(\.text))
                #expect(scheduler == .maglev || texts.count == 1)
            }
        }

        @Test(
            "when the active director's daemon is killed the other one takes over, and keeps it",
            arguments: ARPMode.allCases)
        func lostDaemon(arp: ARPMode) async throws {
            try await withDirectorPair(arp: arp) { pair in
                let network = pair.network
                let requests = try await Requests.start(in: network)
                _ = try await requests.answered(after: 0)
                let loss = try await pair.lose(.daemon)
                let answer = try await requests.answered(after: loss)
                let time = answer.ended - loss
                print("takeover from a lost daemon, arp: \(arp.rawValue): \(time) s")
                #expect(time < DirectorPair.deadTime(.daemon) + 1.5)
                #expect(try await network.owner() == .director2)
                let capture = try await pair.first.framesForVIP(of: network)
                let again = try await pair.startFirstAgain()
                try await again.waitUntilServing()
                // As long as keepalived needs to see that it is there, and to go on waiting.
                try await Task.sleep(for: .seconds(3))
                #expect(try await again.status().role == "standby")
                #expect(try await capture.frames(atLeast: 1).isEmpty)
                #expect(try await network.owner() == .director2)
                #expect(try requests.shareAnswered(after: answer.ended) > 0.9)
            }
        }

        @Test("without nopreempt the higher priority takes over again, and the other one is silent")
        func preempts() async throws {
            try await withDirectorPair(arp: .director, preempts: true) { pair in
                let network = pair.network
                _ = await pair.keepalived.process.terminate()
                #expect(try await pair.second.becomes(.active))
                #expect(try await pair.first.becomes(.standby))
                #expect(try await network.ask() != nil)
                let upload = try await Upload.start(network)
                let keepalived = try await Keepalived.start(
                    pair.first, in: network, example: "arp-director.conf", preempts: true)
                #expect(try await pair.first.becomes(.active))
                #expect(try await pair.second.becomes(.standby))
                let capture = try await pair.second.framesForVIP(of: network)
                #expect(try await network.ask() != nil)
                #expect(try await network.owner() == .director)
                try await upload.finish()
                #expect(try await capture.frames(atLeast: 1).isEmpty)
                await keepalived.process.terminate()
            }
        }

        @Test("when keepalived is killed both are active for a while, and no frame goes round")
        func bothActive() async throws {
            try await withDirectorPair(arp: .director) { pair in
                let network = pair.network
                let requests = try await Requests.start(in: network)
                let upload = try await Upload.start(network)
                let fromOther = try await [
                    (HostName.director, HostName.director2), (.director2, .director),
                ]
                .asyncMap { host, other in
                    try await Capture.start(
                        in: network, on: host,
                        "ether src \(network.topology[other].mac) and ip and dst host \(network.vip)",
                        direction: "in")
                }
                let loss = Requests.now
                try await pair.keepalived.kill()
                #expect(try await pair.second.becomes(.active))
                #expect(try await pair.first.status().role == "active")
                _ = try await requests.answered(after: Requests.now)
                try await upload.finish()
                for capture in fromOther { #expect(try await capture.frames(atLeast: 1).isEmpty) }
                #expect(try await pair.first.command(["standby"]).status.isSuccess)
                #expect(try await network.ask() != nil)
                #expect(try requests.shareAnswered(after: loss) > 0.9)
            }
        }

        @Test(
            "a standby director sends nothing for its VIP, and knows its real servers",
            arguments: ARPMode.allCases)
        func silence(arp: ARPMode) async throws {
            try await withNetwork(Topology(secondDirector: true)) { network in
                let daemon = try await network.startDirector(on: .director2) {
                    $0.standBy(arp: arp)
                }
                let capture = try await daemon.framesForVIP(of: network)
                try await daemon.waitUntilServing()
                _ = try await network.run(
                    on: .client, ["arping", "-c", "2", "-w", "2", "-I", "eth0", network.vip])
                // One whose neighbour table is out of date.
                try await network.shell(
                    .client,
                    "ip neighbour replace \(network.vip) dev eth0 lladdr \(network.topology[.director2].mac)"
                )
                #expect(try await network.ask() == nil)
                _ = try await network.run(on: .client, ["ping", "-c", "2", "-W", "1", network.vip])
                #expect(try await capture.frames(atLeast: 1).isEmpty)
                #expect(try await daemon.frames("standby") >= (arp == .host ? 1 : 0))
                let checks = try await daemon.services()[0].realServers.compactMap(\.check)
                #expect(checks.count == 2 && checks.allSatisfy { $0.passed > 0 })
                let shown = try await daemon.command(["status"]).output
                #expect(shown.contains("standby") && shown.contains("up"), "\(shown)")
            }
        }

        @Test("a VIP that comes to the host is kept from its kernel until the daemon has followed")
        func gap() async throws {
            try await withNetwork(Topology(secondDirector: true)) { network in
                let daemon = try await network.startDirector(on: .director2) {
                    $0.standBy(arp: .host)
                }
                try await daemon.waitUntilServing()
                daemon.process.send(signal: SIGSTOP)
                try await network.shell(
                    .director2, "ip address add \(network.vip)/32 dev eth0")
                let asked = try await network.run(
                    on: .client, ["curl", "-sS", "-m", "1", "http://\(network.vip)/"])
                // No answer in time, where the kernel would have refused.
                #expect(asked.status == .exited(28))
                daemon.process.send(signal: SIGCONT)
                let isServed = try await eventually(within: .seconds(5)) { () throws(LabError) in
                    try await network.ask() != nil
                }
                #expect(isServed)
            }
        }

        @Test("a command that was overtaken by a later one changes nothing")
        func order() async throws {
            try await withDirector { network, daemon in
                let programs = try Programs()
                let late = try await network.start(
                    on: .director,
                    [
                        "sh", "-c",
                        "sleep 1; exec \(programs.command) standby --socket \(daemon.socketPath)",
                    ], label: "late")
                try await Task.sleep(for: .milliseconds(100))
                #expect(try await daemon.command(["activate"]).status.isSuccess)
                #expect(try await late.ended(within: .seconds(10)) == .exited(1))
                let errors = try late.errors()
                #expect(errors.contains("the director is active, by a command that began later"))
                #expect(try await daemon.status().role == "active")
            }
        }

        @Test("told to be standby a director has stopped when it says so")
        func atOnce() async throws {
            try await withDirector { network, daemon in
                _ = try await network.start(
                    on: .client, ["ping", "-q", "-i", "0.002", network.vip], label: "ping")
                let isPinged = try await eventually(within: .seconds(5)) { () throws(LabError) in
                    try await daemon.answer(to: "/v1/status")?.contains("\"reason\":\"echo-reply\"")
                        == true
                }
                #expect(isPinged)
                #expect(try await daemon.command(["standby"]).status.isSuccess)
                let sent = try await daemon.status().sent.frames
                try await Task.sleep(for: .milliseconds(500))
                #expect(try await daemon.status().sent.frames == sent)
                #expect(sent > 10)
            }
        }
    }
}

extension Array {
    fileprivate func asyncMap<Result>(
        _ transform: (Element) async throws -> Result
    ) async rethrows -> [Result] {
        var results: [Result] = []
        for element in self { results.append(try await transform(element)) }
        return results
    }
}
