// SPDX-License-Identifier: Apache-2.0

import ControlMessages
import Glibc
import LVSModel
import Lab
import Testing

extension InLab {
    @Suite struct IPVSAdministrationTests {
        /// A director without services, and `ipvsadm` as a word of the shell on it.
        private func withEmptyDirector(
            _ body: (Network, DirectorDaemon, _ shell: (String) async throws -> CommandResult)
                async throws -> Void
        ) async throws {
            try await withNetwork { network in
                let daemon = try await network.startDirector { $0.services = [] }
                try #require(
                    try await eventually(within: .seconds(15)) { () throws(LabError) in
                        try await daemon.answer(to: "/v1/services") != nil
                    })
                let program = try Programs().ipvsadm
                let environment = "export LVSDR_SOCKET=\(daemon.socketPath); "
                // Its usual path, in a mount namespace that goes with the command.
                let mount = "mount --bind \(program) /sbin/ipvsadm && "
                try await body(network, daemon) { line in
                    try await network.run(
                        on: .director,
                        ["unshare", "--mount", "sh", "-c", environment + mount + line],
                        within: .seconds(60))
                }
            }
        }

        @Test(
            "the reference deployment's commands run as they are written, and print what they did")
        func commands() async throws {
            try await withEmptyDirector { network, daemon, shell in
                let lines = [
                    "ipvsadm -C", "ipvsadm -A -t 192.168.142.100:80 -s rr",
                    "ipvsadm -a -t 192.168.142.100:80 -r 192.168.142.5:80 -g",
                    "ipvsadm -a -t 192.168.142.100:80 -r 192.168.142.6:80 -g",
                ]
                let done = try await shell(lines.joined(separator: " && "))
                try #require(done.status.isSuccess, "\(done.errors)")
                try await daemon.waitUntilUp(2)
                #expect(Set(try await network.answers(4)) == ["111111", "222222"])
                let list = try await shell("ipvsadm -ln").output.split(separator: "\n")
                #expect(list.count == 6 && list[3] == "TCP  192.168.142.100:80 rr", "\(list)")
                #expect(list[4].hasPrefix("  -> 192.168.142.5:80             Route   1      0 "))
                let flows = try await shell("ipvsadm -lnc").output
                #expect(flows.contains("192.168.142.100:80 192.168.142.5:80"), "\(flows)")
                let stats = try await shell("ipvsadm -ln --stats").output
                #expect(stats.contains("TCP  192.168.142.100:80                  4 "), "\(stats)")
                let cleared = try await shell("ipvsadm -C && ipvsadm -S -n")
                #expect(cleared.output == "")
                let rules = lines[1...2].map { $0.dropFirst("ipvsadm ".count) + "\n" }.joined()
                let restored = try await shell(
                    "printf '%s' '\(rules)' | ipvsadm -R && ipvsadm -S -n")
                #expect(
                    restored.output == """
                        -A -t 192.168.142.100:80 -s rr
                        -a -t 192.168.142.100:80 -r 192.168.142.5:80 -g -w 1

                        """, "\(restored.errors)")
            }
        }

        @Test("what is refused has ipvsadm's words and exit status")
        func refusals() async throws {
            try await withEmptyDirector { _, _, shell in
                let rows = [
                    ("ipvsadm -A -t 10.0.0.1:80", Int32(0), ""),
                    ("ipvsadm -A -t 10.0.0.1:80", 1, "Service already exists"),
                    ("ipvsadm -D -t 10.0.0.2:80", 1, "No such service"),
                    ("ipvsadm -a -t 10.0.0.2:80 -r 10.0.0.5", 1, "Service not defined"),
                    ("ipvsadm -d -t 10.0.0.1:80 -r 10.0.0.5", 1, "No such destination"),
                    ("ipvsadm -a -t 10.0.0.1:80 -r 10.0.0.5 -m", 2, "not direct routing"),
                    ("ipvsadm -A", 2, "Try `ipvsadm -h'"),
                    ("ipvsadm --set 100 0 30 && ipvsadm -l --timeout", 0, ""),
                ]
                for (line, status, words) in rows {
                    let result = try await shell(line)
                    #expect(result.status == .exited(status), "\(line): \(result.errors)")
                    #expect(result.errors.contains(words), "\(line): \(result.errors)")
                }
                let timeouts = try await shell("ipvsadm -l --timeout").output
                #expect(timeouts == "Timeout (tcp tcpfin udp): 100 120 30\n")
            }
        }

        @Test("ldirectord drives it: services appear, a failed real server goes and comes back")
        func ldirectord() async throws {
            try await withEmptyDirector { network, daemon, _ in
                let folder = network.folder(of: .director)
                let name = "lvsdr-\(getpid())"
                let configuration = """
                    checktimeout=1
                    checkinterval=1
                    quiescent=no
                    virtual=192.168.142.100:80
                    \treal=192.168.142.5:80 gate 1
                    \treal=192.168.142.6:80 gate 3
                    \tservice=http
                    \tscheduler=wrr
                    \tprotocol=tcp
                    \tchecktype=connect

                    """
                try await network.shell(
                    .director, "cat > \(folder)/\(name).cf <<'END'\n\(configuration)END")
                defer { unsafe unlink("/var/run/ldirectord.\(name).pid") }
                let line = """
                    mount --bind \(try Programs().ipvsadm) /sbin/ipvsadm && \
                    exec /usr/sbin/ldirectord -d \(folder)/\(name).cf start
                    """
                _ = try await network.start(
                    on: .director,
                    [
                        "env", "LVSDR_SOCKET=\(daemon.socketPath)", "unshare", "--mount", "sh",
                        "-c", line,
                    ], label: "ldirectord")
                try await daemon.waitUntilUp(2)
                #expect(try await daemon.services()[0].scheduler == "wrr")
                let weights = try await daemon.services()[0].realServers.map(\.weight)
                #expect(weights.sorted() == [1, 3])
                let pid = try await network.shell(
                    .web(2), "cat \(network.folder(of: .web(2)))/nginx.pid")
                try #require(kill(try #require(pid_t(pid.filter(\.isNumber))), SIGKILL) == 0)
                try await daemon.waitUntilUp(1)
                #expect(Set(try await network.answers(4)) == ["111111"])
                _ = try await network.start(
                    on: .web(2),
                    [
                        "nginx", "-p", network.folder(of: .web(2)), "-c", "nginx.conf", "-e",
                        "stderr", "-g", "daemon off; master_process off;",
                    ], label: "nginx-again")
                try await daemon.waitUntilUp(2)
                #expect(Set(try await network.answers(8)) == ["111111", "222222"])
            }
        }
    }
}

extension DirectorDaemon {
    /// Waits until the director has just so many real servers, all up.
    fileprivate func waitUntilUp(_ count: Int) async throws {
        let isSo = try await eventually(within: .seconds(30)) { () throws(LabError) in
            let text = try await answer(to: "/v1/services") ?? ""
            let all = text.split(separator: "\"effectiveWeight\":").count - 1
            let up = text.split(separator: "\"health\":\"up\"").count - 1
            return all == count && up == count
        }
        let found = try await answer(to: "/v1/services") ?? ""
        try #require(isSo, "\(found)")
    }
}
