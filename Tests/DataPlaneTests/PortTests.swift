// SPDX-License-Identifier: Apache-2.0

import DataPlane
import LVSModel
import Testing

@Suite struct PortTests {
    private static func service(
        _ index: UInt32, _ ports: String, transport: TransportProtocol = .tcp
    ) throws -> ForwardingTable.Service {
        Table.service(
            index, ports: Table.ports(ports), transport: transport,
            reals: [Table.real(10 + index)])
    }

    @Test("lists and ranges have their ports, any port has the rest")
    func lookup() throws {
        let plane = try Plane(
            Self.service(0, "80,443"), Self.service(1, "8000-8100,9000"), Self.service(2, "any"),
            Self.service(3, "1-65535", transport: .udp))
        let rows: [(UInt16, UInt32)] = [
            (80, 10), (443, 10), (8000, 11), (8057, 11), (8100, 11), (9000, 11), (7999, 12),
            (8101, 12), (81, 12), (1, 12), (65535, 12),
        ]
        for (port, real) in rows {
            #expect(try plane.tcp(to: port)?.realServer == real, "port \(port)")
        }
        for port in [1, 80, 65535] as [UInt16] {
            #expect(try plane.udp(to: port)?.realServer == 13, "port \(port)")
        }
    }

    @Test("a range has no port of another VIP or protocol, and none beside it")
    func others() throws {
        let plane = try Plane(Self.service(0, "100-200"))
        #expect(try plane.tcp(to: 99)?.reason == "reset-no-service")
        #expect(try plane.tcp(to: 201)?.reason == "reset-no-service")
        #expect(try plane.udp(to: 150)?.reason == "port-unreachable")
        let elsewhere = Frame.ethernet().ipv4(to: "192.168.142.101").tcp(.syn, to: 150)
        #expect(try plane.send(elsewhere)?.reason == "not-a-vip")
    }

    @Test("many ranges of many services are each found")
    func many() throws {
        let services = try (0..<UInt32(200)).map { index in
            let first = 1000 + index * 20
            return try Self.service(index, "\(first)-\(first + 9),\(first + 15)")
        }
        var plane = try Plane()
        try plane.publish(services)
        for index in 0..<UInt32(200) {
            let first = UInt16(1000 + index * 20)
            #expect(try plane.tcp(to: first)?.realServer == 10 + index)
            #expect(try plane.tcp(to: first + 9)?.realServer == 10 + index)
            #expect(try plane.tcp(to: first + 15)?.realServer == 10 + index)
            #expect(try plane.tcp(to: first + 12)?.reason == "reset-no-service")
        }
    }

    @Test("services that have a port both are refused")
    func overlap() throws {
        var plane = try Plane()
        for (first, second) in [("80,443", "443"), ("80-90", "85-100"), ("any", "any")] {
            let services = try [Self.service(0, first), Self.service(1, second)]
            #expect(throws: DataPlaneError.self) { try plane.publish(services) }
        }
    }

    @Test("one-packet scheduling keeps no flow: each packet is scheduled by itself")
    func onePacket() throws {
        let plane = try Plane(Table.service(port: 53, transport: .udp, onePacket: true))
        let outcomes = try (0..<4).map { _ in try plane.udp() }
        #expect(outcomes.map { $0?.reason } == Array(repeating: "one-packet", count: 4))
        #expect(outcomes.map { $0?.realServer } == [6, 5, 6, 5])
        #expect(plane.flowCount == 0)
    }

    @Test("one-packet scheduling with persistence keeps the client and no flow")
    func onePacketPersistent() throws {
        let plane = try Plane(
            Table.service(
                port: 53, transport: .udp, persistence: Persistence(prefixLength: 32),
                onePacket: true))
        let picks = try (0..<3).map { try plane.udp(port: 40000 + $0)?.realServer }
        #expect(picks == [6, 6, 6])
        #expect(try plane.udp(from: "10.0.0.1")?.realServer == 5)
        #expect(plane.flows(of: 6) == FlowCounts(persistent: 1))
    }
}
