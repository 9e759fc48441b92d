// SPDX-License-Identifier: Apache-2.0

import LVSModel
import Lab

// MARK: - The two problems with ARP, made and mended

extension SeedWalk {
    private var broken: HostName { .web(1) }

    /// The hosts that answer when the client asks who has the VIP.
    private var asking: String {
        "arping -c 2 -w 2 -I eth0 \(vip) | grep -o '\\[[0-9A-F:]*\\]' | sort -u; true"
    }

    private func isDirectorAlone(_ output: String) -> Bool {
        output.lowercased() == "[\(mac(.director))]"
    }

    /// The daemon says which of the two problems it is, where, and what mends it.
    private func alarm(_ chapter: String, _ setting: String) async throws {
        let socket = "\(network.folder(of: .director))/control.sock"
        let found = "status --json | grep -o '\"[^\"]*\(setting)[^\"]*\"'"
        let command =
            "\(programs.command) \(found.replacing("status", with: "status --socket \(socket)"))"
        _ = try await eventually(within: .seconds(12), every: .milliseconds(200)) {
            () throws(LabError) in
            try await network.run(on: .director, ["sh", "-c", command]).status.isSuccess
        }
        try await take(
            chapter, "lvsdrd's alarm names host, problem and remedy", on: .director, command,
            shown: "lvsdr \(found)"
        ) {
            $0.contains("\(topology[broken].address)")
                && $0.contains("lvsdr realserver apply --vip \(vip)")
        }
    }

    private func mend(_ chapter: String) async throws {
        let words = "realserver apply --vip \(vip) --interface eth0"
        try await take(
            chapter, "mended with one command", on: broken,
            "\(programs.command) \(words) \(record(broken))", shown: "lvsdr \(words)")
    }

    func problemOfTheAnswer() async throws {
        let chapter = "Problem 1: several hosts answer ARP for the VIP"
        let faults = try Faults(in: network.name)
        let fault = MadeFault(.arpIgnore, on: broken)
        try await take(
            chapter, "the director alone answers", on: .client, asking,
            shown: "arping -c 2 \(vip)", holds: isDirectorAlone)
        try await faults.make(fault)
        try await take(
            chapter, "after lvsdr-lab break \(fault) it answers too", on: .client, asking,
            shown: "arping -c 2 \(vip)"
        ) { $0.lowercased().contains(mac(broken)) }
        try await alarm(chapter, "arp_ignore")
        try await mend(chapter)
        try await faults.heal(fault)
        try await take(
            chapter, "the director alone answers again", on: .client, asking,
            shown: "arping -c 2 \(vip)", holds: isDirectorAlone)
    }

    func problemOfTheSender() async throws {
        let chapter = "Problem 2: a real server asks in the VIP's name"
        let router = topology[.router].address
        let learned = "ip neigh show \(vip) dev eth0"
        let monitor = try await network.start(
            on: .router, ["stdbuf", "-oL", "ip", "-o", "monitor", "neigh", "dev", "eth0"],
            label: "monitor")
        // It resolves its router anew to send from the VIP, as it does for a reply.
        let resolving =
            "ip neigh flush dev eth0; ping -c 1 -W 1 -I \(vip) \(router) > /dev/null; true"
        let faults = try Faults(in: network.name)
        let fault = MadeFault(.arpAnnounce, on: broken)
        let knowing = "ping -c 1 -W 1 \(vip) > /dev/null; \(learned)"
        try await take(
            chapter, "the router knows the director's MAC address", on: .router, knowing,
            shown: learned
        ) { $0.contains(mac(.director)) }
        try await faults.make(fault)
        _ = try await line(broken, resolving)
        let took = "\(vip) lladdr \(mac(broken))"
        _ = try await eventually(within: .seconds(5)) { () throws(LabError) in
            try monitor.output().contains(took)
        }
        note(
            chapter, "after lvsdr-lab break \(fault) it asks, and the router takes it for the VIP",
            seen: took, holds: try monitor.output().contains(took))
        try await take(
            chapter, "lvsdrd announces the VIP again at once, and the router comes back",
            on: .router, "sleep 1; \(learned)", shown: learned
        ) { $0.contains(mac(.director)) }
        try await alarm(chapter, "arp_announce")
        try await mend(chapter)
        try await faults.heal(fault)
        _ = try await line(.router, "ip neigh flush \(vip); \(knowing)")
        _ = try await line(broken, resolving)
        try await take(
            chapter, "the router knows the director's again, and goes on so", on: .router, learned
        ) { $0.contains(mac(.director)) }
    }
}

// MARK: - The six properties

extension SeedWalk {
    private static let chapter = "Properties, measured on the wire"

    func properties(_ daemon: DirectorDaemon) async throws {
        try await network1()
        try await addresses2(daemon)
        try await entrance3()
        try await way4()
        try await gateway5()
        try await vip6()
        try await packet()
    }

    /// Who resolves a RIP gets its host's own MAC address: no router is in between.
    private func network1() async throws {
        for host in topology.webHosts {
            try await take(
                Self.chapter, "1. director and \(host.name) are in one network", on: .director,
                "ping -c 1 -W 1 \(host.address) > /dev/null; ip neigh show \(host.address)"
            ) { $0.contains(mac(host.name)) }
        }
    }

