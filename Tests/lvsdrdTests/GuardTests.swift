// SPDX-License-Identifier: Apache-2.0

import ControlMessages
import Foundation
import Glibc
import LVSModel
import Lab
import Testing

extension InLab {
    /// The seed's two problems, made, named and mended.
    @Suite struct GuardTests {
        /// A question every five seconds, and the time to tell.
        private static let alarmTime = Duration.seconds(8)
        /// Four questions without an answer.
        private static let endTime = Duration.seconds(45)

        @Test(
            "a real server that answers ARP for the VIP is named, its clients come back, it is over"
        )
        func answers() async throws {
            try await withDirector { network, daemon in
                let (web, vip) = (network.topology[.web(1)], network.vip)
                #expect(try await network.answers(1).count == 1)
                try await network.shell(
                    .web(1),
                    "sysctl -qw net.ipv4.conf.all.arp_ignore=0 net.ipv4.conf.lo.arp_ignore=0")
                let alarm =
                    "real server \(web.address) (\(web.mac)) answers for the VIP \(vip) or announces it"
                #expect(try await daemon.reports(alarm, within: Self.alarmTime))
                let status = try await daemon.command(["status"])
                let text = status.output.split(whereSeparator: \.isWhitespace).joined(
                    separator: " ")
                #expect(text.contains(alarm))
                #expect(text.contains("its arp_ignore is not 1"))
                #expect(text.contains("run there: lvsdr realserver apply --vip \(vip)"))
                let json = try await daemon.command(["status", "--json"])
                #expect(json.output.contains(alarm))
                // The client asks anew, and both answer; whoever it believes, the director comes back.
                try await network.shell(.client, "ip neighbour flush dev eth0")
                _ = try await network.answers(1)
                try await network.shell(
                    .client, "ip neighbour replace \(vip) lladdr \(web.mac) dev eth0 nud stale")
                #expect(try await network.clientComesBack(to: vip))

                try await network.applyRealServer(1, vip: vip)
                #expect(try await daemon.reports(nil, within: Self.endTime))
                let end = "no conflict over the VIP \(vip) with real server \(web.address)"
                #expect(try await daemon.event("vip-claim-ended")?.contains(end) == true)
                #expect(try await daemon.event("vip-claimed")?.contains(alarm) == true)
                #expect(try await daemon.status().arpConflicts >= 1)
            }
        }

        @Test("a real server that asks in the VIP's name is told from one that answers")
        func asks() async throws {
            try await withDirector { network, daemon in
                let (web, vip) = (network.topology[.web(2)], network.vip)
                #expect(try await network.answers(1).count == 1)
                try await network.shell(
                    .web(2),
                    "sysctl -qw net.ipv4.conf.all.arp_announce=0 net.ipv4.conf.lo.arp_announce=0")
                // As a reply to a client does, whose MAC address it does not know.
                try await network.shell(
                    .web(2),
                    "ip neighbour flush dev eth0; ping -c 1 -W 1 -I \(vip) 192.168.142.3 || :"
                )
                let alarm =
                    "real server \(web.address) (\(web.mac)) asks for other hosts in the name of the "
                    + "VIP \(vip)"
                #expect(try await daemon.reports(alarm, within: .seconds(2)))
                let problem = try await daemon.status().problems.first ?? ""
                #expect(problem.contains("its arp_announce is not 2"))
                #expect(problem.contains("lvsdr realserver apply --vip \(vip)"))
                #expect(!problem.contains("answers for"))
                // The client learned the real server's MAC address from that question.
                #expect(try await network.clientComesBack(to: vip))
            }
        }

        @Test("an IPv6 VIP on an interface of a real server is found")
        func ipv6() async throws {
            try await withNetwork { network in
                let daemon = try await network.startDirector {
                    $0.services.append(network.topology.service6)
                }
                try await daemon.waitUntilServing()
                let (web, vip) = (network.topology[.web(1)], "\(network.topology.vip6)")
                try await network.shell(.web(1), "ip address add \(vip)/128 dev eth0 nodad")
                let alarm = "answers for the VIP \(vip) or announces it"
                #expect(try await daemon.reports(alarm, within: Self.alarmTime))
                let problem = try await daemon.status().problems.first { $0.contains(alarm) } ?? ""
                #expect(problem.contains("\(web.address6)") && problem.contains("\(web.mac)"))
                #expect(problem.contains("an interface other than lo has the VIP"))
                try await network.shell(
                    .client, "ip neighbour replace \(vip) lladdr \(web.mac) dev eth0 nud stale")
                #expect(try await network.clientComesBack(to: vip))
                try await network.shell(.web(1), "ip address del \(vip)/128 dev eth0")
                #expect(try await daemon.reports(nil, within: Self.endTime))
            }
        }

