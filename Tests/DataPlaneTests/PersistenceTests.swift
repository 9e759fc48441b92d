// SPDX-License-Identifier: Apache-2.0

import DataPlane
import LVSModel
import Testing

@Suite struct PersistenceTests {
    private static func service(
        prefix: UInt8 = 32, ports: PortSet = PortSet(80), weights: [UInt16] = [1, 1, 1]
    ) -> ForwardingTable.Service {
        Table.service(
            ports: ports, persistence: Persistence(timeout: 300, prefixLength: prefix),
            reals: zip([5, 6, 7], weights).map { Table.real($0, weight: $1) })
    }

    @Test("a client's flows go to one real server, those of another client to the next")
    func oneClient() throws {
        let plane = try Plane(Self.service())
        let first = try (0..<4).map { try plane.tcp(port: 40000 + $0)?.realServer }
        #expect(first == [7, 7, 7, 7])
        #expect(try plane.tcp(from: "192.168.142.9")?.realServer == 6)
        #expect(try plane.tcp(port: 41000)?.realServer == 7)
    }

    @Test("the mask makes a network of clients one")
    func mask() throws {
        let plane = try Plane(Self.service(prefix: 24))
        #expect(try plane.tcp(from: "10.1.2.3")?.realServer == 7)
        #expect(try plane.tcp(from: "10.1.2.200")?.realServer == 7)
        #expect(try plane.tcp(from: "10.1.3.3")?.realServer == 6)
    }

    @Test("it holds over all ports of a service, and not over services")
    func ports() throws {
        let plane = try Plane(
            Self.service(ports: Table.ports("80,443,8000-8100")),
            Table.service(1, port: 22, reals: [Table.real(8), Table.real(9)]))
        let picks = try [80, 443, 8000, 8050, 8100].map { try plane.tcp(to: $0)?.realServer }
        #expect(picks == [7, 7, 7, 7, 7])
        #expect(try plane.tcp(to: 22)?.realServer == 9)
    }

    @Test("templates are counted apart from flows, and outlive their time while a flow lives")
    func lifetime() throws {
        var plane = try Plane(Self.service())
        _ = try plane.tcp()
        _ = try plane.tcp(.ack)
        #expect(plane.flows(of: 7) == FlowCounts(active: 1, persistent: 1))
        // The flow lives 900 seconds, three times as long as its template's own time.
        plane.wait(seconds: 890)
        #expect(plane.flows(of: 7) == FlowCounts(active: 1, persistent: 1))
        #expect(try plane.tcp(port: 40001)?.realServer == 7)
    }

    @Test("a template of seconds outlives its time too while a flow lives")
    func shortLifetime() throws {
        var plane = try Plane(
            Table.service(
                persistence: Persistence(timeout: 5, prefixLength: 32),
                reals: [Table.real(6), Table.real(7)]))
        _ = try plane.tcp()
        _ = try plane.tcp(.ack)
        for second in 1...90 {
            plane.wait(seconds: 1)
            #expect(plane.flows(of: 7)?.persistent == 1, "after \(second) s")
        }
        #expect(try plane.tcp(port: 40001)?.realServer == 7)
    }

    @Test("without a flow a template is forgotten after its time")
    func expiry() throws {
        var plane = try Plane(Self.service())
        _ = try plane.tcp()
        _ = try plane.tcp(.rst)
        _ = try plane.tcp([.rst])
        plane.wait(seconds: 299)
        #expect(plane.flows(of: 7)?.persistent == 1)
        plane.wait(seconds: 62)
        #expect(plane.flowCount == 0)
        #expect(plane.flows(of: 7) == FlowCounts())
        #expect(try plane.tcp()?.realServer == 6)
    }

    @Test("the longest time is 31 days, though the clock of flows has 32 bits")
    func longest() throws {
        var plane = try Plane(
            Table.service(
                persistence: Persistence(timeout: 2_678_400, prefixLength: 32),
                reals: [Table.real(5), Table.real(6)]))
        _ = try plane.tcp()
        _ = try plane.tcp([.rst])
        for _ in 1...3 {
            plane.skip(seconds: 10 * 86_400)
            #expect(plane.flows(of: 6) == FlowCounts(persistent: 1))
        }
        plane.skip(seconds: 86_400)
        #expect(plane.flowCount == 0)
    }

    @Test("a quiesced real server keeps its clients, one that is down loses them")
    func quiesceAndDown() throws {
        var plane = try Plane(Self.service())
        #expect(try plane.tcp()?.realServer == 7)
        try plane.publish([Self.service(weights: [1, 1, 0])])
        #expect(try plane.tcp(port: 40001)?.realServer == 7)
        try plane.publish([
            Table.service(
                persistence: Persistence(timeout: 300, prefixLength: 32),
                reals: [Table.real(5), Table.real(6), Table.real(7, down: true)])
        ])
        #expect(try plane.tcp(port: 40002)?.realServer == 6)
        #expect(try plane.tcp(port: 40003)?.realServer == 6)
    }

    @Test("a client with a template goes past the upper threshold")
    func threshold() throws {
        let plane = try Plane(
            Table.service(
                persistence: Persistence(timeout: 300, prefixLength: 32),
                reals: [Table.real(5), Table.real(6, upper: 1)]))
        #expect(try plane.tcp()?.realServer == 6)
        #expect(try plane.tcp(port: 40001)?.realServer == 6)
        #expect(try plane.tcp(from: "192.168.142.9")?.realServer == 5)
    }
}
