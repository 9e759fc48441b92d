// SPDX-License-Identifier: Apache-2.0

import LVSModel
import Lab

/// The way from bare hosts to a cluster, in the order in which an operator goes it.
struct SeedWalk {
    let network: Network
    let programs: Programs
    let report: SeedReport

    var topology: Topology { network.topology }
    var vip: String { "\(topology.vip)" }

    /// What it needs beside a lab's own programs.
    static func checkPrograms() throws {
        let needed = ["ganesha.nfsd", "nfs-cat", "arping", "tcpdump", "ping"]
        let missing = needed.filter { !SearchPath.has($0) }.map { program in
            "the program \(program) is missing: `scripts/dependencies test` installs it"
        }
        guard missing.isEmpty else { throw LabError.unmet(missing) }
    }

    func run() async throws {
        try await step("the NFS server starts") { try await network.startNFSServer() }
        try await documents()
        for host in topology.webHosts { try await realServer(host) }
        let daemon = try await director()
        try await rules(daemon)
        try await test()
        try await problemOfTheAnswer()
        try await problemOfTheSender()
        try await properties(daemon)
    }
}

// MARK: - Means

extension SeedWalk {
    /// Runs a shell line on a host; what it wrote, also where it failed.
    func line(_ host: HostName, _ text: String) async throws -> (output: String, isSuccess: Bool) {
        let result = try await network.run(on: host, ["sh", "-c", text], within: .seconds(30))
        let output = result.output + result.errors
        return (
            output.hasSuffix("\n") ? String(output.dropLast()) : output, result.status.isSuccess
        )
    }

    /// Runs the line and adds what was seen; `holds` judges the output.
    @discardableResult
    func take(
        _ chapter: String, _ name: String, on host: HostName, _ text: String,
        shown: String? = nil, holds: (String) -> Bool = { _ in true }
    ) async throws -> String {
        let (output, isSuccess) = try await line(host, text)
        let command = (shown ?? text).replacing("\(programs.command) ", with: "lvsdr ")
            .replacing("\(programs.ipvsadm) ", with: "ipvsadm ")
        report.add(
            SeedStep(
                chapter: chapter, step: name, command: "\(host): \(command)",
                seen: output, holds: isSuccess && holds(output)))
        return output
    }

    /// Adds what was found in another way.
    func note(_ chapter: String, _ name: String, seen: String, holds: Bool) {
        report.add(
            SeedStep(chapter: chapter, step: name, command: "", seen: seen, holds: holds))
    }

    /// Where a host writes down what was changed on it: the lab's hosts share their file system.
    func record(_ host: HostName) -> String { "--record \(network.folder(of: host))/setup" }

    func mac(_ host: HostName) -> String { "\(topology[host].mac)" }
}

// MARK: - Hosts

extension SeedWalk {
    /// The kernel's client mounts; where there is none, libnfs' tools fetch.
    private func documents() async throws {
        let (known, _) = try await line(.nfs, "cat /proc/filesystems")
        for host in topology.webHosts {
            let folder = network.folder(of: host.name)
            // What answers from now on is not what the lab put there.
            _ = try await line(host.name, "rm \(folder)/documents/index.html")
            try await known.contains("\tnfs4\n") ? mount(host, folder) : fetch(host, folder)
        }
    }

    private func fetch(_ host: Host, _ folder: String) async throws {
        let address = network.nfsAddress(of: host.name, file: "index.html")
        try await take(
            "NFS server", "\(host.name) fetches its documents: this kernel has no NFS client",
            on: host.name, "nfs-cat '\(address)' | tee \(folder)/documents/index.html",
            shown: "nfs-cat '\(address)'"
        ) { $0 == topology.answer(of: host.name) }
    }

    /// In a mount namespace of nginx's own, with which the mount goes.
    private func mount(_ host: Host, _ folder: String) async throws {
        let export = "\(topology[.nfs].address):/\(host.name)"
        let nginx = "nginx -p \(folder) -c nginx.conf -e stderr -g 'daemon on; master_process off;'"
        try await take(
            "NFS server", "\(host.name) mounts its documents", on: host.name,
            """
            kill $(cat \(folder)/nginx.pid); sleep 1; unshare --mount --propagation private sh -c \
            "mount -t nfs4 \(export) \(folder)/documents && exec \(nginx)" 2>\(folder)/nginx.err && \
            sleep 1 && curl -sS http://\(host.address)/
            """, shown: "mount -t nfs4 \(export) documents"
        ) { $0 == topology.answer(of: host.name) }
    }

