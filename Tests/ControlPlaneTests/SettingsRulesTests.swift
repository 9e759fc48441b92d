// SPDX-License-Identifier: Apache-2.0

import LVSModel
import Testing

@testable import ControlPlane

@Suite("Rules of settings")
struct SettingsRulesTests {
    private static let http = DirectorHost.service
    private static let dns = ServiceAddress(address: DirectorHost.vip, port: 53, transport: .udp)
    private static let (web1, web3) = (DirectorHost.web1, ip("192.168.142.7"))

    private static func add(
        _ ports: String, _ transport: TransportProtocol = .tcp, vip: String = "192.168.142.100",
        _ change: (inout VirtualService) -> Void = { _ in }
    ) -> Change {
        guard let ports = PortSet(ports) else { preconditionFailure("\(ports) are no ports") }
        var service = VirtualService(
            address: ServiceAddress(address: ip(vip), ports: ports, transport: transport),
            scheduler: .rr)
        change(&service)
        return .addService(service)
    }

    private static func edit(_ edit: ServiceEdit) -> Change { .editService(http, edit) }

    private static func addReal(_ address: String, upper: UInt32 = 0, lower: UInt32 = 0) -> Change {
        .addRealServer(
            RealServer(address: ip(address), upperThreshold: upper, lowerThreshold: lower),
            to: http)
    }

    @Test(
        "what can not be is refused, in the configuration file's words",
        arguments: [
            (
                add("79-90"),
                "the ports of service TCP 192.168.142.100:79-90 overlap with "
                    + "TCP 192.168.142.100:80"
            ),
            (
                add("443") { $0.arp = .host },
                "arp host for VIP 192.168.142.100 in "
                    + "TCP 192.168.142.100:443, but director in TCP 192.168.142.100:80"
            ),
            (add("443", vip: "224.0.0.1"), "VIP 224.0.0.1 is a multicast address"),
            (
                add("443", vip: "192.168.142.5"),
                "real server 192.168.142.5 is a VIP of this director"
            ),
            (
                add("443") { $0.onePacket = true },
                "one-packet with protocol tcp: a TCP connection has more than one"
            ),
            (edit(ServiceEdit(schedulerFlags: [.mhPort])), "scheduler rr has no flag mh-port"),
            (
                edit(ServiceEdit(persistence: .set(Persistence(prefixLength: 33)))),
                "persistence-mask 33 is not a prefix length of 1...32, as an IPv4 address has"
            ),
            (
                edit(ServiceEdit(persistence: .set(Persistence(timeout: 0, prefixLength: 24)))),
                "persistence 0 is not in 1...2678400 seconds"
            ),
            (edit(ServiceEdit(slowStart: 86_401)), "slow-start 86401 is not in 0...86400"),
            (
                edit(ServiceEdit(sorryServer: .set(DirectorHost.web1))),
                "sorry server 192.168.142.5 is a real server of TCP 192.168.142.100:80"
            ),
            (
                edit(ServiceEdit(sorryServer: .set(DirectorHost.vip))),
                "sorry server 192.168.142.100 is a VIP of this director"
            ),
            (
                edit(ServiceEdit(sorryServer: .set(ip("fd00::1")))),
                "sorry server fd00::1 is IPv6, VIP 192.168.142.100 IPv4: a mixed pair"
            ),
            (
                edit(ServiceEdit(check: .set(HealthCheck(kind: .tcp, interval: 99)))),
                "the check's interval 99 is not in 100...86400000"
            ),
            (
                edit(ServiceEdit(check: .set(HealthCheck(kind: .tcp, rise: 0)))),
                "the check's rise 0 is not in 1...1000"
            ),
            (
                addReal("fd00::5"),
                "real server fd00::5 is IPv6, VIP 192.168.142.100 IPv4: a mixed pair"
            ),
            (addReal("127.0.0.1"), "real server 127.0.0.1 is a loopback address"),
            (addReal("192.168.142.100"), "real server 192.168.142.100 is a VIP of this director"),
            (addReal("192.168.142.9", lower: 5), "lower-threshold 5 without an upper-threshold"),
            (
                addReal("192.168.142.9", upper: 5, lower: 5),
                "lower-threshold 5 is not less than upper-threshold 5"
            ),
            (.setTimeouts(FlowTimeouts(udp: 0)), "timeout udp 0 is not in 1...604800"),
            (.setCheckLimit(0), "limit of checks at once 0 is not in 1...10000"),
            (.setPeers([mac(9), mac(9)]), "a peer is there twice"),
            (
                .setPeers([MACAddress(rawValue: 1 << 40)]),
                "peer 01:00:00:00:00:00 is no address of one interface"
            ),
            (
                .setPeers((1...17).map { mac($0) }),
                "number of peers 17 is not in 0...16"
            ),
        ] as [(Change, String)])
    func refused(change: Change, reason: String) {
        do {
            _ = try DirectorHost.settings.applying([.setSourceMAC(.preserve), change])
            Issue.record("was not refused")
        } catch {
            #expect(error.number == 2)
            #expect(error.reason == reason)
            #expect(error.kind == (reason.contains("overlap") ? .conflict : .invalid))
            #expect("\(error)" == "change 2: \(reason)")
        }
    }

