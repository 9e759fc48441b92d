// SPDX-License-Identifier: Apache-2.0

import ControlPlane
import LVSModel
import Testing

@testable import lvsdrd

@Suite("The journal's text")
struct JournalTextTests {
    private static let service = ServiceAddress(
        address: IPAddress(ipv4: 0xC0A8_8E64), port: 80, transport: .tcp)
    private static let (web1, web2) = (IPAddress(ipv4: 0xC0A8_8E05), IPAddress(ipv4: 0xC0A8_8E06))
    private static let settings = DirectorSettings(
        interface: "eth0",
        services: [
            VirtualService(
                address: service, scheduler: .rr,
                realServers: [RealServer(address: web1), RealServer(address: web2)])
        ])
    private static let report = HealthReport(
        service: service, realServer: web1, health: .down, cause: "connection refused", weight: nil)
    private static let state = JournalState(
        file: settings, settings: settings,
        health: [CheckedName(service: service, realServer: web1): report], role: .standby,
        kept: [service: [web1]])

    private func read(_ text: String) throws -> JournalState? {
        try JournalText.read(Array(text.utf8), boot: "b00t")
    }

    @Test("a state is read as it was written, with what was appended")
    func both() throws {
        let text = JournalText.head(boot: "b00t") + JournalText.state(Self.state)
        #expect(try read(text) == Self.state)
        let entries: [JournalEntry] = [
            .floor(Self.service, kept: [Self.web1, Self.web2]), .role(.active),
            .changed([.setCheckLimit(9)]),
        ]
        let longer = text + entries.map(JournalText.line).joined()
        #expect(try read(longer) == (try Self.state.after(entries)))
        // The last line was not finished.
        #expect(try read(text + "floor 192.168.142.100:80/tcp") == Self.state)
        let empty = text + JournalText.line(.floor(Self.service, kept: []))
        #expect(try read(empty)?.kept == [:])
    }

    @Test("one of the version before is read: whom floors kept in is not known")
    func earlierVersion() throws {
        var old = Self.state
        old.kept = nil
        #expect(try read("lvsdr journal 1 b00t\n" + JournalText.state(old)) == old)
    }

    @Test("one of another boot is none, and one of a later version is not gone on with")
    func others() throws {
        let state = JournalText.state(Self.state)
        #expect(try read("lvsdr journal 2 other\n" + state) == nil)
        #expect(try read("lvsdr journal 1 other\n" + state) == nil)
        for head in [
            "lvsdr journal 3 b00t", "lvsdr journal 0 b00t", "lvsdr journal x b00t", "moon",
        ] {
            #expect(throws: JournalText.Damage.self) { try read(head + "\n" + state) }
        }
        let head = JournalText.head(boot: "b00t")
        for line in ["floor 192.168.142.100/tcp", "floor 192.168.142.100:80/tcp moon", "moon 1"] {
            #expect(throws: JournalText.Damage.self) { try read(head + state + line + "\n") }
        }
    }
}
