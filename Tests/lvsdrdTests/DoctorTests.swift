// SPDX-License-Identifier: Apache-2.0

import Foundation
import LVSModel
import Lab
import Testing

extension InLab {
    @Suite("The doctor names what is wrong with the director's host") struct DoctorTests {
        @Test("a healthy cluster is well, in words and in JSON, with the daemon and without")
        func healthy() async throws {
            try await withDirector { network, daemon in
                let report = try await network.doctor(daemon.settings)
                #expect(report.problems == [])
                #expect(report.exitStatus == 0)
                #expect(Set(report.findings.map(\.check)) == Self.all)
                await daemon.process.terminate()
                #expect(try await network.doctor(daemon.settings).problems == [])
            }
        }

        @Test(
            "it reads the running director's settings where there is no file, and fits the terminal"
        )
        func running() async throws {
            try await withDirector { network, daemon in
                let result = try await network.run(
                    on: .director,
                    [
                        "env", "COLUMNS=60", Programs().command, "doctor", "--socket",
                        daemon.socketPath,
                    ])
                #expect(result.status.isSuccess, "\(result.output)\(result.errors)")
                #expect(result.output.contains("real-vip          2 in order"))
                #expect(result.output.split(separator: "\n").allSatisfy { $0.count <= 60 })
                let none = try await network.run(
                    on: .director, [Programs().command, "doctor", "--socket", "/nowhere"])
                #expect(none.status == .exited(78))
            }
        }

        /// The names of the checks that a host has which is in order.
        private static let all: Set = [
            "capabilities", "interface", "speed", "mtu", "offloads", "ip-forward", "send-redirects",
            "vip-held", "vip-claims", "packet-sockets", "bridge-netfilter", "neighbour-table",
            "flow-file", "real-route", "real-mac", "real-mac-shared", "real-mtu", "real-vip",
            "real-port", "real-arp", "real-gateway",
        ]