    private func realServer(_ host: Host) async throws {
        let chapter = "Real server \(host.name)"
        let command = "\(programs.command) realserver"
        let options = record(host.name)
        try await take(
            chapter, "it is bare", on: host.name, "\(command) status --vip \(vip) \(options); true",
            shown: "\(command) status --vip \(vip)"
        ) { $0.contains(vip) }
        try await take(
            chapter, "the VIP on lo, arp_ignore and arp_announce, with one command", on: host.name,
            "\(command) apply --vip \(vip) --interface eth0 \(options)",
            shown: "\(command) apply --vip \(vip) --interface eth0")
        try await take(
            chapter, "all of it is as it should be", on: host.name,
            "\(command) status --vip \(vip) --interface eth0 \(options)",
            shown: "\(command) status --vip \(vip) --interface eth0")
        try await take(
            chapter, "it serves at its own address", on: .client,
            "curl -sS -m 5 http://\(host.address)/"
        ) { $0 == topology.answer(of: host.name) }
    }

    private func director() async throws -> DirectorDaemon {
        let chapter = "Director"
        var settings = topology.settings(runtimeDirectory: network.folder(of: .director))
        settings.services = []
        let file = try network.writeDirectorConfiguration(settings)
        try await take(
            chapter, "ip_forward and send_redirects, with one command", on: .director,
            "\(programs.command) director apply --config \(file) \(record(.director))",
            shown: "\(programs.command) director apply")
        try await take(
            chapter, "it neither routes nor redirects", on: .director,
            """
            cd /proc/sys/net/ipv4 && cat ip_forward conf/all/send_redirects \
            conf/default/send_redirects conf/eth0/send_redirects | tr '\\n' ' '
            """, shown: "sysctl ip_forward all.send_redirects default... eth0..."
        ) { $0 == "0 0 0 0 " }
        let daemon = try await DirectorDaemon.start(
            in: network, programs: programs, settings: settings)
        _ = try await eventually(within: .seconds(10)) { () throws(LabError) in
            try await daemon.answer(to: "/v1/status") != nil
        }
        return daemon
    }

    /// ipvsadm's command lines, as they stand in everybody's notes.
    private func rules(_ daemon: DirectorDaemon) async throws {
        let chapter = "Rules, by ipvsadm's command line"
        let folder = network.folder(of: .director)
        let ipvsadm = "LVSDR_SOCKET=\(daemon.socketPath) \(programs.ipvsadm)"
        func take(_ name: String, _ words: String, holds: (String) -> Bool = { _ in true })
            async throws
        {
            try await self.take(
                chapter, name, on: .director, "\(ipvsadm) \(words)", shown: "ipvsadm \(words)",
                holds: holds)
        }
        try await take("cleared", "-C")
        try await take("the service", "-A -t \(vip):80 -s rr")
        for host in topology.webHosts {
            try await take("a real server", "-a -t \(vip):80 -r \(host.address):80 -g")
        }
        let isWhole = { (table: String) in
            topology.webHosts.allSatisfy { table.contains("\($0.address):80") }
                && table.contains("Route")
        }
        try await take("the table says Route", "-ln", holds: isWhole)
        try await take("saved", "-S -n > \(folder)/rules && cat \(folder)/rules")
        try await take("cleared again", "-C")
        try await take("restored", "-R < \(folder)/rules")
        try await take("the table is as before", "-ln", holds: isWhole)
        try await daemon.waitUntilServing(
            topology.webServers, within: .seconds(10))
    }

    private func test() async throws {
        let chapter = "Test"
        for client in [HostName.client, .visitor] {
            try await take(
                chapter, "\(client) is answered by both in turn", on: client,
                "for i in 1 2 3 4 5 6; do curl -sS -m 5 http://\(vip)/; done"
            ) { output in
                let answers = output.split(separator: "\n")
                return answers.count == 6 && Set(answers.prefix(2)).count == 2
                    && zip(answers, answers.dropFirst(2)).allSatisfy(==)
            }
        }
    }
}
