// SPDX-License-Identifier: Apache-2.0

import LVSModel
import Testing

@testable import ControlPlane

/// A service that nothing concerns is not built anew: it has the same memory in both tables.
@Suite("Reconciler: only what changed")
struct IncrementTests {
    /// 50 services of two real servers each, all of them on hosts of their own.
    private static let settings = DirectorSettings(
        interface: "eth0",
        services: (0..<50).map { number in
            VirtualService(
                address: ServiceAddress(
                    address: DirectorHost.vip, port: 1000 + number, transport: .tcp),
                scheduler: .wlc, check: HealthCheck(kind: .tcp),
                realServers: (0..<2).map { RealServer(address: address(2 * number + $0)) })
        })

    private static func address(_ number: UInt16) -> IPAddress {
        IPAddress(ipv4: 0xC0A8_9000 + UInt32(number))
    }

    private static let host: DirectorHost = {
        var host = DirectorHost()
        for number in 0..<101 as Range<UInt16> {
            host.routes[address(number)] = .onLink(interface: 2)
            host.neighbours.append(
                HostNeighbour(
                    interface: 2, address: address(number), mac: mac(0x1000 + UInt64(number))))
        }
        return host
    }()

    /// The services of the published table that were built anew by what the test does.
    private func rebuilt(
        _ rehearsal: inout Rehearsal, _ work: (inout Rehearsal) throws -> Void
    ) throws -> [Int] {
        let before = try #require(rehearsal.reconciler.published)
        try work(&rehearsal)
        _ = rehearsal.settle()
        let after = try #require(rehearsal.reconciler.published)
        #expect(before != after)
        return after.services.indices.filter {
            !sharesMemory(before.services[$0].realServers, after.services[$0].realServers)
        }
    }

    private func sharesMemory<Element>(_ one: [Element], _ other: [Element]) -> Bool {
        unsafe one.withUnsafeBufferPointer { one in
            unsafe other.withUnsafeBufferPointer { other in
                unsafe one.baseAddress == other.baseAddress
            }
        }
    }

    @Test("a report, a neighbour, a changed service each concern their own service alone")
    func alone() throws {
        var rehearsal = try Rehearsal.serving(Self.settings, on: Self.host)
        let reported = try rebuilt(&rehearsal) {
            $0.reconciler.receive(
                HealthReport(
                    service: Self.settings.services[7].address, realServer: Self.address(15),
                    health: .down))
        }
        #expect(reported == [7])
        let moved = try rebuilt(&rehearsal) {
            $0.reconciler.receive(
                .neighbour(
                    HostNeighbour(interface: 2, address: Self.address(21), mac: mac(0x2000))))
        }
        #expect(moved == [10])
        var settings = Self.settings
        settings.services[30].realServers[1].weight = 9
        let edited = try rebuilt(&rehearsal) { try $0.reconciler.apply(settings, flowless: []) }
        #expect(edited == [30])
    }

    @Test("a real server that is added is read alone, and the others' services stay")
    func added() throws {
        var rehearsal = try Rehearsal.serving(Self.settings, on: Self.host)
        var settings = Self.settings
        settings.services[49].realServers.append(RealServer(address: Self.address(100)))
        var plans: [HostReading.Plan] = []
        let rebuilt = try rebuilt(&rehearsal) {
            try $0.reconciler.apply(settings, flowless: [])
            for case .read(let plan) in $0.settle() { plans.append(plan) }
        }
        #expect(rebuilt == [49])
        #expect(plans.map(\.scope) == [.added])
        #expect(plans.map(\.addresses) == [[Self.address(100)]])
        #expect(rehearsal.reconciler.published?.links.last == throughEth0(0x1064))
    }

    @Test("a service that moves in the settings moves in the table, with all that is known of it")
    func moved() throws {
        var rehearsal = try Rehearsal.serving(Self.settings, on: Self.host)
        rehearsal.reconciler.receive(
            HealthReport(
                service: Self.settings.services[49].address, realServer: Self.address(98),
                health: .down))
        var settings = Self.settings
        settings.services.reverse()
        try rehearsal.reconciler.apply(settings, flowless: [])
        let table = try #require(rehearsal.settle().tables.last)
        #expect(table.services.map(\.address) == settings.services.map(\.address))
        #expect(table.services[0].realServers.map(\.isDown) == [true, false])
        let lost = HostNeighbour(interface: 2, address: Self.address(0), mac: nil)
        #expect(
            rehearsal.settle(.neighbour(lost)).tables.last?.services[49].realServers[0].link == nil)
    }

    @Test("an address of several services is looked at in all of them")
    func shared() throws {
        var settings = Self.settings
        for index in settings.services.indices {
            settings.services[index].realServers[0].address = DirectorHost.web1
        }
        var rehearsal = try Rehearsal.serving(settings, on: Self.host)
        let lost = HostNeighbour(interface: 2, address: DirectorHost.web1, mac: nil)
        let table = try #require(rehearsal.settle(.neighbour(lost)).tables.last)
        #expect(table.services.allSatisfy { $0.realServers[0].link == nil })
        #expect(table.services.allSatisfy { $0.realServers[1].link != nil })
    }

    @Test("a real server that is removed and added again is read again, not remembered")
    func readAgain() throws {
        var rehearsal = try Rehearsal.serving()
        try rehearsal.apply { $0.realServers.removeFirst() }
        rehearsal.host.neighbours[0].mac = mac(0x55)
        try rehearsal.apply { $0.realServers.append(RealServer(address: DirectorHost.web1)) }
        #expect(rehearsal.reconciler.published?.links == [throughEth0(6), throughEth0(0x55)])
    }
}
