// SPDX-License-Identifier: Apache-2.0

import LVSModel
import Testing

@testable import ControlPlane

@Suite("10,000 services with 100,000 real servers")
struct ScaleTests {
    static let count = 10_000

    static let settings = DirectorSettings(
        interface: "eth0",
        services: (0..<UInt32(count)).map { number in
            VirtualService(
                address: ServiceAddress(
                    address: IPAddress(ipv4: 0x0A08_0000 + number), port: 80, transport: .tcp),
                scheduler: .wlc,
                realServers: (0..<10).map {
                    RealServer(address: IPAddress(ipv4: 0x0A00_000B + (number * 10 + $0) % 100))
                })
        })

    /// A reconciler that has published the settings, all real servers being up.
    private func published() throws -> Reconciler {
        var reconciler = try Reconciler(settings: Self.settings)
        let addresses = (0..<100).map { IPAddress(ipv4: 0x0A00_000B + $0) }
        let reading = HostReading(
            scope: .everything, ingress: DirectorHost.eth0,
            routes: Dictionary(
                uniqueKeysWithValues: addresses.map { ($0, .onLink(interface: 2)) }),
            egresses: [],
            neighbours: addresses.enumerated().map {
                HostNeighbour(interface: 2, address: $1, mac: mac(UInt64(16 + $0)))
            }, heldAddresses: nil)
        try reconciler.didRead(reading)
        _ = try #require(try next(&reconciler))
        return reconciler
    }

    /// What is published next, which is then in force; nil when nothing is.
    private func next(_ reconciler: inout Reconciler) throws -> ForwardingTable? {
        for _ in 0..<20 {
            switch reconciler.next(at: .zero) {
            case .publish(let table):
                reconciler.didPublish(table)
                return table
            case .read: Issue.record("nothing is to be read")
            case .resolve(let release, let keep):
                for key in release { reconciler.didRelease(key) }
                for key in keep { reconciler.didKeep(key, at: .zero) }
            case .announce: reconciler.didAnnounce()
            case .watch: continue
            case .wait: return nil
            }
        }
        Issue.record("it does not come to rest")
        return nil
    }

    /// How many services' real servers lie elsewhere in memory, so were made anew.
    private func remade(_ table: ForwardingTable, since before: ForwardingTable?) -> Int {
        func place(_ service: ForwardingTable.Service) -> UnsafePointer<ForwardingTable.Real>? {
            unsafe service.realServers.withUnsafeBufferPointer { $0.baseAddress }
        }
        let known = unsafe Set((before?.services ?? []).map { unsafe place($0) })
        return table.services.count { unsafe !known.contains(place($0)) }
    }

    private func reload(
        _ reconciler: inout Reconciler, _ change: (inout DirectorSettings) -> Void
    ) throws -> ForwardingTable? {
        var file = Self.settings
        change(&file)
        let reload = try Reload(base: Self.settings, file: file, running: reconciler.settings)
        try reconciler.apply(reload.settings, flowless: [])
        return try next(&reconciler)
    }

    @Test("a reload in which nothing changed publishes nothing")
    func nothing() throws {
        var reconciler = try published()
        #expect(try reload(&reconciler) { _ in } == nil)
    }

    @Test("a reload that changes ten services makes those ten anew, and no other")
    func few() throws {
        var reconciler = try published()
        let before = reconciler.published
        let table = try reload(&reconciler) { file in
            for number in 0..<10 { file.services[number * 999].realServers[3].weight = 9 }
        }
        #expect(try remade(#require(table), since: before) == 10)
    }

    @Test("a reload that adds and removes services and real servers leaves the others as they were")
    func exchange() throws {
        var reconciler = try published()
        let before = reconciler.published
        let table = try reload(&reconciler) { file in
            file.services.removeSubrange(0..<100)
            file.services[7].realServers.removeLast()
            file.services += (0..<UInt32(50)).map { number in
                VirtualService(
                    address: ServiceAddress(
                        address: IPAddress(ipv4: 0x0A09_0000 + number), port: 80, transport: .udp),
                    scheduler: .wlc, realServers: Self.settings.services[0].realServers)
            }
        }
        let after = try #require(table)
        #expect(after.services.count == Self.count - 50)
        #expect(remade(after, since: before) == 51)
    }

    @Test("a check's report makes one service anew")
    func report() throws {
        var settings = Self.settings
        for number in settings.services.indices {
            settings.services[number].check = HealthCheck(kind: .tcp)
        }
        var reconciler = try published()
        try reconciler.apply(settings, flowless: [])
        _ = try next(&reconciler)
        let before = reconciler.published
        let service = settings.services[5_000]
        reconciler.receive(
            HealthReport(
                service: service.address, realServer: service.realServers[0].address,
                health: .down, cause: "connection refused"))
        #expect(try remade(#require(try next(&reconciler)), since: before) == 1)
    }
}
