// SPDX-License-Identifier: Apache-2.0

import LVSModel
import Lab
import Testing

extension InLab {
    @Suite("Hosts made fit with one command") struct HostSetupTests {
        private let settings = ["all.arp_ignore", "all.arp_announce", "lo.arp_ignore"]

        @Test("a bare host becomes a real server, and is bare again", arguments: [false, true])
        func realServer(byScript: Bool) async throws {
            try await withNetwork(Topology()) { network in
                try await strip(network)
                let bare = try await state(of: network)
                let record = "\(network.folder(of: .web(1)))/record"
                let setup = try await setup(byScript, record, in: network)
                #expect(
                    try await network.run(on: .web(1), setup("status")).status.isSuccess == false)
                try await network.shell(.web(1), setup("apply").joined(separator: " "))
                #expect(try await network.run(on: .web(1), setup("status")).status.isSuccess)
                let made = try await state(of: network)
                #expect(made.contains("\(network.vip)/32"))
                #expect(made.hasSuffix("1\n2\n1\n"))
                try await network.shell(.web(1), setup("apply").joined(separator: " "))
                #expect(try await state(of: network) == made)

                let daemon = try await network.startDirector()
                try await daemon.waitUntilServing()
                #expect(Set(try await network.answers(4)) == ["111111", "222222"])
                let asked = try await network.run(
                    on: .client,
                    ["arping", "-c", "2", "-w", "2", "-I", "eth0", network.vip])
                #expect(asked.output.contains("\(network.topology[.director].mac)".uppercased()))
                #expect(!asked.output.contains("\(network.topology[.web(1)].mac)".uppercased()))

                try await network.shell(.web(1), setup("remove").joined(separator: " "))
                #expect(try await state(of: network) == bare)
            }
        }

        @Test("what fails half-way changes nothing, and what somebody else changed stays")
        func half() async throws {
            try await withNetwork(Topology()) { network in
                try await strip(network)
                let bare = try await state(of: network)
                let record = "\(network.folder(of: .web(1)))/record"
                let words = try [
                    Programs().command, "realserver", "apply", "--vip", network.vip, "--record",
                    record,
                ]
                let failed = try await network.run(
                    on: .web(1), words + ["--interface", "eth7"])
                #expect(!failed.status.isSuccess)
                #expect(failed.errors.contains("is there such an interface?; nothing was changed"))
                #expect(try await state(of: network) == bare)

                try await network.shell(.web(1), words.joined(separator: " "))
                try await network.shell(.web(1), "sysctl -qw net.ipv4.conf.all.arp_announce=1")
                let removed = try await network.shell(
                    .web(1), "\(words[0]) realserver remove --record \(record)")
                #expect(
                    removed.contains("all.arp_announce was set to 1 by somebody else, and stays"))
                #expect(removed.contains("all.arp_ignore is 0 again"))
            }
        }

        @Test("a script that fails half-way undoes what it began, not what an earlier run made")
        func halfAScript() async throws {
            try await withNetwork(Topology()) { network in
                try await strip(network)
                let bare = try await state(of: network)
                let record = "\(network.folder(of: .web(1)))/record"
                let first = try await setup(true, record, in: network)
                try await network.shell(.web(1), first("apply").joined(separator: " "))
                // There is something to be made before the interface that is missing.
                try await network.shell(.web(1), "sysctl -qw net.ipv4.conf.lo.arp_ignore=0")
                let made = try await state(of: network)
                let recorded = try await network.shell(.web(1), "cat \(record)")

                let second = try await setup(true, record, "--interface eth7", in: network)
                let failed = try await network.run(on: .web(1), second("apply"))
                #expect(!failed.status.isSuccess)
                #expect(failed.errors.contains("eth7"))
                #expect(try await state(of: network) == made)
                #expect(try await network.shell(.web(1), "cat \(record)") == recorded)

                try await network.shell(.web(1), first("remove").joined(separator: " "))
                #expect(try await state(of: network) == bare)
            }
        }

        @Test("a director that routed and redirected does neither, and does so again")
        func director() async throws {
            try await withNetwork(Topology()) { network in
                let file = try network.writeDirectorConfiguration()
                let read = """
                    cd /proc/sys/net/ipv4; cat ip_forward conf/all/send_redirects \
                    conf/eth0/send_redirects
                    """
                try await network.shell(
                    .director,
                    "sysctl -qw net.ipv4.ip_forward=1 net.ipv4.conf.all.send_redirects=1")
                let before = try await network.shell(.director, read)
                let words =
                    "\(try Programs().command) director VERB --record "
                    + "\(network.folder(of: .director))/record"
                let apply = words.replacing("VERB", with: "apply") + " --config \(file)"
                try await network.shell(.director, apply)
                #expect(try await network.shell(.director, read) == "0\n0\n0\n")
                try await network.shell(
                    .director, words.replacing("VERB", with: "status") + " --config \(file)")
                try await network.shell(.director, words.replacing("VERB", with: "remove"))
                #expect(try await network.shell(.director, read) == before)
            }
        }

        /// Takes from the first real server what the lab made it with.
        private func strip(_ network: Network) async throws {
            try await network.shell(
                .web(1),
                """
                ip address del \(network.vip)/32 dev lo
                for place in all lo; do
                    sysctl -qw net.ipv4.conf.$place.arp_ignore=0 net.ipv4.conf.$place.arp_announce=0
                done
                """)
        }

        private func state(of network: Network) async throws -> String {
            let files = settings.map { "/proc/sys/net/ipv4/conf/" + $0.replacing(".", with: "/") }
            return try await network.shell(
                .web(1), "ip -o -4 address show dev lo; cat \(files.joined(separator: " "))")
        }

        /// How the command, or the script that it prints, is called with a verb.
        private func setup(
            _ byScript: Bool, _ record: String, _ options: String = "", in network: Network
        ) async throws -> @Sendable (String) -> [String] {
            let command = try Programs().command
            let vip = network.vip
            guard byScript else {
                return { verb in
                    [command, "realserver", verb, "--record", record]
                        + (verb == "remove" ? [] : ["--vip", vip])
                }
            }
            let script = "\(record).sh"
            try await network.shell(
                .web(1),
                """
                \(command) realserver script --vip \(vip) \(options) |
                sed 's|/run/lvsdr-realserver|\(record)|' > \(script)
                """)
            return { ["sh", script, $0] }
        }
    }
}
