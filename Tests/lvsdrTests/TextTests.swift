// SPDX-License-Identifier: Apache-2.0

import ControlMessages
import ControlTesting
import FoundationEssentials
import LVSModel
import Testing

@testable import lvsdr

@Suite("What lvsdr prints")
struct TextTests {
    static let status = StatusMessage(SampleDirector.status)
    static let services = ServicesMessage([SampleDirector.web, SampleDirector.names])

    /// The lines of a file in the folder Golden.
    private func golden(_ name: String) throws -> [String] {
        let file = URL(filePath: #filePath).deletingLastPathComponent()
            .appending(path: "Golden/\(name)")
        let text = try String(contentsOf: file, encoding: .utf8)
        return text.split(separator: "\n", omittingEmptySubsequences: false).dropLast()
            .map(String.init)
    }

    private func text(
        _ status: StatusMessage = status, _ services: ServicesMessage = services, width: Int = 120,
        now: UInt64 = 0
    ) -> [String] {
        StatusText(status: status, services: services, width: width, now: now).lines.map(\.text)
    }

    @Test(
        "status says problems first, and the real servers that are not up before the others",
        arguments: [50, 80, 120])
    func status(width: Int) throws {
        let lines = text(width: width)
        #expect(try lines == golden("status-\(width).txt"))
        #expect(lines.allSatisfy { $0.count <= width })
    }

    @Test("status loses no word of a cause, however narrow the terminal")
    func causes() throws {
        var service = SampleDirector.web
        let cause = "503, expected 200 or one of many other numbers, from a server that talks"
        service.realServers[1].reason = cause
        for width in 30...130 {
            let lines = text(Self.status, ServicesMessage([service]), width: width)
            let words = lines.joined(separator: " ").split(separator: " ").joined(separator: " ")
            #expect(words.contains(cause), "\(width)")
            #expect(lines.allSatisfy { $0.count <= width })
        }
    }

    @Test("status of a director that has nothing yet")
    func starting() {
        let status = DirectorStatus(
            phase: .starting, uptime: 0, interface: nil, publications: 0,
            counters: DataPlaneCounters(
                exits: [], ringFrames: 0, ringDrops: 0, flows: 0, flowCapacity: 1_024,
                services: [:], realServers: [:]),
            problems: [])
        #expect(
            text(StatusMessage(status), ServicesMessage([])) == [
                "Director   active, starting, up 0 seconds, version 0.1.0",
                "Interface  not there",
                "Flows      0 of 1,024",
                "Traffic    n/a: not watched for a second yet",
                "Replies    n/a: they do not pass the director",
                "Segment    0 MAC address changes of real servers, 0 ARP conflicts over VIPs",
                "",
                "No virtual services.",
            ])
    }

