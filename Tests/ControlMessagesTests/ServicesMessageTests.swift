// SPDX-License-Identifier: Apache-2.0

import ControlMessages
import LVSModel
import Testing

@Suite("The answer of GET /v1/services")
struct ServicesMessageTests {
    static let down = RealServerStatus(
        address: IPAddress(ipv4: 0xC0A8_8E06), weight: 0, administrativeState: .draining,
        health: .down, reason: "no MAC address", mac: nil, egress: nil, traffic: Traffic(),
        flows: FlowCounts(active: 1, inactive: 2))

    static let up = RealServerStatus(
        address: IPAddress(ipv4: 0xC0A8_8E05), weight: 65_535, administrativeState: .enabled,
        health: .up, reason: nil, mac: MACAddress("02:00:c0:a8:8e:05"), egress: "eth0",
        traffic: Traffic(connections: 7, packets: .max, bytes: 9),
        flows: FlowCounts(active: 3, inactive: 4))

    static func service(_ realServers: [RealServerStatus]) -> ServiceStatus {
        ServiceStatus(
            address: ServiceAddress(
                address: IPAddress(ipv4: 0xC0A8_8E64), port: 53, transport: .udp),
            scheduler: .wrr, arp: .host,
            traffic: Traffic(connections: 1, packets: 2, bytes: 3), realServers: realServers)
    }

    @Test("a service is written with the sum of its flows and its real servers")
    func service() throws {
        #expect(
            try text(ServicesMessage([Self.service([Self.up, Self.down])])) == """
                {"services":[{"activeFlows":4,"address":"192.168.142.100","arp":"host","bytes":3,\
                "connections":1,"inactiveFlows":6,"packets":2,"port":53,"protocol":"udp",\
                "realServers":[\
                {"activeFlows":3,"address":"192.168.142.5","administrativeState":"enabled",\
                "bytes":9,"connections":7,"health":"up","inactiveFlows":4,"interface":"eth0",\
                "mac":"02:00:c0:a8:8e:05","packets":18446744073709551615,"port":53,\
                "reason":null,"weight":65535},\
                {"activeFlows":1,"address":"192.168.142.6","administrativeState":"draining",\
                "bytes":0,"connections":0,"health":"down","inactiveFlows":2,"interface":null,\
                "mac":null,"packets":0,"port":53,"reason":"no MAC address","weight":0}],\
                "scheduler":"wrr"}]}

                """)
    }

    @Test("no services are an empty list")
    func empty() throws {
        #expect(try text(ServicesMessage([])) == "{\"services\":[]}\n")
    }

    @Test("a message survives the way to JSON and back")
    func roundTrip() throws {
        let message = ServicesMessage([Self.service([Self.up, Self.down]), Self.service([])])
        #expect(try ServicesMessage(json: message.json()) == message)
    }

    @Test("a number that does not fit is refused")
    func range() throws {
        let json = try text(ServicesMessage([Self.service([])]))
            .replacing(#""port":53"#, with: #""port":65536"#)
        #expect(throws: ControlMessageError.self) { try ServicesMessage(json: Array(json.utf8)) }
    }
}
