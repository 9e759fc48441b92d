// SPDX-License-Identifier: Apache-2.0

import ControlMessages
import FoundationEssentials
import LVSModel
import Testing

@Suite("The answer of GET /v1/services")
struct ServicesMessageTests {
    static let down = RealServerStatus(
        address: IPAddress(ipv4: 0xC0A8_8E06), weight: 0, administrativeState: .draining,
        health: .down, reason: "no MAC address", mac: nil, egress: nil, traffic: Traffic(),
        flows: FlowCounts(active: 1, inactive: 2, persistent: 5))

    static let up = RealServerStatus(
        address: IPAddress(ipv4: 0xC0A8_8E05), weight: 65_535, upperThreshold: 4_294_967_295,
        lowerThreshold: 9, administrativeState: .enabled, health: .up, reason: nil,
        mac: MACAddress("02:00:c0:a8:8e:05"), egress: "eth0", check: "http",
        checkFigures: CheckFigures(passed: 8, failed: 1, lastDuration: 250, totalDuration: 9_000),
        traffic: Traffic(connections: 7, packets: .max, bytes: 9),
        flows: FlowCounts(active: 3, inactive: 4, persistent: 6))

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
                {"services":[{"activeFlows":4,"address":"192.168.142.100","arp":"host",\
                "atFloor":false,"bytes":3,\
                "connections":1,"inactiveFlows":6,"onDown":"reschedule","onePacket":false,"packets":2,\
                "persistence":null,"persistenceMask":null,"persistentFlows":11,"port":53,\
                "ports":"53","protocol":"udp",\
                "rates":{"minute":null,"second":null,"tenSeconds":null},"realServers":[\
                {"activeFlows":3,"address":"192.168.142.5","administrativeState":"enabled",\
                "bytes":9,"check":{"against":0,"failed":1,"kind":"http","lastDuration":250,\
                "lastFailure":null,"needed":0,"passed":8},"connections":7,"drainEnd":null,"effectiveWeight":65535,\
                "health":"up","inactiveFlows":4,"interface":"eth0",\
                "lowerThreshold":9,"mac":"02:00:c0:a8:8e:05","packets":18446744073709551615,\
                "persistentFlows":6,"port":53,\
                "rates":{"minute":null,"second":null,"tenSeconds":null},"reason":null,\
                "upperThreshold":4294967295,"weight":65535},\
                {"activeFlows":1,"address":"192.168.142.6","administrativeState":"draining",\
                "bytes":0,"check":null,"connections":0,"drainEnd":null,"effectiveWeight":0,\
                "health":"down","inactiveFlows":2,"interface":null,\
                "lowerThreshold":0,"mac":null,"packets":0,"persistentFlows":5,"port":53,\
                "rates":{"minute":null,"second":null,"tenSeconds":null},\
                "reason":"no MAC address","upperThreshold":0,"weight":0}],\
                "scheduler":"wrr","schedulerFlags":[],"sorry":false}]}

                """)
    }

    @Test(
        "several ports have no single one, at the real servers either",
        arguments: [("80,443", "null"), ("8000-8100", "null"), ("any", "null"), ("80", "80")])
    func ports(ports: String, port: String) throws {
        var service = Self.service([Self.down])
        service.address = ServiceAddress(
            address: try #require(IPAddress("fd00::1")), ports: try #require(PortSet(ports)),
            transport: .tcp)
        let json = try text(ServicesMessage([service]))
        #expect(json.contains(#""port":\#(port),"ports":"\#(ports)","protocol":"tcp""#))
        #expect(json.contains(#""port":\#(port),"rates":"#))
        #expect(json.contains(#""address":"fd00::1""#))
    }

    @Test("persistence, one-packet scheduling and what happens on down are written")
    func policies() throws {
        var service = Self.service([])
        service.persistence = Persistence(timeout: 300, prefixLength: 24)
        service.onePacket = true
        service.onDown = .drop
        let message = ServicesMessage([service])
        let json = try text(message)
        #expect(json.contains(#""onDown":"drop","onePacket":true"#))
        #expect(json.contains(#""persistence":300,"persistenceMask":24"#))
        #expect(try ServicesMessage(json: message.json()) == message)
    }

    @Test("no services are an empty list")
    func empty() throws {
        #expect(try text(ServicesMessage([])) == "{\"services\":[]}\n")
    }

    @Test("what is written by hand is what the JSON coder writes, in pieces too")
    func coder() throws {
        var up = Self.up
        up.rates = Rates(
            second: Rate(connections: 0.1, packets: 1e21, bytes: 12_345_678),
            minute: Rate(connections: 1 / 3, packets: 0, bytes: .leastNonzeroMagnitude))
        up.reason = "\u{1}\u{8}\t\n\u{c}\r\u{1f}\u{7f} \"é\\/ 🐟"
        up.checkFigures.lastFailure = "503, expected 200"
        var flagged = Self.service([up, Self.down])
        flagged.scheduler = .sh
        flagged.schedulerFlags = Set(flagged.scheduler.flags)
        flagged.persistence = Persistence(timeout: 300, prefixLength: 24)
        let services = [flagged, Self.service([])]
        let message = ServicesMessage(services)
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let coded = try encoder.encode(message) + Data("\n".utf8)
        #expect(try text(message) == String(decoding: coded, as: UTF8.self))
        for services in [services, []] {
            let pieces = Array(ServicesMessage.pieces(of: services).joined())
            #expect(try ServicesMessage(services).json() == pieces)
        }
    }

    @Test("a flow is written by hand as the JSON coder writes it", arguments: [true, false])
    func flow(hasRealServer: Bool) throws {
        let message = FlowMessage(
            Flow(
                address: FlowAddress(
                    client: IPAddress(ipv4: 0x0A00_0001), clientPort: 40_000,
                    vip: IPAddress(ipv4: 0xC0A8_8E64), port: 53, transport: .udp),
                state: .udp, realServer: hasRealServer ? IPAddress(ipv4: 0xC0A8_8E05) : nil,
                expires: 300))
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let coded = try encoder.encode(message) + Data("\n".utf8)
        #expect(try message.json() == Array(coded))
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