    /// The RIPs so far are private (RFC 1918); web2 gets one more, of a public kind (RFC 5737).
    private func addresses2(_ daemon: DirectorDaemon) async throws {
        let rip = "203.0.113.6"
        let ipvsadm = "LVSDR_SOCKET=\(daemon.socketPath) \(programs.ipvsadm)"
        _ = try await line(.web(2), "ip address add \(rip)/24 dev eth0")
        _ = try await line(.director, "ip address add 203.0.113.4/24 dev eth0")
        _ = try await line(.director, "\(ipvsadm) -a -t \(vip):80 -r \(rip):80 -g")
        try await daemon.waitUntilServing(topology.webServers + 1, within: .seconds(10))
        try await take(
            Self.chapter, "2. web2 has a public address too, and two turns of three", on: .client,
            "for i in 1 2 3 4 5 6; do curl -sS -m 5 http://\(vip)/; done"
        ) { $0.split(separator: "\n").count { $0 == "222222" } == 4 }
        _ = try await line(.director, "\(ipvsadm) -d -t \(vip):80 -r \(rip):80")
        _ = try await line(.director, "ip address del 203.0.113.4/24 dev eth0")
        _ = try await line(.web(2), "ip address del \(rip)/24 dev eth0")
    }

    private func entrance3() async throws {
        let web = topology[.web(1)].address
        let line = """
            ip route replace \(web) via \(topology[.director].address); \
            curl -sS -m 2 http://\(web)/; ip route del \(web)
            """
        let (output, _) = try await self.line(.client, line)
        note(
            Self.chapter, "3. the director is no gateway: what is for a RIP it does not route",
            seen: output, holds: !output.contains("111111"))
    }

    /// A large answer: what passes the director are the client's acknowledgements.
    private func way4() async throws {
        let before = try await network.counters(of: .director)
        let (output, _) = try await line(
            .client, "curl -sS -m 20 -o /dev/null -w '%{size_download}' http://\(vip)/large")
        let after = try await network.counters(of: .director)
        let passed = after - before
        note(
            Self.chapter, "4. every request passes the director, and no reply",
            seen: """
                the client received \(output) bytes; to the director came \
                \(passed.receivedPackets) packets with \(inBytes(passed.receivedBytes))
                """,
            holds: output == "\(Topology.largeFileSize)" && passed.receivedPackets > 10
                && passed.receivedBytes < UInt64(Topology.largeFileSize) / 10)
    }

    private func gateway5() async throws {
        for host in topology.webHosts {
            try await take(
                Self.chapter, "5. the gateway of \(host.name) is the router", on: host.name,
                "ip route get \(topology[.visitor].address) | head -1"
            ) {
                $0.contains("via \(topology[.router].address) ")
                    && !$0.contains("\(topology[.director].address) ")
            }
        }
    }

    private func vip6() async throws {
        for host in topology.webHosts {
            try await take(
                Self.chapter, "6. \(host.name) has the VIP on lo", on: host.name,
                "ip -o -4 address show dev lo | awk '{ print $4 }' | tr '\\n' ' '",
                shown: "ip -4 address show dev lo"
            ) { $0.contains("\(vip)/32") }
        }
    }

    /// One request, as it leaves the client and as it comes to a real server.
    private func packet() async throws {
        func capture(_ host: HostName) async throws -> RunningProcess {
            try await network.start(
                on: host,
                [
                    "tcpdump", "-i", "eth0", "-n", "-e", "-xx", "-c", "1", "-U",
                    "dst host \(vip) and tcp[tcpflags] & tcp-syn != 0",
                ], label: "tcpdump")
        }
        let captures = try await [capture(.client), capture(.web(1)), capture(.web(2))]
        _ = try await eventually(within: .seconds(5)) { () throws(LabError) in
            for capture in captures where try !capture.errors().contains("listening on") {
                return false
            }
            return true
        }
        _ = try await line(.client, "curl -sS -m 5 http://\(vip)/; curl -sS -m 5 http://\(vip)/")
        var frames: [String] = []
        for capture in captures {
            _ = try await capture.ended(within: .seconds(5))
            frames.append(Self.bytes(try capture.output()))
        }
        let macs = [mac(.web(1)), mac(.director)].map { $0.replacing(":", with: "") }.joined()
        note(
            Self.chapter, "the frame at web1 has the director's and its own MAC address",
            seen: "sent    \(frames[0].prefix(60))...\narrived \(frames[1].prefix(60))...",
            holds: frames[1].hasPrefix(macs))
        let same = [frames[1], frames[2]].contains { $0.dropFirst(24) == frames[0].dropFirst(24) }
        note(
            Self.chapter, "behind the MAC addresses every byte is as it was sent",
            seen: "\(frames[0].count / 2) bytes compared: addresses, TTL, checksums, options",
            holds: same && frames[0].count > 100)
    }

    /// The hexadecimal digits that tcpdump -xx prints.
    private static func bytes(_ output: String) -> String {
        output.split(separator: "\n").filter { $0.hasPrefix("\t0x") }.map { line in
            line.split(separator: " ").dropFirst().joined()
        }.joined()
    }
}