        @Test("settings, offloads, and a VIP that the host holds")
        func settings() async throws {
            try await withNetwork { network in
                let settings = network.topology.settings(
                    runtimeDirectory: network.folder(of: .director))
                try await network.shell(
                    .director,
                    """
                    sysctl -qw net.ipv4.ip_forward=1 net.ipv4.conf.eth0.send_redirects=1
                    ip address add \(network.vip)/32 dev eth0
                    ethtool -K eth0 rx-gro-list on
                    """)
                let report = try await network.doctor(settings)
                #expect(report.exitStatus == 1)
                #expect(
                    report.names(
                        "ip-forward", "warning", "net.ipv4.ip_forward",
                        mend: "lvsdr director apply --config"))
                #expect(
                    report.names(
                        "send-redirects", "warning", "net.ipv4.conf.eth0.send_redirects"))
                #expect(
                    report.names(
                        "vip-held", "warning", network.vip,
                        mend: "ip address del \(network.vip)/32 dev eth0"))
                #expect(
                    report.names(
                        "offloads", "warning", "eth0", mend: "ethtool -K eth0 rx-gro-list off"))
                #expect(report.problems.count == 4)
                // What it says mends it.
                for finding in report.findings where finding.severity != "ok" {
                    let record = "\(network.folder(of: .director))/record"
                    let line = finding.mend.replacing("lvsdr ", with: "\(try Programs().command) ")
                    let option = finding.mend.hasPrefix("lvsdr ") ? " --record \(record)" : ""
                    try await network.shell(.director, line + option)
                }
                #expect(try await network.doctor(settings).problems == [])
            }
        }

        @Test("with arp: host, a VIP that nobody holds and a filter that drops its clients")
        func arpHost() async throws {
            try await withNetwork { network in
                var settings = network.topology.settings(
                    runtimeDirectory: network.folder(of: .director))
                settings.services[0].arp = .host
                try await network.shell(.director, "sysctl -qw net.ipv4.conf.all.rp_filter=1")
                let report = try await network.doctor(settings)
                #expect(report.exitStatus == 2)
                #expect(
                    report.names(
                        "vip-held", "broken", "\(network.vip)/32 on eth0",
                        mend: "lvsdr director apply"))
                #expect(report.names("rp-filter", "broken", "net.ipv4.conf.eth0.rp_filter"))
                try await network.shell(
                    .director,
                    """
                    ip address add \(network.vip)/32 dev eth0
                    sysctl -qw net.ipv4.conf.eth0.rp_filter=2
                    """)
                #expect(try await network.doctor(settings).problems == [])
            }
        }

        @Test("interfaces that are slow, down, bridges under netfilter, or too small")
        func interfaces() async throws {
            try await withNetwork { network in
                var settings = network.topology.settings(
                    runtimeDirectory: network.folder(of: .director))
                try await network.shell(
                    .director,
                    """
                    ip tuntap add slow0 mode tap
                    ethtool -s slow0 speed 100 duplex half
                    ip link add bridge0 type bridge
                    ip link set bridge0 up
                    sysctl -qw net.bridge.bridge-nf-call-iptables=1
                    ip link add small0 type veth peer name small1
                    ip link set small0 mtu 1400 up
                    ip link set small1 up
                    ip address add 10.9.9.1/24 dev small0
                    """)
                settings.services[0].realServers = [
                    RealServer(address: IPAddress(ipv4: 0x0A09_0902))
                ]
                let small = try await network.doctor(settings)
                #expect(
                    small.names("mtu", "broken", "small0", mend: "ip link set small0 mtu 1500"))
                settings.services[0].realServers = []
                settings.interface = "slow0"
                let slow = try await network.doctor(settings)
                #expect(slow.names("speed", "warning", "slow0", found: "100 Mbit/s, half duplex"))
                #expect(
                    slow.names("interface", "broken", "slow0", mend: "ip link set slow0 up"))
                #expect(slow.names("vip-claims", "not-checked", network.vip))
                settings.interface = "bridge0"
                let bridge = try await network.doctor(settings)
                #expect(
                    bridge.names(
                        "bridge-netfilter", "warning", "bridge0",
                        mend: "net.bridge.bridge-nf-call-iptables=0"))
                settings.interface = "eth7"
                #expect(try await network.doctor(settings).names("interface", "broken", "eth7"))
            }
        }

        @Test("another lvsdrd, and another program, on the same ring")
        func otherPrograms() async throws {
            try await withDirector { network, daemon in
                let folder = network.folder(of: .director)
                // The daemon itself refuses to be the second one; another build may not.
                var others: [RunningProcess] = []
                for name in ["sniffer", "lvsdrd"] {
                    try await network.shell(
                        .director, "cp $(command -v tcpdump) \(folder)/\(name)")
                    others.append(
                        try await network.start(
                            on: .director, ["\(folder)/\(name)", "-i", "eth0", "-w", "/dev/null"],
                            label: name))
                }
                try await network.untilListening(3)
                let report = try await network.doctor(daemon.settings)
                #expect(report.exitStatus == 2)
                #expect(
                    report.names(
                        "packet-sockets", "broken", "eth0", found: "several lvsdrd", mend: "kill"))
                #expect(
                    report.names("packet-sockets", "warning", "eth0", found: "sniffer (process"))
                for other in others { _ = await other.terminate() }
                #expect(try await network.doctor(daemon.settings).problems == [])
            }
        }

        @Test("a flow file of another clock, and one that is damaged", .withoutAcceleration)
        func flowFile() async throws {
            try await withDirector { network, daemon in
                #expect(try await network.answers(4).count == 4)
                let file = "\(daemon.settings.runtimeDirectory)/flows"
                let ahead = try await network.doctor(
                    daemon.settings, prefix: ["unshare", "--time", "--monotonic", "-300"])
                #expect(
                    ahead.names("flow-file", "warning", file, found: "later than now"),
                    "\(ahead.problems)")
                daemon.process.send(signal: 9)
                _ = try await daemon.process.ended(within: .seconds(5))
                #expect(try await network.doctor(daemon.settings).problems == [])
                try await network.shell(.director, "truncate -s 100 \(file)")
                #expect(
                    try await network.doctor(daemon.settings)
                        .names("flow-file", "warning", file, found: "too short"))
            }
        }

        @Test("what may not be checked is not ok")
        func rights() async throws {
            try await withNetwork { network in
                let settings = network.topology.settings(
                    runtimeDirectory: network.folder(of: .director))
                let report = try await network.doctor(
                    settings, prefix: ["setpriv", "--bounding-set", "-net_raw"])
                #expect(report.exitStatus == 1)
                #expect(
                    report.names("capabilities", "warning", "this process", found: "CAP_NET_RAW"))
                #expect(
                    report.names("vip-claims", "not-checked", network.vip, found: "CAP_NET_RAW"))
                for check in ["real-mac", "real-mtu", "real-vip", "real-port", "real-arp"] {
                    #expect(
                        report.names(check, "not-checked", "192.168.142.5", found: "CAP_NET_RAW"))
                }
            }
        }

        @Test("more real servers than the kernel has neighbours for")
        func manyRealServers() async throws {
            try await withNetwork { network in
                var settings = network.topology.settings(
                    runtimeDirectory: network.folder(of: .director))
                settings.services[0].realServers += (0..<1_000).map {
                    RealServer(address: IPAddress(ipv4: 0x0A09_0000 + $0))
                }
                let report = try await network.doctor(settings)
                #expect(
                    report.names(
                        "neighbour-table", "not-checked", "net.ipv4.neigh.default.gc_thresh3",
                        found: "1002 real servers"))
                #expect(report.names("real-vip", "ok", "192.168.142.5"))
            }
        }
    }
}

extension Network {
    /// Waits until so many programs take the frames of the director's interface.
    fileprivate nonisolated func untilListening(_ count: Int) async throws {
        let listen = try await eventually(within: .seconds(5), every: .milliseconds(50)) {
            () throws(LabError) in
            let read = try await run(on: .director, ["cat", "/proc/self/net/packet"])
            let inodes = read.output.split(separator: "\n").dropFirst()
                .filter { $0.split(separator: " ")[3] == "0003" }
            return inodes.count >= count
        }
        try #require(listen)
    }
}
