// SPDX-License-Identifier: Apache-2.0

import LVSModel
import Testing

@testable import Doctor

@Suite("What a real server's answers and its silence mean")
struct RealServerCheckTests {
    private static let rip = IPAddress(ipv4: 0xC0A8_8E05)
    private static let vip = IPAddress(ipv4: 0xC0A8_8E64)
    private static let mac = MACAddress(rawValue: 0x0200_0000_0005)
    private static let link = HostLink(
        index: 2, name: "eth0", mac: MACAddress(rawValue: 0x0200_0000_0004), isRunning: true,
        mtu: 1_500)

    /// One that answers everything.
    private static var sound: RealServerFacts {
        var real = RealServerFacts(address: rip)
        real.vips = [vip]
        real.ports = [.init(vip: vip, port: 80)]
        real.route = .onLink(interface: 2)
        real.egress = link
        real.macs = [mac]
        real.answers = [
            .echo: [.reply], .fullSize: [.reply], .vip(vip): [.reply], .port(vip, 80): [.accepted],
        ]
        return real
    }

    private func problems(
        _ change: (inout RealServerFacts) -> Void
    ) -> [String] {
        var real = Self.sound
        change(&real)
        return RealServerChecks.findings(real).filter { $0.severity != .ok }
            .map { "\($0.check.rawValue) \($0.severity.rawValue): \($0.found)" }
    }

    @Test("one that answers everything is in order")
    func sound() {
        #expect(problems { _ in } == [])
        #expect(RealServerChecks.findings(Self.sound).count == 7)
    }

    @Test("a router on the way ends the questions")
    func router() {
        let found = problems { $0.route = .gateway(Self.vip, interface: 2) }
        #expect(found == ["real-route broken: is reached only by the router 192.168.142.100"])
        #expect(problems { $0.route = .local }.count == 1)
        #expect(problems { $0.route = .unreachable }.count == 1)
    }

    @Test("silence about its MAC address is death, unless it answers otherwise")
    func silence() {
        let found = problems {
            $0.macs = []
            $0.answers = [:]
            $0.kernelMAC = Self.mac
        }
        #expect(found.count == 1)
        #expect(found.first?.hasPrefix("real-mac broken") == true)
        #expect(
            problems {
                $0.macs = []
                $0.kernelMAC = Self.mac
            } == [])
        #expect(
            problems { $0.macs.insert(MACAddress(rawValue: 9)) }
                == ["real-mac broken: several hosts answer for it: 00:00:00:00:00:09, \(Self.mac)"])
    }

    @Test("large packets that do not arrive, arrive in pieces, or are unknown")
    func mtu() {
        #expect(
            problems { $0.answers[.fullSize] = nil }.first?.hasPrefix("real-mtu broken") == true)
        #expect(
            problems { $0.answers[.fullSize] = [.tooBig] }.first?.hasPrefix("real-mtu broken")
                == true)
        #expect(
            problems { $0.answers[.fullSize] = [.fragments] }.first?.hasPrefix("real-mtu warning")
                == true)
        let quiet = problems {
            $0.answers[.echo] = nil
            $0.answers[.fullSize] = nil
        }
        #expect(
            quiet == [
                "real-mtu not-checked: not checked, because it does not answer ping",
                "real-gateway not-checked: not checked, because it does not answer ping",
            ])
    }

    @Test(
        "a VIP is there when anything answers for it, a closed port too, and not when it is passed on"
    )
    func vip() {
        #expect(problems { $0.answers[.vip(Self.vip)] = nil } == [])
        let closed = problems {
            $0.answers[.vip(Self.vip)] = nil
            $0.answers[.port(Self.vip, 80)] = [.refused]
        }
        #expect(closed == ["real-port broken: 192.168.142.100:80 is closed there"])
        let passed = problems { $0.answers[.vip(Self.vip)] = [.reply, .returned] }
        #expect(passed.count == 1 && passed[0].contains("passes on"))
        let missing = problems {
            $0.answers[.vip(Self.vip)] = nil
            $0.answers[.port(Self.vip, 80)] = nil
        }
        #expect(missing.count == 2 && missing[0].contains("answers for itself"))
        #expect(missing[1].hasPrefix("real-port not-checked"))
        let hung = problems { $0.answers[.port(Self.vip, 80)] = nil }
        #expect(hung == ["real-port broken: 192.168.142.100:80 does not answer there"])
    }

    @Test("a stranger's answer by way of this host, and claims to the VIP")
    func gatewayAndClaims() {
        #expect(
            problems { $0.answers[.stranger] = [.reply] }
                == ["real-gateway broken: its gateway is this host"])
        let claims = problems {
            $0.claims = [
                VIPClaim(vip: Self.vip, mac: Self.mac, kind: .holder),
                VIPClaim(vip: Self.vip, mac: Self.mac, kind: .sender),
            ]
        }
        #expect(claims.count == 2)
        #expect(claims[0].contains("arp_ignore") && claims[1].contains("arp_announce"))
    }

    @Test("one that was not asked is ok in nothing but its route")
    func unasked() {
        let found = problems { $0.unasked = Unasked(reason: "that needs CAP_NET_RAW", mend: "x") }
        #expect(found.count == 6)
        #expect(found.allSatisfy { $0.contains("not-checked: not checked, because that needs") })
    }

    @Test("no more is asked than there is time for, and the rest is told")
    func bound() {
        var reals = Array(repeating: Self.sound, count: 2_000)
        Asking.bound(&reals)
        #expect(Self.sound.questions.count == 5)
        #expect(reals.prefix { $0.unasked == nil }.count == 8_192 / 5)
        #expect(reals.count { $0.unasked == nil } == 8_192 / 5)
    }

    @Test("two with one MAC address, but not one host's addresses of both families")
    func shared() {
        var other = Self.sound
        #expect(SegmentChecks.sharedMACs([other]).map(\.severity) == [.ok])
        other = RealServerFacts(address: IPAddress(high: 0xFD00 << 48, low: 5))
        other.macs = [Self.mac]
        #expect(SegmentChecks.sharedMACs([Self.sound, other]).map(\.severity) == [.ok])
        other = RealServerFacts(address: IPAddress(ipv4: 0xC0A8_8E06))
        other.macs = [Self.mac]
        let shared = SegmentChecks.sharedMACs([Self.sound, other])
        #expect(shared.map(\.subject) == ["192.168.142.5, 192.168.142.6"])
        #expect(shared.map(\.severity) == [.warning])
    }

    @Test("a claim of a host that is neither real server nor peer is told of the VIP")
    func strangers() {
        let own = VIPClaim(vip: Self.vip, mac: Self.mac, kind: .holder)
        let other = VIPClaim(vip: Self.vip, mac: MACAddress(rawValue: 9), kind: .holder)
        func severities(
            _ claims: [VIPClaim], peers: [MACAddress] = []
        ) -> [Finding.Severity] {
            SegmentChecks.claims(
                claims, vips: [Self.vip], realServers: [Self.sound], peers: peers
            ).map(\.severity)
        }
        #expect(severities([own]) == [.ok])
        #expect(severities([own, other]) == [.broken])
        #expect(severities([own, other], peers: [other.mac]) == [.ok])
    }
}
