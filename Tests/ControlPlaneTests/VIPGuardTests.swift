// SPDX-License-Identifier: Apache-2.0

import LVSModel
import Testing

@testable import ControlPlane

@Suite("VIP guard")
struct VIPGuardTests {
    private let holder = VIPClaim(vip: DirectorHost.vip, mac: mac(0x99), kind: .holder)
    private let sender = VIPClaim(vip: DirectorHost.vip, mac: mac(5), kind: .sender)
    private let terms = VIPGuard.Terms(vips: [DirectorHost.vip], friends: [mac(4), mac(0x14)])
    private var vipGuard = VIPGuard()

    init() {
        _ = vipGuard.follow(terms)
    }

    @Test("what was not heard before is an alarm; all are counted")
    func alarms() {
        var vipGuard = vipGuard
        #expect(
            vipGuard.receive(holder, fromRealServer: true, at: .zero)
                == .init(isNew: true, announces: true))
        #expect(
            vipGuard.receive(sender, fromRealServer: true, at: .zero)
                == .init(isNew: true, announces: false))
        #expect(vipGuard.receive(holder, fromRealServer: true, at: .zero) == .init())
        #expect(vipGuard.count == 3)
        #expect(Set(vipGuard.claims.keys) == [holder, sender])
    }

    @Test("the VIPs are announced again at most once a second, where they are many in ten")
    func announcements() {
        var vipGuard = vipGuard
        #expect(vipGuard.receive(holder, fromRealServer: true, at: .seconds(1)).announces)
        #expect(!vipGuard.receive(holder, fromRealServer: true, at: .milliseconds(1_999)).announces)
        #expect(vipGuard.receive(holder, fromRealServer: true, at: .seconds(2)).announces)
        _ = vipGuard.follow(VIPGuard.Terms(vips: Self.vips(65)))
        var other = holder
        other.vip = IPAddress(ipv4: 0x0A00_0001)
        #expect(!vipGuard.receive(other, fromRealServer: true, at: .milliseconds(11_999)).announces)
        #expect(vipGuard.receive(other, fromRealServer: true, at: .seconds(12)).announces)
    }

    @Test("a host that may announce in return is answered every ten seconds at most")
    func noWar() {
        var vipGuard = vipGuard
        #expect(vipGuard.receive(holder, fromRealServer: false, at: .zero).announces)
        let later = Duration.milliseconds(9_999)
        #expect(!vipGuard.receive(holder, fromRealServer: false, at: later).announces)
        #expect(vipGuard.receive(sender, fromRealServer: true, at: later).announces)
        #expect(!vipGuard.receive(holder, fromRealServer: false, at: .seconds(10)).announces)
        #expect(vipGuard.receive(holder, fromRealServer: false, at: .seconds(20)).announces)
    }

    @Test("the director itself, its peers, and who claims no VIP of it, are no alarm")
    func friends() {
        var vipGuard = vipGuard
        for claim in [
            VIPClaim(vip: DirectorHost.vip, mac: mac(4), kind: .holder),
            VIPClaim(vip: DirectorHost.vip, mac: mac(0x14), kind: .sender),
            VIPClaim(vip: ip("192.168.142.101"), mac: mac(0x99), kind: .holder),
        ] {
            #expect(vipGuard.receive(claim, fromRealServer: true, at: .zero) == .init())
        }
        #expect(vipGuard.count == 0)
        #expect(vipGuard.claims.isEmpty)
    }

    @Test("who became a peer, or has what is no VIP of it any more, is told to be over")
    func newTerms() {
        var vipGuard = vipGuard
        _ = vipGuard.receive(holder, fromRealServer: true, at: .zero)
        _ = vipGuard.receive(sender, fromRealServer: true, at: .zero)
        #expect(vipGuard.follow(terms) == [])
        var peers = terms
        peers.friends.insert(holder.mac)
        #expect(vipGuard.follow(peers) == [holder])
        #expect(vipGuard.follow(VIPGuard.Terms(friends: peers.friends)) == [sender])
        #expect(vipGuard.claims.isEmpty)
    }

    @Test("who answers no more is over after four questions, who asks no more after a minute")
    func forgets() {
        var vipGuard = vipGuard
        _ = vipGuard.receive(holder, fromRealServer: true, at: .zero)
        _ = vipGuard.receive(sender, fromRealServer: true, at: .zero)
        _ = vipGuard.receive(holder, fromRealServer: true, at: .seconds(5))
        #expect(vipGuard.forget(at: .milliseconds(24_999)) == [])
        #expect(vipGuard.forget(at: .seconds(25)) == [holder])
        #expect(vipGuard.receive(holder, fromRealServer: true, at: .seconds(26)).isNew)
        #expect(vipGuard.forget(at: .milliseconds(59_999)) == [holder])
        #expect(vipGuard.forget(at: .seconds(60)) == [sender])
        #expect(vipGuard.claims.isEmpty)
        #expect(vipGuard.count == 4)
    }

    @Test("each VIP is asked for every five seconds, and of very many 200 a second")
    func questions() {
        for (count, seconds) in [(0, 5), (1, 5), (7, 5), (1_000, 5), (1_001, 6), (2_000, 10)] {
            var vipGuard = VIPGuard()
            _ = vipGuard.follow(VIPGuard.Terms(vips: Self.vips(count)))
            let asked = (0..<2 * seconds).map { _ in vipGuard.questions() }
            #expect(asked.allSatisfy { $0.count <= VIPGuard.questionsASecond })
            #expect(asked.prefix(seconds).flatMap(\.self).sorted() == Self.vips(count).sorted())
            #expect(asked.prefix(seconds) == asked.suffix(seconds))
        }
    }

    @Test("of very many VIPs, who answers no more is over after four questions as well")
    func forgetsOfMany() {
        var vipGuard = VIPGuard()
        let vips = Self.vips(4_000)
        _ = vipGuard.follow(VIPGuard.Terms(vips: vips))
        var claim = holder
        claim.vip = IPAddress(ipv4: 0x0A00_0001)
        _ = vipGuard.receive(claim, fromRealServer: true, at: .zero)
        #expect(vipGuard.forget(at: .milliseconds(79_999)) == [])
        #expect(vipGuard.forget(at: .seconds(80)) == [claim])
    }

    @Test("a host that claims from ever new addresses takes no more memory")
    func capacity() {
        var vipGuard = vipGuard
        for number in 0..<2_000 as Range<UInt64> {
            let claim = VIPClaim(vip: DirectorHost.vip, mac: mac(0x1000 + number), kind: .holder)
            #expect(
                vipGuard.receive(claim, fromRealServer: true, at: .zero).isNew == (number < 1_024))
        }
        #expect(vipGuard.claims.count == 1_024)
        #expect(vipGuard.count == 2_000)
    }

    private static func vips(_ count: Int) -> Set<IPAddress> {
        Set((0..<UInt32(count)).map { IPAddress(ipv4: 0x0A00_0000 + $0) })
    }
}