    @Test("status names an interface that is down, several problems, a service without servers")
    func trouble() {
        var status = SampleDirector.status
        status.interface = HostLink(index: 1, name: "tun0", mac: nil, isRunning: false, mtu: 1_400)
        status.problems = ["one", "two"]
        var service = SampleDirector.web
        service.realServers = []
        status.role = .standby
        (status.macChanges, status.arpConflicts) = (1, 2)
        status.counters.flowsEvicted = 1_234
        status.rates.second = Rate(connections: 0.25, packets: 12.34, bytes: 9_876)
        let lines = text(StatusMessage(status), ServicesMessage([service]))
        #expect(lines.prefix(3) == ["2 problems:", "  one", "  two"])
        #expect(lines.contains { $0.hasPrefix("Director   standby, serving, ") })
        #expect(lines.contains("Interface  tun0, no MAC address, NOT RUNNING, MTU 1400, AF_PACKET"))
        #expect(lines.contains("Flows      5,012 of 1,048,576, 1,234 made room"))
        #expect(lines.contains("Traffic    0.25 connections/s, 12.3 packets/s, 9.87K bytes/s"))
        #expect(
            lines.contains(
                "Segment    1 MAC address change of real servers, 2 ARP conflicts over VIPs"))
        #expect(lines.last == "TCP 192.168.142.100:80  rr  no real servers")
    }

    @Test(
        "status says for which services the XDP program sends",
        arguments: [
            ([0, 0, 0, 2], "no virtual service"),
            ([1, 0, 0, 0], "1 virtual service: 1 by slots"),
            ([63, 7, 6, 0], "70 virtual services: 63 by slots, 7 by flow lines (6 of them "),
            ([0, 2, 0, 3], "2 virtual services: 2 by flow lines, 3 left to userspace"),
        ] as [([UInt32], String)])
    func accelerated(services: [UInt32], words: String) {
        var status = SampleDirector.status
        status.counters.acceleratedServices = AcceleratedServices(
            bySlots: services[0], byLines: services[1], withoutRoom: services[2],
            inUserspace: services[3])
        let lines = text(StatusMessage(status), ServicesMessage([]))
        #expect(lines.contains { $0.hasPrefix("XDP        accelerates \(words)") }, "\(lines)")
    }

    @Test("stats on terminals of several widths", arguments: [80, 120])
    func stats(width: Int) throws {
        let text = StatsText(status: Self.status, services: Self.services, width: width)
        #expect(try text.lines.map(\.text) == golden("stats-\(width).txt"))
        #expect(text.lines.allSatisfy { $0.width <= width })
    }

    @Test("the table is never wider than the terminal, as long as it can be narrower")
    func fits() {
        for table in [
            StatsTable.totals(Self.services.services),
            StatsTable.rates(Self.services.services, over: .minute),
        ] {
            #expect(table.width(at: table.level(within: 0)) <= 65)
            for width in 1...140 {
                #expect(table.lines(within: width).allSatisfy { $0.width <= width })
            }
        }
    }

    /// A service with everything, on addresses of `prefix`.
    private func service(ports: String, prefix: String = "fd00::") throws -> ServiceMessage {
        var service = SampleDirector.web
        service.address = ServiceAddress(
            address: try #require(IPAddress(prefix + "100")), ports: try #require(PortSet(ports)),
            transport: .tcp)
        service.realServers[0].address = try #require(IPAddress(prefix + "5"))
        service.realServers[1].address = try #require(IPAddress(prefix + "6"))
        service.realServers[0].upperThreshold = 1_000
        service.realServers[0].flows.persistent = 77
        service.persistence = Persistence(timeout: 300, prefixLength: 64)
        return try #require(ServicesMessage([service]).services.first)
    }

    @Test(
        "IPv6 stands in brackets, several ports as they are, many cut short",
        arguments: [
            ("80", "80"), ("80,443", "80,443"), ("8000-8100", "8000-8100"), ("any", "any"),
            ("80,443,8000-8100", "80,443,8000-8100"),
            ("80,443,8000-8100,9000", "80,443,..."),
            ("50000-50100,50200-50300", "50000-50100,..."),
        ])
    func names(ports: String, shown: String) throws {
        let service = try service(ports: ports)
        #expect(service.name == "TCP [fd00::100]:\(shown)")
        #expect(service.realServers.map(service.name).first == "  -> [fd00::5]:\(shown)")
        let ipv4 = try self.service(ports: ports, prefix: "10.0.0.")
        #expect(ipv4.name == "TCP 10.0.0.100:\(shown)")
    }

    @Test("status names persistence and thresholds beside the scheduler and the weight")
    func policies() throws {
        var message = Self.services
        message.services = [try service(ports: "80,443")]
        #expect(
            text(Self.status, message, width: 140).suffix(3) == [
                "TCP [fd00::100]:80,443  rr  persistent 5 minutes by /64  1 of 2 real servers up",
                "  -> [fd00::6]:80,443  down  weight 1                       no check                "
                    + "                    no MAC address",
                "  -> [fd00::5]:80,443  up    weight 1, at most 1,000 flows  tcp passed in 4.0 ms "
                    + "(99 passed, 1 failed)  02:00:c0:a8:8e:05 via eth0",
            ])
    }

    @Test(
        "policies are named where they are out of the ordinary",
        arguments: [
            (nil, false, OnDownPolicy.reschedule, []),
            (
                Persistence(timeout: 90, prefixLength: 32), false, .reset,
                [
                    "persistent 1 minute 30 seconds", "on down: reset",
                ]
            ),
            (nil, true, .keep, ["one-packet", "on down: keep"]),
        ] as [(Persistence?, Bool, OnDownPolicy, [String])])
    func outOfTheOrdinary(
        persistence: Persistence?, onePacket: Bool, onDown: OnDownPolicy, words: [String]
    ) throws {
        var service = SampleDirector.names
        service.persistence = persistence
        service.onePacket = onePacket
        service.onDown = onDown
        #expect(ServicesMessage([service]).services.map(\.policies) == [words])
    }

    @Test("stats has a column of persistent clients where a service has them, and room for IPv6")
    func persistent() throws {
        let service = try service(ports: "443")
        let wide = StatsTable.totals([service]).lines(within: 140).map(\.text)
        #expect(wide.first?.hasSuffix("inactive  persistent") == true)
        #expect(wide.contains { $0.hasPrefix("  -> [fd00::5]:443") && $0.hasSuffix("  77") })
        let long = try self.service(ports: "443", prefix: "2001:db8:1234:5678:9abc:def0:1234:f")
        let narrow = StatsTable.totals([long]).lines(within: 80)
        #expect(narrow.allSatisfy { $0.width <= 80 })
        #expect(narrow.first?.text.hasSuffix("  conns  active  inactive") == true)
    }

    @Test("stats before the first frame")
    func nothing() {
        var status = Self.status
        status.exits = []
        let text = StatsText(status: status, services: ServicesMessage([]), width: 80)
        #expect(
            text.lines.map(\.text) == [
                "No virtual services.",
                "",
                "No frame came in yet.",
                "Receive ring: 1,234,616 frames, 0 dropped for lack of room.",
                "Sent: 1,234,609 frames, 0 refused by the way out.",
            ])
    }

    @Test("rates have n/a where it was not watched for so long, and say what they are averages of")
    func rates() throws {
        let services = ServicesMessage(TopSample.services)
        var text = StatsText(status: Self.status, services: services, period: .second, width: 120)
        #expect(try text.lines.map(\.text) == golden("rates-120.txt"))
        text.period = .minute
        #expect(text.lines.dropFirst().prefix(5).allSatisfy { $0.text.contains("  n/a  ") })
        let json = try StatsRates(services, over: .second).json()
        #expect(
            String(decoding: json, as: UTF8.self).contains(
                #"{"address":"192.168.142.5","rate":{"bytes":50,"connections":2,"packets":900}}"#))
    }
}