    @Test(
        "what can be is not refused",
        arguments: [
            add("any"), add("443"), add("80", .udp), add("80", vip: "192.168.142.101"),
            add("53", .udp) { $0.onePacket = true }, addReal("192.168.142.9", upper: 5, lower: 4),
            add("80", vip: "fd00::100") { $0.persistence = Persistence(prefixLength: 128) },
            edit(ServiceEdit(sorryServer: .set(ip("192.168.142.9")), slowStart: 86_400)),
        ])
    func accepted(change: Change) throws {
        _ = try DirectorHost.settings.applying([change])
    }

    @Test("the change that brought it is blamed, not the last one")
    func blame() {
        let changes = [
            Self.addReal("192.168.142.9"),
            .editRealServer(Self.web1, of: Self.http, RealServerEdit(lowerThreshold: 3)),
            .editRealServer(DirectorHost.web2, of: Self.http, RealServerEdit(weight: 3)),
        ]
        #expect(
            throws: ChangeRefusal(
                .invalid, number: 2, "lower-threshold 3 without an upper-threshold")
        ) { try DirectorHost.settings.applying(changes) }
    }

    @Test("there is room for 16,384 services and for 131,072 real servers")
    func room() throws {
        var settings = DirectorHost.settings
        settings.services += (1..<16_384).map {
            VirtualService(
                address: ServiceAddress(address: DirectorHost.vip, port: $0, transport: .udp),
                scheduler: .rr)
        }
        _ = try settings.applying([.removeRealServer(Self.web1, of: Self.http)])
        #expect(
            throws: ChangeRefusal(.invalid, number: 1, "16385 services are more than 16384")
        ) { try settings.applying([Self.add("443")]) }
        let many = (0..<131_071).map { RealServer(address: IPAddress(ipv4: 0x0A00_0000 + $0)) }
        let reason =
            "131073 real servers and sorry servers in all services together are more than 131072"
        #expect(throws: ChangeRefusal(.invalid, number: 1, reason)) {
            try DirectorHost.settings.applying([Self.add("443") { $0.realServers = many }])
        }
        _ = try DirectorHost.settings.applying([
            Self.add("443") { $0.realServers = many }, .removeRealServer(Self.web1, of: Self.http),
        ])
    }

    @Test("a real server twice in a service is refused")
    func twice() {
        let change = Self.add("443") {
            $0.realServers = [RealServer(address: Self.web3), RealServer(address: Self.web3)]
        }
        #expect(throws: ChangeRefusal.self) { try DirectorHost.settings.applying([change]) }
    }
}
