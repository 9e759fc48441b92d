// SPDX-License-Identifier: Apache-2.0

import LVSModel
import Testing

@testable import ControlPlane

@Suite("Director events")
struct DirectorEventTests {
    @Test("the log of a start tells which real servers are up, what was published and announced")
    func start() throws {
        var rehearsal = try Rehearsal()
        rehearsal.host.neighbours[1].mac = nil
        try rehearsal.begin()
        _ = rehearsal.settle()
        #expect(
            rehearsal.log() == [
                "real server 192.168.142.5 of TCP 192.168.142.100:80 is up "
                    + "(02:00:00:00:00:05 on eth0)",
                "real server 192.168.142.6 of TCP 192.168.142.100:80 is down: no MAC address",
                "published forwarding table 1",
                "announced 1 VIP on eth0",
            ])
    }

    @Test("a changed MAC address is told with both")
    func changedMAC() throws {
        var rehearsal = try Rehearsal.serving()
        _ = rehearsal.settle(
            .neighbour(HostNeighbour(interface: 2, address: DirectorHost.web1, mac: mac(0x55))))
        #expect(
            rehearsal.log().first
                == "real server 192.168.142.5 of TCP 192.168.142.100:80 changed its MAC address "
                + "from 02:00:00:00:00:05 to 02:00:00:00:00:55")
    }

    @Test("a real server that is reached by another interface is told to be up there")
    func otherInterface() throws {
        var host = DirectorHost()
        host.neighbours.append(HostNeighbour(interface: 3, address: DirectorHost.web1, mac: mac(5)))
        var rehearsal = try Rehearsal.serving(on: host)
        rehearsal.host.routes[DirectorHost.web1] = .onLink(interface: 3)
        _ = rehearsal.settle(.routesChanged)
        #expect(
            rehearsal.log().first
                == "real server 192.168.142.5 of TCP 192.168.142.100:80 is up "
                + "(02:00:00:00:00:05 on eth1)")
    }

    @Test("a link that stops and starts is told of, and so is what it means for real servers")
    func link() throws {
        var settings = DirectorHost.settings
        settings.services[0].realServers.removeLast()
        var rehearsal = try Rehearsal.serving(settings)
        _ = rehearsal.settle(.link(DirectorHost.eth0.with(isRunning: false)))
        let real = "real server 192.168.142.5 of TCP 192.168.142.100:80"
        #expect(
            rehearsal.log() == [
                "interface eth0 is down",
                "\(real) is down: interface eth0 is down",
                "published forwarding table 2",
            ])
        _ = rehearsal.settle(.link(DirectorHost.eth0))
        #expect(
            rehearsal.log() == [
                "interface eth0 is up",
                "\(real) is up (02:00:00:00:00:05 on eth0)",
                "published forwarding table 3",
                "announced 1 VIP on eth0",
            ])
    }

    @Test("another reason to be down is told, the same one is not")
    func otherReason() throws {
        var rehearsal = try Rehearsal.serving()
        rehearsal.host.routes[DirectorHost.web1] = .unreachable
        _ = rehearsal.settle(.routesChanged)
        #expect(rehearsal.log().first?.hasSuffix("is down: no route") == true)
        _ = rehearsal.settle(.routesChanged)
        #expect(rehearsal.log() == [])
        rehearsal.host.routes[DirectorHost.web1] = .local
        _ = rehearsal.settle(.routesChanged)
        let log = rehearsal.log()
        #expect(log.count == 1)
        #expect(log.first?.hasSuffix("is down: an address of this host") == true)
    }

    @Test("what takes a service away is a warning, what brings it is information")
    func levels() {
        let up = DirectorEvent.realServerUp(
            DirectorHost.web1, of: DirectorHost.service, mac: mac(5), interface: "eth0")
        #expect(up.level == .info)
        #expect(DirectorEvent.linkRemoved("eth0").level == .warning)
        #expect(DirectorEvent.failed(.noFreeIndex).level == .warning)
        #expect(DirectorEvent.published(generation: 1).level == .debug)
    }

    @Test("an event has a word for programs, and names whom it is about")
    func kinds() {
        let service = DirectorHost.service
        let claim = VIPClaim(vip: DirectorHost.vip, mac: mac(5), kind: .holder)
        let events: [DirectorEvent] = [
            .realServerUp(DirectorHost.web1, of: service, mac: mac(5), interface: "eth0"),
            .realServerDown(DirectorHost.web1, of: service, reason: "refused"),
            .realServerChangedMAC(DirectorHost.web1, of: service, from: mac(5), to: mac(6)),
            .realServerWeight(DirectorHost.web1, of: service, weight: 3),
            .sorryServerServes(DirectorHost.web1, of: service),
            .sorryServerRests(DirectorHost.web1, of: service),
            .floorReached(service, minimumUp: 1, held: [DirectorHost.web1]), .floorLeft(service),
            .roleChanged(.standby), .vipTaken(DirectorHost.vip), .vipGiven(DirectorHost.vip),
            .vipClaimed(claim, realServers: []), .vipClaimEnded(claim, realServers: []),
            .linkUp("eth0"), .linkDown("eth0"), .linkRemoved("eth0"),
            .announced(vips: 1, interface: "eth0"), .published(generation: 1),
            .failed(.noFreeIndex),
        ]
        #expect(Set(events.map(\.kind)).count == events.count)
        #expect(
            events.allSatisfy { $0.kind.allSatisfy { $0 == "-" || $0.isLowercase && $0.isASCII } })
        #expect(events[1].kind == "real-server-down")
        #expect(events.prefix(6).allSatisfy { $0.realServer == DirectorHost.web1 })
        #expect(events.prefix(8).allSatisfy { $0.service == service })
        #expect(events.dropFirst(6).allSatisfy { $0.realServer == nil })
        #expect(events.dropFirst(8).allSatisfy { $0.service == nil })
        let claimed = DirectorEvent.vipClaimed(claim, realServers: [DirectorHost.web1])
        #expect(claimed.realServer == DirectorHost.web1)
        #expect(claimed.level == .warning)
    }

    @Test("an error says what is wrong in a sentence")
    func errors() {
        #expect(
            "\(DirectorError.tooManyServices(16_385))"
                == "16385 virtual services are more than the 16384 that a director holds")
        #expect(
            "\(DirectorError.tooManyRealServers(131_073))"
                == "131073 real servers are more than the 131072 that a director holds")
        #expect("\(DirectorError.noSuchInterface("eth7"))" == "there is no interface eth7")
    }
}
