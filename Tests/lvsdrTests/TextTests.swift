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

    @Test("status says problems first, and the real servers that are not up before the others")
    func status() throws {
        let text = StatusText(status: Self.status, services: Self.services)
        #expect(try text.lines == golden("status.txt"))
    }

    @Test("status of a director that has nothing yet")
    func starting() {
        let status = DirectorStatus(
            phase: .starting, uptime: 0, interface: nil, publications: 0,
            counters: DataPlaneCounters(
                exits: [], ringFrames: 0, ringDrops: 0, flows: 0, flowCapacity: 1_024,
                services: [:], realServers: [:]),
            problems: [])
        let text = StatusText(status: StatusMessage(status), services: ServicesMessage([]))
        #expect(
            text.lines == [
                "Director   starting, up 0 seconds, version 0.1.0",
                "Interface  not there",
                "Flows      0 of 1,024",
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
        let text = StatusText(
            status: StatusMessage(status), services: ServicesMessage([service]))
        #expect(text.lines.prefix(3) == ["2 problems:", "  one", "  two"])
        #expect(text.lines.contains("Interface  tun0, no MAC address, NOT RUNNING, MTU 1400"))
        #expect(text.lines.last == "TCP 192.168.142.100:80  rr  no real servers")
    }

    @Test("stats on terminals of several widths", arguments: [80, 120])
    func stats(width: Int) throws {
        let text = StatsText(status: Self.status, services: Self.services, width: width)
        #expect(try text.lines == golden("stats-\(width).txt"))
        #expect(text.lines.allSatisfy { $0.count <= width })
    }

    @Test("the table is never wider than the terminal, as long as it can be narrower")
    func fits() {
        let narrowest = StatsTable.fitting(0, services: Self.services.services).width
        #expect(narrowest <= 80)
        for width in narrowest...140 {
            #expect(StatsTable.fitting(width, services: Self.services.services).width <= width)
        }
    }

    @Test("stats before the first frame")
    func nothing() {
        var status = Self.status
        status.exits = []
        let text = StatsText(status: status, services: ServicesMessage([]), width: 80)
        #expect(
            text.lines == [
                "No virtual services.",
                "",
                "No frame came in yet.",
                "Receive ring: 1,234,616 frames, 0 dropped for lack of room.",
                "Sent: 1,234,609 frames, 0 refused by the way out.",
            ])
    }
}
