// SPDX-License-Identifier: Apache-2.0

import HostNetwork
import LVSModel
import Testing

@testable import Doctor
@testable import HostSetup

@Suite("What a director's host is held to")
struct HostCheckTests {
    private static let eth0 = HostLink(
        index: 2, name: "eth0", mac: MACAddress(rawValue: 0x0200_0000_0004), isRunning: true,
        mtu: 1_500)

    private func facts(_ change: (inout HostFacts) -> Void) -> HostFacts {
        var facts = HostFacts()
        facts.link = Self.eth0
        facts.driver = InterfaceDriver(name: "e1000", speed: 1_000, features: ["rx-gro": true])
        change(&facts)
        return facts
    }

    @Test("an interface must be there, be Ethernet, and run")
    func interface() {
        func severity(_ change: (inout HostFacts) -> Void) -> Finding.Severity {
            LinkChecks.interface("eth0", facts(change)).severity
        }
        #expect(severity { _ in } == .ok)
        #expect(severity { $0.link = nil } == .broken)
        #expect(severity { $0.link?.mac = nil } == .broken)
        #expect(severity { $0.link?.isRunning = false } == .broken)
    }

    @Test(
        "a link below 1 Gbit/s or of half duplex is doubtful, one that tells no speed is not",
        arguments: [
            (1_000, false, Finding.Severity.ok), (100, false, .warning), (10_000, true, .warning),
            (nil, false, .ok),
        ] as [(UInt32?, Bool, Finding.Severity)])
    func speed(_ speed: UInt32?, _ isHalf: Bool, _ severity: Finding.Severity) {
        let facts = facts {
            $0.driver = InterfaceDriver(name: "e1000", speed: speed, isHalfDuplex: isHalf)
        }
        #expect(LinkChecks.speed("eth0", facts)?.severity == severity)
    }

