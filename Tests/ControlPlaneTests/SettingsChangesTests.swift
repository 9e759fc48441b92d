// SPDX-License-Identifier: Apache-2.0

import LVSModel
import Testing

@testable import ControlPlane

@Suite("Changes of settings")
struct SettingsChangesTests {
    static let http = DirectorHost.service
    static let https = ServiceAddress(address: DirectorHost.vip, port: 443, transport: .tcp)
    static let (web1, web2, web3) = (DirectorHost.web1, DirectorHost.web2, ip("192.168.142.7"))
    let settings = DirectorHost.settings

    private func service(_ address: ServiceAddress, _ reals: RealServer...) -> VirtualService {
        VirtualService(address: address, scheduler: .rr, realServers: reals)
    }

    @Test("a service comes behind the others, with its real servers")
    func addService() throws {
        let new = service(Self.https, RealServer(address: Self.web3))
        let result = try settings.applying([.addService(new)])
        #expect(result.services == settings.services + [new])
    }

    @Test("of a service only what the edit names becomes other, and its real servers stay")
    func editService() throws {
        let edit = ServiceEdit(
            scheduler: .sh, schedulerFlags: [.shPort],
            persistence: .set(Persistence(prefixLength: 24)))
        let result = try settings.applying([.editService(Self.http, edit)])
        var wanted = settings
        wanted.services[0].scheduler = .sh
        wanted.services[0].schedulerFlags = [.shPort]
        wanted.services[0].persistence = Persistence(prefixLength: 24)
        #expect(result == wanted)
        let back = try result.applying([
            .editService(Self.http, ServiceEdit(persistence: .set(nil)))
        ])
        #expect(back.services[0].persistence == nil)
    }

    @Test("one service goes, or all")
    func removeService() throws {
        #expect(try settings.applying([.removeService(Self.http)]).services == [])
        let two = try settings.applying([.addService(service(Self.https))])
        #expect(try two.applying([.removeService(Self.http)]).services == [service(Self.https)])
        #expect(try two.applying([.removeAllServices]).services == [])
    }

    @Test("a real server comes behind the others, becomes other where it stands, and goes")
    func realServers() throws {
        let added = try settings.applying([
            .addRealServer(RealServer(address: Self.web3, weight: 7), to: Self.http),
            .editRealServer(
                Self.web1, of: Self.http, RealServerEdit(weight: 9, upperThreshold: 5)),
        ])
        #expect(added.services[0].realServers.map(\.address) == [Self.web1, Self.web2, Self.web3])
        #expect(added.services[0].realServers.map(\.weight) == [9, 3, 7])
        #expect(added.services[0].realServers.map(\.upperThreshold) == [5, 0, 0])
        let removed = try added.applying([.removeRealServer(Self.web2, of: Self.http)])
        #expect(removed.services[0].realServers.map(\.address) == [Self.web1, Self.web3])
    }

    @Test("what is removed can be added again by the next change, and is the last then")
    func addedAgain() throws {
        let result = try settings.applying([
            .removeRealServer(Self.web1, of: Self.http),
            .addRealServer(RealServer(address: Self.web1), to: Self.http),
        ])
        #expect(result.services[0].realServers.map(\.address) == [Self.web2, Self.web1])
    }

    @Test("administrative states: drain, undrain, disable, enable")
    func states() throws {
        func real(_ changes: Change...) throws -> RealServer {
            try settings.applying(changes).services[0].realServers[0]
        }
        let drain = Change.drain(Self.web1, of: Self.http, until: 77)
        #expect(try real(drain).administrativeState == .draining)
        #expect(try real(drain).drainEnd == 77)
        let undrained = try real(drain, .undrain(Self.web1, of: Self.http))
        #expect(undrained == settings.services[0].realServers[0])
        let disabled = try real(drain, .disable(Self.web1, of: Self.http))
        #expect(disabled.administrativeState == .disabled)
        #expect(disabled.drainEnd == nil)
        let enabled = try real(
            .disable(Self.web1, of: Self.http), .enable(Self.web1, of: Self.http))
        #expect(enabled == settings.services[0].realServers[0])
    }

    @Test("what is beside the services is set")
    func rest() throws {
        let result = try settings.applying([
            .setTimeouts(FlowTimeouts(tcp: 60)), .setAnswers(AnswerPolicy(noFlow: .drop)),
            .setSourceMAC(.preserve), .setCheckLimit(9), .setPeers([mac(9)]),
        ])
        var wanted = settings
        wanted.timeouts.tcp = 60
        wanted.answers.noFlow = .drop
        wanted.sourceMAC = .preserve
        wanted.checkLimit = 9
        wanted.peers = [mac(9)]
        #expect(result == wanted)
    }

    @Test(
        "a change of what is not there, or is there already, is refused with its number",
        arguments: [
            (
                .addService(DirectorHost.settings.services[0]), .conflict,
                "service TCP 192.168.142.100:80 exists already"
            ),
            (
                .addRealServer(RealServer(address: web1), to: http), .conflict,
                "real server 192.168.142.5 exists already in TCP 192.168.142.100:80"
            ),
            (
                .editService(https, ServiceEdit()), .notFound,
                "there is no service TCP 192.168.142.100:443"
            ),
            (
                .removeService(https), .notFound, "there is no service TCP 192.168.142.100:443"
            ),
            (
                .addRealServer(RealServer(address: web3), to: https), .notFound,
                "there is no service TCP 192.168.142.100:443"
            ),
            (
                .editRealServer(web3, of: http, RealServerEdit()), .notFound,
                "there is no real server 192.168.142.7 in TCP 192.168.142.100:80"
            ),
            (
                .removeRealServer(web3, of: http), .notFound,
                "there is no real server 192.168.142.7 in TCP 192.168.142.100:80"
            ),
            (
                .drain(web3, of: http, until: nil), .notFound,
                "there is no real server 192.168.142.7 in TCP 192.168.142.100:80"
            ),
        ] as [(Change, ChangeRefusal.Kind, String)])
    func refused(change: Change, kind: ChangeRefusal.Kind, reason: String) {
        #expect(throws: ChangeRefusal(kind, number: 2, reason)) {
            try settings.applying([.setCheckLimit(9), change])
        }
    }

    @Test("a disabled real server is not undrained")
    func disabledIsNotDraining() {
        #expect(
            throws: ChangeRefusal(
                .conflict, number: 2,
                "192.168.142.5 in TCP 192.168.142.100:80 is disabled, it is not draining")
        ) {
            try settings.applying([
                .disable(Self.web1, of: Self.http), .undrain(Self.web1, of: Self.http),
            ])
        }
    }

    @Test("between two changes of one request services need not agree")
    func together() throws {
        let two = try settings.applying([.addService(service(Self.https))])
        let result = try two.applying([
            .editService(Self.http, ServiceEdit(arp: .host)),
            .editService(Self.https, ServiceEdit(arp: .host)),
        ])
        #expect(result.services.map(\.arp) == [.host, .host])
        #expect(throws: ChangeRefusal.self) {
            try two.applying([.editService(Self.http, ServiceEdit(arp: .host))])
        }
    }
}
