// SPDX-License-Identifier: Apache-2.0

import DataPlane
import LVSModel
import Testing

/// Which flows of a director with several services each filter finds.
@Suite struct FlowWalkFilterTests {
    private static let web = Table.service(
        ports: Table.ports("80,443"), persistence: Persistence(timeout: 300, prefixLength: 24),
        reals: [Table.real(5)])
    private static let names = Table.service(
        1, port: 53, transport: .udp, reals: [Table.real(7)])
    private static let rest = Table.service(2, port: 0, reals: [Table.real(8)])
    private static let other = Table.service(3, vip: "192.168.142.101", reals: [realAgain])
    private static let webIPv6 = Table.serviceIPv6(4, reals: [Table.realIPv6(15)])

    /// The RIP of the web service's real server, in another service.
    private static var realAgain: ForwardingTable.Real {
        var real = Table.real(5)
        real.index = 50
        return real
    }

    private static func plane() throws -> Plane {
        let plane = try Plane(web, names, rest, other, webIPv6)
        let client = Frame.ethernet().ipv4(from: "10.1.2.3")
        let frames = [
            client.tcp(.syn, from: 1), client.tcp(.syn, from: 2, to: 443),
            client.udp(from: 3), client.tcp(.syn, from: 4, to: 22),
            Frame.ethernet().ipv4(from: "10.1.3.3", to: "192.168.142.101").tcp(.syn, from: 5),
            Frame.ethernet().ipv6(from: "fd00::8e:3").tcp(.syn, from: 6),
        ]
        for frame in frames { #expect(try plane.send(frame)?.reason == "scheduled") }
        #expect(try plane.tcp(.ack, from: "10.1.2.3", port: 2, to: 443)?.reason == "flow")
        return plane
    }

    private static func service(
        _ port: UInt16, _ transport: TransportProtocol = .tcp, vip: String = "192.168.142.100"
    ) -> FlowFilter {
        FlowFilter(
            service: ServiceAddress(address: ip(vip), port: port, transport: transport))
    }

    private static func clients(_ text: String) throws -> FlowFilter {
        let clients: FlowFilter.Clients = try #require(FlowFilter.Clients(text))
        return FlowFilter(clients: clients)
    }

    /// The client ports of the flows found; a template's is 0.
    private static let rows: [(FlowFilter, [UInt16])] = [
        (FlowFilter(), [0, 1, 2, 3, 4, 5, 6]),
        (service(80), [0, 1, 2]),
        (service(443), [0, 1, 2]),
        (service(53, .udp), [3]),
        (service(0), [4]),
        (service(80, vip: "192.168.142.101"), [5]),
        (service(80, vip: "fd00::8e:100"), [6]),
        (service(80, .udp), []),
        (service(80, vip: "192.168.142.102"), []),
        (FlowFilter(realServer: ip("192.168.142.5")), [0, 1, 2, 5]),
        (FlowFilter(realServer: ip("192.168.142.8")), [4]),
        (FlowFilter(realServer: ip("fd00::8e:f")), [6]),
        (FlowFilter(realServer: ip("192.168.142.9")), []),
        (FlowFilter(transport: .udp), [3]),
        (FlowFilter(transport: .tcp), [0, 1, 2, 4, 5, 6]),
        (FlowFilter(state: .synReceived), [1, 4, 5, 6]),
        (FlowFilter(state: .established), [2]),
        (FlowFilter(state: .udp), [3]),
        (FlowFilter(state: .template), [0]),
        (FlowFilter(state: .close), []),
        (FlowFilter(realServer: ip("192.168.142.5"), state: .synReceived), [1, 5]),
    ]

    @Test("each filter finds what it names", arguments: rows)
    func filters(filter: FlowFilter, ports: [UInt16]) throws {
        let found = try Self.plane().flows(filter).map(\.address.clientPort)
        #expect(found.sorted() == ports)
    }

    @Test(
        "clients are found one by one and by network, of one family at a time",
        arguments: [
            ("10.1.2.3", [1, 2, 3, 4]), ("10.1.2.0/24", [0, 1, 2, 3, 4]),
            ("10.1.2.99/24", [0, 1, 2, 3, 4]), ("10.1.2.0/31", [0]), ("10.1.2.2/31", [1, 2, 3, 4]),
            ("10.1.2.0/23", [0, 1, 2, 3, 4, 5]), ("10.1.4.0/23", []), ("10.1.3.3", [5]),
            ("0.0.0.0/0", [0, 1, 2, 3, 4, 5]), ("::/0", [6]),
            ("fd00::/16", [6]), ("fd00::8e:3", [6]), ("fd00::8e:4", []),
        ] as [(String, [UInt16])])
    func clients(text: String, ports: [UInt16]) throws {
        let found = try Self.plane().flows(Self.clients(text)).map(\.address.clientPort)
        #expect(found.sorted() == ports)
    }

    @Test("flows of a service that is gone are found by its address, port for port")
    func formerService() throws {
        var plane = try Self.plane()
        try plane.publish([Self.names])
        let found = { (plane: borrowing Plane, filter: FlowFilter) in
            plane.flows(filter).map(\.address.clientPort).sorted()
        }
        #expect(found(plane, Self.service(80)) == [0, 1])
        #expect(found(plane, Self.service(443)) == [2])
        #expect(found(plane, Self.service(53, .udp)) == [3])
        #expect(found(plane, FlowFilter(realServer: ip("192.168.142.8"))) == [4])
    }
}
