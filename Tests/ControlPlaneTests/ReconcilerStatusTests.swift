// SPDX-License-Identifier: Apache-2.0

import LVSModel
import Testing

@testable import ControlPlane

@Suite("Reconciler: status")
struct ReconcilerStatusTests {
    private func problems(
        ringDrops: UInt64 = 0, _ change: (inout DirectorHost) -> Void
    ) throws -> [String] {
        var host = DirectorHost()
        change(&host)
        let rehearsal = try Rehearsal.serving(on: host)
        return rehearsal.reconciler.problems(.reading(ringDrops: ringDrops))
    }

    @Test("a director that serves has no problems, also with one of its real servers down")
    func noProblems() throws {
        #expect(try problems { $0.neighbours[0].mac = nil } == [])
    }

    @Test("before the first reading there are no problems")
    func beforeReading() throws {
        #expect(try Rehearsal().reconciler.problems(.reading()) == [])
    }

    @Test("a service without a usable real server is a problem")
    func noRealServer() throws {
        let found = try problems { host in
            for index in host.neighbours.indices { host.neighbours[index].mac = nil }
        }
        #expect(found == ["TCP 192.168.142.100:80 has no usable real server"])
    }

    @Test("an ingress interface that is down is a problem")
    func ingressDown() throws {
        let found = try problems { $0.links[0].isRunning = false }
        #expect(found.first == "interface eth0 is down")
    }

    @Test("frames that the receive ring dropped are a problem")
    func ringDrops() throws {
        let tail = ": they came faster than they were forwarded"
        #expect(
            try problems(ringDrops: 12) { _ in } == ["the receive ring dropped 12 frames" + tail])
        #expect(try problems(ringDrops: 1) { _ in } == ["the receive ring dropped 1 frame" + tail])
    }

    @Test("a service shows its figures and those of its real servers, with state and reason")
    func services() throws {
        var host = DirectorHost()
        host.neighbours[1].mac = nil
        let rehearsal = try Rehearsal.serving(on: host)
        let whole = Traffic(connections: 3, packets: 30, bytes: 300)
        let part = DataPlaneCounters.RealCounters(
            traffic: Traffic(connections: 2, packets: 20, bytes: 200),
            flows: FlowCounts(active: 1, inactive: 4))
        let services = rehearsal.reconciler.services(
            .reading(services: [0: whole], realServers: [0: part]))
        let service = try #require(services.first)
        #expect(services.count == 1)
        #expect(service.address == DirectorHost.service)
        #expect(service.scheduler == .rr)
        #expect(service.arp == .director)
        #expect(service.traffic == whole)
        #expect(service.flows == FlowCounts(active: 1, inactive: 4))
        let web1 = try #require(service.realServers.first)
        #expect(web1.address == DirectorHost.web1)
        #expect(web1.health == .up)
        #expect(web1.administrativeState == .enabled)
        #expect(web1.reason == nil)
        #expect(web1.mac == mac(5))
        #expect(web1.egress == "eth0")
        #expect(web1.traffic == part.traffic)
        #expect(web1.flows == part.flows)
        let web2 = try #require(service.realServers.last)
        #expect(web2.weight == 3)
        #expect(web2.health == .down)
        #expect(web2.reason == "no MAC address")
        #expect(web2.mac == nil)
        #expect(web2.egress == "eth0")
        #expect(web2.traffic == Traffic())
    }

    @Test("a service shows what was asked of it, a real server its thresholds")
    func asked() throws {
        let real = RealServer(
            address: DirectorHost.web1, weight: 2, upperThreshold: 100, lowerThreshold: 50)
        let service = VirtualService(
            address: DirectorHost.service, scheduler: .wlc,
            persistence: Persistence(timeout: 60, prefixLength: 24), onePacket: true,
            onDown: .keep, realServers: [real])
        let settings = DirectorSettings(interface: "eth0", services: [service])
        let part = DataPlaneCounters.RealCounters(
            traffic: Traffic(), flows: FlowCounts(active: 1, inactive: 2, persistent: 3))
        let shown = try #require(
            Rehearsal(settings).reconciler.services(.reading(realServers: [0: part])).first)
        #expect(shown.persistence == service.persistence)
        #expect(shown.onePacket)
        #expect(shown.onDown == .keep)
        #expect(shown.flows.persistent == 3)
        #expect(shown.realServers.map(\.upperThreshold) == [100])
        #expect(shown.realServers.map(\.lowerThreshold) == [50])
    }

    @Test("before the first reading every real server is unknown")
    func unknown() throws {
        let services = try Rehearsal().reconciler.services(.reading())
        #expect(services.flatMap { $0.realServers.map(\.health) } == [.unknown, .unknown])
    }
}