@Suite("What a claim means, in words")
struct VIPClaimWordsTests {
    @Test(
        "it says who, which of the two problems, and what mends it",
        arguments: [
            (
                DirectorHost.vip, .holder, [DirectorHost.web1],
                "real server 192.168.142.5 (02:00:00:00:00:05) answers for the VIP 192.168.142.100 or "
                    + "announces it, so that clients come past the director: its arp_ignore is not 1, "
                    + "or an interface other than lo has the VIP; run there: lvsdr realserver apply "
                    + "--vip 192.168.142.100"
            ),
            (
                DirectorHost.vip, .sender, [DirectorHost.web1],
                "real server 192.168.142.5 (02:00:00:00:00:05) asks for other hosts in the name of the "
                    + "VIP 192.168.142.100, so that clients come past the director: its arp_announce "
                    + "is not 2; run there: lvsdr realserver apply --vip 192.168.142.100"
            ),
            (
                ip("fd00:8e::100"), .holder, [ip("fd00:8e::5"), ip("fd00:8e::6")],
                "real server fd00:8e::5, fd00:8e::6 (02:00:00:00:00:05) answers for the VIP "
                    + "fd00:8e::100 or announces it, so that clients come past the director: an "
                    + "interface other than lo has the VIP, take it off there; run there: lvsdr "
                    + "realserver apply --vip fd00:8e::100"
            ),
            (
                DirectorHost.vip, .holder, [],
                "host 02:00:00:00:00:05 answers for the VIP 192.168.142.100 or announces it, so that "
                    + "clients come past the director: take the VIP off that host, or name its MAC "
                    + "address under peers where it is a second director"
            ),
        ] as [(IPAddress, VIPClaim.Kind, [IPAddress], String)])
    func alarm(vip: IPAddress, kind: VIPClaim.Kind, realServers: [IPAddress], text: String) {
        let claim = VIPClaim(vip: vip, mac: mac(5), kind: kind)
        #expect(claim.alarm(realServers: realServers) == text)
    }

    @Test("its end names who it was")
    func end() {
        let claim = VIPClaim(vip: DirectorHost.vip, mac: mac(5), kind: .holder)
        #expect(
            claim.end(realServers: [DirectorHost.web1])
                == "no conflict over the VIP 192.168.142.100 with real server 192.168.142.5 "
                + "(02:00:00:00:00:05) any more")
        #expect(
            claim.end(realServers: [])
                == "no conflict over the VIP 192.168.142.100 with host 02:00:00:00:00:05 any more")
    }
}
