// SPDX-License-Identifier: Apache-2.0

import LVSModel
import Testing

@testable import ControlPlane

@Suite("Reading the host")
struct HostReadingTests {
    let addresses = [DirectorHost.web1, DirectorHost.web2]

    @Test("everything is the ingress by name, each route once, other egresses, and neighbours")
    func everything() async throws {
        let network = ScriptedNetwork()
        network.set { $0.host.routes[DirectorHost.web2] = .onLink(interface: 3) }
        let reading = try await network.read(
            HostReading.Plan(
                scope: .everything, ingress: .named("eth0"), addresses: addresses))
        #expect(
            network.calls == [
                "link eth0", "route 192.168.142.5", "route 192.168.142.6", "link 3", "neighbours",
            ])
        #expect(reading.ingress == DirectorHost.eth0)
        #expect(reading.egresses == [DirectorHost.eth1])
        #expect(reading.neighbours?.count == 2)
    }

    @Test("routes alone leave the neighbours out")
    func routes() async throws {
        let network = ScriptedNetwork()
        let reading = try await network.read(
            HostReading.Plan(scope: .routes, ingress: .index(2), addresses: addresses))
        #expect(network.calls == ["link 2", "route 192.168.142.5", "route 192.168.142.6"])
        #expect(reading.neighbours == nil)
        #expect(reading.routes[DirectorHost.web1] == .onLink(interface: 2))
    }

    @Test("what the host's interfaces hold is read where it matters, new addresses with neighbours")
    func held() async throws {
        let network = ScriptedNetwork()
        let reading = try await network.read(
            HostReading.Plan(
                scope: .added, ingress: .index(2), addresses: [DirectorHost.web1],
                wantsHeldAddresses: true))
        #expect(
            network.calls == ["link 2", "route 192.168.142.5", "neighbours", "held addresses"])
        #expect(reading.heldAddresses == [ip("192.168.142.4")])
        #expect(reading.scope == .added)
    }

    @Test("an egress interface that is gone is missing")
    func gone() async throws {
        let network = ScriptedNetwork()
        network.set { $0.host.routes[DirectorHost.web2] = .onLink(interface: 9) }
        let reading = try await network.read(
            HostReading.Plan(scope: .routes, ingress: .index(2), addresses: addresses))
        #expect(reading.egresses == [])
    }
}
