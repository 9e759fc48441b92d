// SPDX-License-Identifier: Apache-2.0

import LVSModel
import Testing

@testable import ControlPlane

@Suite("Reload")
struct ReloadTests {
    static let (http, web1, web2) = (DirectorHost.service, DirectorHost.web1, DirectorHost.web2)
    static let https = ServiceAddress(address: DirectorHost.vip, port: 443, transport: .tcp)
    let base = DirectorHost.settings

    private func file(_ changes: Change...) throws -> DirectorSettings {
        try base.applying(changes)
    }

    private func weight(_ address: IPAddress, _ weight: UInt16) -> Change {
        .editRealServer(address, of: Self.http, RealServerEdit(weight: weight))
    }

    @Test("what the file does not change stands as it was set at run time")
    func stands() throws {
        let running = try base.applying([
            weight(Self.web2, 9), .drain(Self.web1, of: Self.http, until: 5),
            .addService(VirtualService(address: Self.https, scheduler: .rr)),
        ])
        let file = try file(.setCheckLimit(7))
        let reload = try Reload(base: base, file: file, running: running)
        #expect(reload.applied == [.setCheckLimit(7)])
        #expect(reload.skipped == [])
        #expect(reload.settings == (try running.applying([.setCheckLimit(7)])))
    }

    @Test("of what the file changes, the file's word counts")
    func fileWins() throws {
        let running = try base.applying([
            weight(Self.web2, 9), .drain(Self.web1, of: Self.http, until: nil),
        ])
        let file = try file(weight(Self.web2, 5), weight(Self.web1, 6))
        let reload = try Reload(base: base, file: file, running: running)
        #expect(reload.settings.services[0].realServers.map(\.weight) == [6, 5])
        #expect(
            reload.settings.services[0].realServers.map(\.administrativeState)
                == [.draining, .enabled])
    }

    @Test("the same file changes nothing, whatever was changed at run time")
    func sameFile() throws {
        let running = try base.applying([.removeService(Self.http)])
        let reload = try Reload(base: base, file: base, running: running)
        #expect(reload.settings == running)
        #expect(reload.applied == [])
        #expect(reload.skipped == [])
    }

    @Test("what was removed at run time stays so, and what the file changed of it is skipped")
    func removedAtRunTime() throws {
        let running = try base.applying([.removeRealServer(Self.web2, of: Self.http)])
        let change = weight(Self.web2, 5)
        let file = try file(change, weight(Self.web1, 6))
        let reload = try Reload(base: base, file: file, running: running)
        #expect(reload.applied == [weight(Self.web1, 6)])
        #expect(
            reload.skipped == [
                Reload.Skipped(
                    change,
                    reason: "there is no real server 192.168.142.6 in TCP 192.168.142.100:80")
            ])
    }

    @Test("what was added at run time and now stands in the file is as the file says")
    func addedTwice() throws {
        let web3 = RealServer(address: ip("192.168.142.7"), weight: 3)
        let web4 = RealServer(address: ip("192.168.142.8"))
        let running = try base.applying([
            .addService(
                VirtualService(address: Self.https, scheduler: .rr, realServers: [web3, web4])),
            .drain(web3.address, of: Self.https, until: 9),
        ])
        var other = web3
        other.weight = 8
        let file = try file(
            .addService(
                VirtualService(address: Self.https, scheduler: .wrr, realServers: [other])))
        let reload = try Reload(base: base, file: file, running: running)
        let service = reload.settings.services[1]
        #expect(service.scheduler == .wrr)
        #expect(service.realServers.map(\.weight) == [8, 1])
        #expect(service.realServers.map(\.administrativeState) == [.draining, .enabled])
        #expect(service.realServers[0].drainEnd == 9)
    }

    @Test("what can not stand beside what was added at run time is skipped, the rest is made")
    func overlap() throws {
        let ports = try #require(PortSet("8000-9000"))
        let wide = ServiceAddress(address: DirectorHost.vip, ports: ports, transport: .tcp)
        let running = try base.applying([
            .addService(VirtualService(address: wide, scheduler: .rr))
        ])
        let narrow = ServiceAddress(address: DirectorHost.vip, port: 8080, transport: .tcp)
        let add = Change.addService(VirtualService(address: narrow, scheduler: .rr))
        let file = try file(add, weight(Self.web1, 6))
        let reload = try Reload(base: base, file: file, running: running)
        #expect(reload.applied == [weight(Self.web1, 6)])
        #expect(
            reload.skipped == [
                Reload.Skipped(
                    add,
                    reason: "the ports of service TCP 192.168.142.100:8080 overlap with "
                        + "TCP 192.168.142.100:8000-9000")
            ])
    }

    @Test("an exact reload makes the running the file, and drops drains")
    func exact() throws {
        let running = try base.applying([
            weight(Self.web2, 9), .drain(Self.web1, of: Self.http, until: nil),
        ])
        let reload = Reload(exactly: base, running: running)
        #expect(reload.settings == base)
        #expect(reload.applied.count == 2)
        #expect(reload.applied.contains(.undrain(Self.web1, of: Self.http)))
    }

    @Test("what only a restart brings is told and stays as it is")
    func restart() throws {
        var file = base
        file.interface = "eth1"
        file.checkLimit = 9
        let reload = try Reload(base: base, file: file, running: base)
        #expect(reload.settings.interface == "eth0")
        #expect(reload.settings.checkLimit == 9)
        #expect(reload.needsRestart == ["interface: eth0 -> eth1"])
        #expect(Reload(exactly: file, running: base).settings == reload.settings)
    }

    @Test("a reload never makes settings that break a rule", arguments: UInt64(1)...200)
    func alwaysValid(seed: UInt64) throws {
        var dice = Dice(state: seed)
        let base = DirectorSettings.drawn(by: &dice)
        let file = DirectorSettings.drawn(by: &dice)
        let running = DirectorSettings.drawn(by: &dice)
        guard let reload = try? Reload(base: base, file: file, running: running) else { return }
        #expect(
            SettingsRules.findings(in: reload.settings, of: reload.settings.services) == [])
        #expect(try running.applying(reload.applied).inAnOrder == reload.settings.inAnOrder)
        let unchanged = try Reload(base: base, file: file, running: base)
        #expect(unchanged.settings.inAnOrder == file.inAnOrder)
        #expect(unchanged.skipped == [])
    }
}