        @Test("a host that is no real server is an alarm until a reload names it a peer")
        func peers() async throws {
            try await withDirector { network, daemon in
                let (client, vip) = (network.topology[.client], network.vip)
                try await network.shell(.client, "ip address add \(vip)/32 dev eth0")
                let alarm = "host \(client.mac) answers for the VIP \(vip) or announces it"
                #expect(try await daemon.reports(alarm, within: Self.alarmTime))
                let problem = try await daemon.status().problems.first ?? ""
                #expect(problem.contains("name its MAC address under peers"))

                var settings = daemon.settings
                settings.peers = [client.mac]
                try network.writeDirectorConfiguration(settings)
                let reload = try await daemon.command(["reload"])
                #expect(reload.output.contains("peers: none -> \(client.mac)"))
                #expect(try await daemon.reports(nil, within: .seconds(3)))
                let conflicts = try await daemon.status().arpConflicts
                // It answers the next question as well.
                try await Task.sleep(for: .seconds(7))
                let after = try await daemon.status()
                #expect(after.problems == [] && after.arpConflicts == conflicts)
            }
        }

        @Test("with arp: host the director's own kernel is no conflict, a real server is")
        func hosts() async throws {
            try await withDirector(Topology(vipOnDirector: true)) { network, daemon in
                let web = network.topology[.web(1)]
                try await Task.sleep(for: .seconds(7))
                #expect(try await daemon.status().arpConflicts == 0)
                try await network.shell(
                    .web(1),
                    "sysctl -qw net.ipv4.conf.all.arp_ignore=0 net.ipv4.conf.lo.arp_ignore=0")
                #expect(
                    try await daemon.reports(
                        "real server \(web.address) (\(web.mac)) answers", within: Self.alarmTime))
                try await network.shell(
                    .client,
                    "ip neighbour replace \(network.vip) lladdr \(web.mac) dev eth0 nud stale")
                #expect(try await network.clientComesBack(to: network.vip))
            }
        }

        @Test("two directors of which one is standby are no conflict")
        func standby() async throws {
            try await withNetwork(Topology(secondDirector: true)) { network in
                let active = try await network.startDirector()
                let standby = try await network.startDirector(on: .director2) {
                    $0.start = .standby
                }
                try await active.waitUntilServing()
                try await standby.waitUntilServing()
                try await Task.sleep(for: .seconds(7))
                for daemon in [active, standby] {
                    let status = try await daemon.status()
                    #expect(status.problems == [] && status.arpConflicts == 0)
                }
            }
        }
    }
}

extension DirectorDaemon {
    /// Whether the status comes to have a problem with this text; nil: to have none.
    fileprivate func reports(_ text: String?, within time: Duration) async throws -> Bool {
        try await eventually(within: time) { () throws(LabError) in
            guard let answer = try await answer(to: "/v1/status"),
                let status = try? JSONDecoder().decode(
                    StatusMessage.self, from: Data(answer.utf8))
            else { return false }
            return text.map { text in status.problems.contains { $0.contains(text) } }
                ?? status.problems.isEmpty
        }
    }

    /// The text of the last event of this kind.
    fileprivate func event(_ kind: String) async throws -> String? {
        let lines = try await command(["events", "--json"]).output.split(separator: "\n")
        return lines.last { $0.contains("\"\(kind)\"") }.map(String.init)
    }
}

extension Network {
    /// Whether the client's neighbour entry of the VIP comes to be the director's again, with
    /// nothing that it asks itself.
    fileprivate nonisolated func clientComesBack(to vip: String) async throws -> Bool {
        let director = "\(topology[.director].mac)"
        return try await eventually(within: .seconds(8)) { () throws(LabError) in
            try await run(on: .client, ["ip", "neighbour", "show", vip]).output.contains(director)
        }
    }

    fileprivate nonisolated func applyRealServer(_ number: Int, vip: String) async throws {
        let record = "\(folder(of: .web(number)))/record"
        let command = try Programs().command
        try await shell(
            .web(number), "\(command) realserver apply --vip \(vip) --record \(record)")
    }
}
