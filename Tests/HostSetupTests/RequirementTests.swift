// SPDX-License-Identifier: Apache-2.0

import LVSModel
import Testing

@testable import HostSetup

struct RequirementTests {
    @Test("a real server is silent before it has the VIP")
    func order() throws {
        let vips = try [#require(IPAddress("192.0.2.1")), #require(IPAddress("2001:db8::1"))]
        let list = Requirement.realServer(vips: vips, interfaces: ["eth0.7"])
        #expect(
            list.map(\.subject) == [
                "net.ipv4.conf.all.arp_ignore", "net.ipv4.conf.all.arp_announce",
                "net.ipv4.conf.lo.arp_ignore", "net.ipv4.conf.lo.arp_announce",
                "net.ipv4.conf.eth0/7.arp_ignore", "net.ipv6.conf.lo.disable_ipv6",
                "192.0.2.1/32 on lo", "2001:db8::1/128 on lo",
            ])
        #expect(list.map(\.expected).prefix(2) == ["1 or 2", "2"])
    }

    @Test(
        "a director has VIPs only where it answers ARP for them, and routes only where it is told")
    func director() throws {
        let vip = try #require(IPAddress("192.0.2.1"))
        let plain = Requirement.director(
            interface: "eth0", vips: [], isRouter: true, isFilterStrict: true)
        #expect(
            plain.map(\.subject)
                == ["all", "default", "eth0"].map { "net.ipv4.conf.\($0).send_redirects" })
        let host = Requirement.director(
            interface: "eth0", vips: [vip], isRouter: false, isFilterStrict: true)
        #expect(host.first == .setting(.forwarding, accepted: ["0"]))
        #expect(
            host.suffix(2) == [
                .setting(.ipv4("eth0", "rp_filter"), accepted: ["2"]),
                .address(vip, interface: "eth0"),
            ])
    }

    @Test("a setting's name is sysctl's, and leads nowhere else")
    func names() throws {
        let setting = try #require(KernelSetting("net.ipv4.conf.eth0/7.rp_filter"))
        #expect(setting.path == "/proc/sys/net/ipv4/conf/eth0.7/rp_filter")
        #expect("\(setting)" == "net.ipv4.conf.eth0/7.rp_filter")
        for text in ["", "net", "net..ipv4", "net.//.ipv4", "net./.x", ".net"] {
            #expect(KernelSetting(text) == nil, "\(text)")
        }
    }

    @Test("a record's line is read as it was written, and nothing else is")
    func lines() throws {
        let vip = try #require(IPAddress("192.0.2.1"))
        for change in [
            SetupRecord.Change.setting(.forwarding, before: "1", after: "0"),
            .address(vip, interface: "lo"),
        ] {
            #expect(SetupRecord.Change(change.line[...]) == change)
        }
        for line in ["", "setting net.x 1", "address lo", "address 192.0.2.1 lo x", "link lo"] {
            #expect(SetupRecord.Change(line[...]) == nil)
        }
    }
}