    @Test("offloads that merge beyond repair are named with what turns them off; GRO is none")
    func offloads() {
        func mends(_ features: [String: Bool]) -> [String] {
            let facts = facts { $0.driver?.features = features }
            return LinkChecks.offloads("eth0", facts).map(\.mend)
        }
        #expect(mends(["rx-gro": true, "rx-lro": false]) == [""])
        #expect(
            mends(["rx-gro": true, "rx-lro": true, "rx-gro-list": true]) == [
                "ethtool -K eth0 rx-gro-list off", "ethtool -K eth0 rx-lro off",
            ])
        #expect(mends(["rx-udp-gro-forwarding": true]).count == 1)
    }

    @Test("real servers' interface must take what comes in by the clients'")
    func mtu() {
        var small = Self.eth0
        small.mtu = 1_400
        let findings = LinkChecks.mtu(facts { $0.egress = [Self.eth0, small] })
        #expect(findings.map(\.severity) == [.ok, .broken])
    }

    @Test("netfilter sees the frames of bridges alone")
    func bridgeFilter() {
        let filters = ["net.bridge.bridge-nf-call-iptables"]
        func severity(_ driver: String, _ filters: [String]) -> Finding.Severity {
            let facts = facts {
                $0.driver?.name = driver
                $0.bridgeFilters = filters
            }
            return LinkChecks.bridgeFilter("eth0", facts).severity
        }
        #expect(severity("bridge", filters) == .warning)
        #expect(severity("bridge", []) == .ok)
        #expect(severity("e1000", filters) == .ok)
    }

    @Test("what lvsdr director would make is told by the name of the setting")
    func settings() {
        func finding(_ requirement: Requirement, _ isMet: Bool) -> String {
            let finding = SettingChecks.findings(
                [.init(requirement: requirement, actual: "1", isMet: isMet)], apply: "apply")[0]
            return "\(finding.check.rawValue) \(finding.severity.rawValue) \(finding.mend)"
        }
        let redirects = Requirement.setting(.ipv4("all", "send_redirects"), accepted: ["0"])
        let filter = Requirement.setting(.ipv4("eth0", "rp_filter"), accepted: ["2"])
        let vip = Requirement.address(IPAddress(ipv4: 0xC0A8_8E64), interface: "eth0")
        #expect(finding(.setting(.forwarding, accepted: ["0"]), true) == "ip-forward ok ")
        #expect(
            finding(.setting(.forwarding, accepted: ["0"]), false) == "ip-forward warning apply")
        #expect(finding(redirects, false) == "send-redirects warning apply")
        #expect(finding(filter, false) == "rp-filter broken apply")
        #expect(finding(vip, false) == "vip-held broken apply")
    }

    @Test("a VIP that an interface holds though the data plane answers for it")
    func vipHeld() {
        let vip = IPAddress(ipv4: 0xC0A8_8E64)
        var service = VirtualService(
            address: ServiceAddress(address: vip, port: 80, transport: .tcp), scheduler: .rr)
        #expect(SettingChecks.vipsHeld([service], [:]).map(\.severity) == [.ok])
        #expect(SettingChecks.vipsHeld([service], [vip: "eth0"]).map(\.severity) == [.warning])
        service.arp = .host
        #expect(SettingChecks.vipsHeld([service], [vip: "eth0"]).isEmpty)
    }

    @Test("two lvsdrd are broken, unknown programs doubtful, those that only listen are not")
    func packetSockets() {
        func severities(_ owners: [PacketSocket.Owner?]) -> [Finding.Severity] {
            HostChecks.packetSockets("eth0", owners.map { PacketSocket(owner: $0) })
                .map(\.severity)
        }
        let daemon = PacketSocket.Owner(pid: 10, program: "lvsdrd")
        #expect(severities([]) == [.ok])
        #expect(severities([daemon, daemon, .init(pid: 11, program: "tcpdump")]) == [.ok])
        #expect(severities([daemon, .init(pid: 12, program: "lvsdrd")]) == [.broken])
        #expect(severities([.init(pid: 13, program: "suricata")]) == [.warning])
        #expect(severities([nil, daemon]) == [.notChecked])
        #expect(HostChecks.packetSockets("eth0", nil).map(\.severity) == [.notChecked])
    }

    @Test("lines of /proc/net/packet, without what is none")
    func packetLines() {
        let text = """
            sk               RefCnt Type Proto  Iface R Rmem   User   Inode
            00000000f3a07a1e 3      3    0003   2     1 0      0      25412
            0000000028f9c4b3 3      3    88cc   0     1 0      0      30001
            short line
            """
        #expect(
            PacketSocketReading.lines(text) == [
                .init(protocolNumber: 3, interface: 2, inode: 25_412),
                .init(protocolNumber: 0x88CC, interface: 0, inode: 30_001),
            ])
    }

    @Test("a neighbour table that is too small, unseen, or large enough")
    func neighbourTable() {
        func severity(_ limit: Int?, _ count: UInt32) -> [Finding.Severity] {
            let reals = (0..<count).map { IPAddress(ipv4: 0x0A00_0000 + $0) }
            return HostChecks.neighbourTable(
                limit.map { [.ipv4: $0] } ?? [:], realServers: reals
            ).map(\.severity)
        }
        #expect(severity(1_024, 0) == [])
        #expect(severity(1_024, 896) == [.ok])
        #expect(severity(1_024, 897) == [.broken])
        #expect(severity(nil, 2) == [.ok])
        #expect(severity(nil, 1_000) == [.notChecked])
        let mend = HostChecks.neighbourTable(
            [.ipv6: 10], realServers: [IPAddress(high: 1, low: 1)])[0].mend
        #expect(
            mend
                == "sysctl -w net.ipv6.neigh.default.gc_thresh2=1024 "
                + "net.ipv6.neigh.default.gc_thresh3=2048")
    }

    @Test("a flow file is in order, absent, unreadable, of another clock, or damaged")
    func flowFile() {
        let states: [(FlowFileState, Finding.Severity)] = [
            (.sound, .ok), (.absent, .ok), (.unreadable("Permission denied"), .notChecked),
            (.ahead(flows: 3), .warning),
            (.damaged("it is from before the host was started"), .warning),
        ]
        for (state, severity) in states {
            #expect(HostChecks.flowFile("/run/lvsdr/flows", state).severity == severity)
        }
    }

    @Test(
        "the capabilities that a process lacks, as the kernel tells",
        arguments: [
            ("000001ffffffffff", []), ("0000000000000000", ["NET_ADMIN", "NET_RAW", "BPF"]),
            ("0000000000201000", ["NET_RAW"]), ("0000008000003000", []),
        ] as [(String, [String])])
    func capabilities(_ mask: String, _ missing: [String]) {
        let status = "Name:\tlvsdr\nCapEff:\t\(mask)\nCapBnd:\t0\n"
        #expect(CapabilityReading.missing(status: status) == missing.map { "CAP_" + $0 })
        let severity = HostChecks.capabilities(missing).severity
        #expect(severity == (missing.isEmpty ? .ok : .warning))
    }
}
