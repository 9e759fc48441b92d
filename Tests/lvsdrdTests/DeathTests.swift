// SPDX-License-Identifier: Apache-2.0

import ControlMessages
import Foundation
import Glibc
import LVSModel
import Lab
import Testing

extension InLab {
    @Suite struct DeathTests {
        enum Death: String, CaseIterable {
            case tcpKilled = "killed, tcp check"
            case httpKilled = "killed, http check"
            case httpHung = "hanging, http check"
            case tcpGone = "its link down, tcp check"

            var kind: CheckKind {
                switch self {
                case .tcpKilled, .tcpGone: .tcp
                case .httpKilled, .httpHung: .http(HTTPCheck())
                }
            }
        }

        private static let check = HealthCheck(
            kind: .tcp, interval: 300, timeout: 300, rise: 1, fall: 2)
        /// What the measure promises: interval x fall + timeout.
        private static let promise = Duration.milliseconds(300 * 2 + 300)
        /// How late a busy machine wakes its programs.
        private static let scheduling = Duration.milliseconds(500)
        private static let rounds = 5

        /// Seconds since 1970 of the last new flow that the capture saw.
        private func lastFlow(_ path: String) throws -> Double {
            let text = try String(contentsOfFile: path, encoding: .utf8)
            // A line is such as `1700000000.123456 IP 192.168.142.3.40000 > ...`; the first of each
            // client's port counts, further ones are the same flow again.
            var seen: Set<Substring> = []
            var last = 0.0
            for line in text.split(separator: "\n") {
                let words = line.split(separator: " ")
                guard words.count > 3, seen.insert(words[2]).inserted else { continue }
                last = try #require(Double(words[0]))
            }
            return last
        }

        private func wait(_ daemon: DirectorDaemon, until health: String) async throws {
            let end = ContinuousClock.now + .seconds(20)
            while try await daemon.realServer(1).health != health {
                try #require(ContinuousClock.now < end, "it does not become \(health)")
                try await Task.sleep(for: .milliseconds(20))
            }
        }

        private func serverProcess(_ network: Network) async throws -> pid_t {
            let text = try await network.shell(
                .web(2), "cat \(network.folder(of: .web(2)))/nginx.pid")
            return try #require(pid_t(text.filter(\.isNumber)))
        }

        /// Returns when that was, in seconds since 1970.
        private func kill(_ death: Death, _ network: Network) async throws -> Double {
            if death == .tcpGone {
                let time = try await network.shell(
                    .switch, "ip link set web2-eth0 down && date +%s.%N")
                return try #require(Double(time.filter { !$0.isWhitespace }))
            }
            let process = try await serverProcess(network)
            try #require(Glibc.kill(process, death == .httpHung ? SIGSTOP : SIGKILL) == 0)
            return Date().timeIntervalSince1970
        }

        private func revive(_ death: Death, _ network: Network) async throws {
            switch death {
            case .tcpKilled, .httpKilled:
                _ = try await network.start(
                    on: .web(2),
                    [
                        "nginx", "-p", network.folder(of: .web(2)), "-c", "nginx.conf", "-e",
                        "stderr", "-g", "daemon off; master_process off;",
                    ], label: "nginx")
            case .httpHung:
                try #require(Glibc.kill(try await serverProcess(network), SIGCONT) == 0)
            case .tcpGone: try await network.shell(.switch, "ip link set web2-eth0 up")
            }
        }

        /// How long after its death the real server got its last new flow.
        private func round(
            _ death: Death, _ network: Network, _ daemon: DirectorDaemon, number: Int
        ) async throws -> Duration {
            // At the director's end of the switch: a host that is gone sees nothing itself, and on the
            // director AF_XDP goes past captures. The checks, which come from there, ask the VIP too.
            let (client, mac) = (network.topology[.client].address, network.topology[.web(2)].mac)
            let filter = """
                ether dst \(mac) and src host \(client) and dst host \(network.vip) \
                and tcp[tcpflags] & (tcp-syn|tcp-ack) = tcp-syn
                """
            let capture = try await network.start(
                on: .switch,
                [
                    "tcpdump", "-i", "director-eth0", "-Q", "in", "-tt", "-n", "-l",
                    "--immediate-mode",
                    filter,
                ], label: "flows-\(number)")
            try #require(
                try await eventually(within: .seconds(5)) { () throws(LabError) in
                    try capture.errors().contains("listening on")
                })
            try await Task.sleep(for: .milliseconds(Int.random(in: 0..<300)))
            let start = try await kill(death, network)
            try await wait(daemon, until: "down")
            // Time to see one that came too late.
            try await Task.sleep(for: .milliseconds(300))
            await capture.terminate()
            try await revive(death, network)
            try await wait(daemon, until: "up")
            let last = try lastFlow(capture.outputPath)
            try #require(last > 0, "no flow was seen")
            return .seconds(max(0, last - start))
        }

        @Test(
            "a dead real server gets no new flow after interval x fall + timeout",
            arguments: Death.allCases)
        func death(_ death: Death) async throws {
            try await withDirector(
                Topology(),
                {
                    $0.services[0].check = Self.check
                    $0.services[0].check?.kind = death.kind
                }
            ) { network, daemon in
                try await wait(daemon, until: "up")
                // A flow each 30 ms, whatever becomes of those before.
                let line = """
                    while :; do curl -s -m 1 -o /dev/null http://\(network.vip)/ & sleep 0.03; done
                    """
                _ = try await network.start(on: .client, ["sh", "-c", line], label: "clients")
                var times: [Duration] = []
                for number in 0..<Self.rounds {
                    times.append(try await round(death, network, daemon, number: number))
                }
                let words = times.sorted().map { "\(Int($0 / .milliseconds(1)))" }
                print("last new flow, \(death.rawValue), ms: \(words.joined(separator: " "))")
                #expect(times.allSatisfy { $0 <= Self.promise + Self.scheduling }, "\(words)")
            }
        }
    }
}
