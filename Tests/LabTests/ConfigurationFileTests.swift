// SPDX-License-Identifier: Apache-2.0

import LVSConfiguration
import LVSModel
import Testing

@testable import Lab

@Suite("The configuration file that the lab writes for its director")
struct ConfigurationFileTests {
    private func readBack(_ settings: DirectorSettings) throws -> DirectorSettings {
        try ConfigurationFile.parse(settings.configurationFile, file: "lvsdr.yaml")
    }

    private func address(_ text: String) throws -> IPAddress {
        try #require(IPAddress(text))
    }

    @Test("is read back as the settings that it was written of")
    func whole() throws {
        let web = try VirtualService(
            address: ServiceAddress(
                address: address("192.168.142.100"), ports: try #require(PortSet("80,8000-8100")),
                transport: .tcp),
            scheduler: .mh, schedulerFlags: [.mhPort, .mhFallback],
            persistence: Persistence(timeout: 360, prefixLength: 24), onDown: .reset, arp: .host,
            realServers: [
                RealServer(
                    address: address("192.168.142.5"), weight: 0, upperThreshold: 1_000,
                    lowerThreshold: 900),
                RealServer(address: address("192.168.142.6"), weight: 65_535),
            ])
        let names = try VirtualService(
            address: ServiceAddress(
                address: address("fd00::"), ports: .any, transport: .udp),
            scheduler: .maglev, persistence: Persistence(timeout: 1, prefixLength: 128),
            onePacket: true, onDown: .keep,
            realServers: [RealServer(address: address("fd00::8e:5"))])
        let mail = try VirtualService(
            address: ServiceAddress(address: address("fd00::1"), port: 25, transport: .tcp),
            scheduler: .wlc, onDown: .drop)
        let settings = DirectorSettings(
            interface: "eth0", sourceMAC: .preserve,
            timeouts: FlowTimeouts(tcp: 1, tcpFin: 2, udp: 604_800),
            answers: AnswerPolicy(noFlow: .schedule, noRealServer: .drop, perSecond: 7),
            flowCapacity: 2_048, workers: 3, runtimeDirectory: "/run/x",
            services: [web, names, mail])
        #expect(try readBack(settings) == settings)
    }

    @Test("also where there is nothing to serve")
    func empty() throws {
        let settings = DirectorSettings(interface: "eth0")
        #expect(try readBack(settings) == settings)
    }
}
