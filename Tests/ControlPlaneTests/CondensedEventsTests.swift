// SPDX-License-Identifier: Apache-2.0

import LVSModel
import Testing

@testable import ControlPlane

@Suite("Events of many real servers at once")
struct CondensedEventsTests {
    private static let few = [DirectorEvent].toldRealServers

    private func down(_ count: Int, _ reason: String) -> [DirectorEvent] {
        (0..<UInt32(count)).map {
            .realServerDown(
                IPAddress(ipv4: 0x0A00_0001 + $0), of: DirectorHost.service, reason: reason)
        }
    }

    @Test("a few are told one by one, of more the first and how many there are")
    func fates() {
        let few = down(Self.few, "no MAC address")
        #expect(few.condensed == few)
        let up = DirectorEvent.realServerUp(
            DirectorHost.web1, of: DirectorHost.service, mac: mac(5), interface: "eth0")
        let link = DirectorEvent.linkDown("eth0")
        let all = down(100_000, "no MAC address") + down(Self.few + 1, "no route") + [up, link]
        #expect(
            all.condensed == few + down(Self.few, "no route") + [
                up, link, .moreRealServersDown(100_000 - Self.few, reason: "no MAC address"),
                .moreRealServersDown(1, reason: "no route"),
            ])
        let ups = Array(repeating: up, count: Self.few + 2)
        #expect(ups.condensed == ups.dropLast(2) + [.moreRealServersUp(2)])
    }

    @Test("they are said with their number, and are warnings where it is bad")
    func words() {
        let down = DirectorEvent.moreRealServersDown(99_980, reason: "no MAC address")
        #expect("\(down)" == "and 99980 more real servers are down: no MAC address")
        #expect(down.level == .warning)
        #expect("\(DirectorEvent.moreRealServersUp(1))" == "and 1 more real server is up")
        #expect(DirectorEvent.moreRealServersUp(1).level == .info)
    }
}
