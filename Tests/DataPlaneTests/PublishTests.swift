// SPDX-License-Identifier: Apache-2.0

import DataPlane
import LVSModel
import Testing

@Suite struct PublishTests {
    private func refuses(_ table: ForwardingTable) throws -> Bool {
        var plane = try MemoryDataPlane()
        do {
            try plane.publish(table)
            return false
        } catch {
            return true
        }
    }

    @Test("tables that are not in order are refused")
    func refusals() throws {
        let real = Table.real(5)
        #expect(try refuses(Table.of(Table.service(16_384))))
        #expect(try refuses(Table.of(Table.service(reals: [Table.real(131_072)]))))
        #expect(try refuses(Table.of(Table.service(reals: [real, real]))))
        #expect(try refuses(Table.of(Table.service(0), Table.service(1, reals: [Table.real(8)]))))
        #expect(try refuses(Table.of(Table.service(0), Table.service(0, port: 81, reals: []))))
    }

    @Test("a refused table leaves the one in force")
    func atomic() throws {
        var plane = try MemoryDataPlane()
        try plane.publish(Table.of(Table.service()))
        #expect(throws: DataPlaneError.self) {
            try plane.publish(Table.of(Table.service(16_384)))
        }
        try plane.push(Frame.ethernet().ipv4().tcp(.syn))
        #expect(plane.run().map(\.reason) == ["scheduled"])
    }

    @Test("an empty table passes every frame")
    func empty() throws {
        var plane = try MemoryDataPlane()
        try plane.publish(Table.of())
        try plane.push(Frame.ethernet().ipv4().tcp(.syn))
        #expect(plane.run().map(\.reason) == ["not-a-vip"])
    }

    @Test("flows outlive the publication of another table, and the removal of their service")
    func flowsStay() throws {
        var plane = try MemoryDataPlane()
        let ack = Frame.ethernet().ipv4().tcp(.ack)
        try plane.publish(Table.of(Table.service()))
        try plane.push(Frame.ethernet().ipv4().tcp(.syn))
        let first = plane.run().first?.realServer
        try plane.publish(Table.of())
        try plane.push(ack)
        #expect(plane.run().map(\.reason) == ["not-a-vip"])
        try plane.publish(Table.of(Table.service(scheduler: .wrr)))
        try plane.push(ack)
        #expect(plane.run().first?.realServer == first)
    }

    @Test(
        "a table of ten thousand services with a hundred thousand real servers finds each of them")
    func large() throws {
        var plane = try MemoryDataPlane(flowCapacity: 16_384)
        var table = Table.of()
        table.services = (0..<10_000).map { index in
            let vip = "10.0.\(index / 250).\(index % 250)"
            let reals = (0..<10).map { Table.real(UInt32(index * 10 + $0)) }
            return Table.service(UInt32(index), vip: vip, reals: reals)
        }
        try plane.publish(table)
        for index in stride(from: 0, to: 10_000, by: 97) {
            for port in 0..<UInt16(10) {
                let packet = Frame.ethernet().ipv4(to: "10.0.\(index / 250).\(index % 250)")
                try plane.push(packet.tcp(.syn, from: 40000 + port))
            }
        }
        // Newest first.
        let expected = stride(from: 0, to: 10_000, by: 97).flatMap { service in
            (0..<10).map { UInt32(service * 10 + 9 - $0) }
        }
        #expect(plane.run().map(\.realServer) == expected)
    }

    @Test("a flow capacity out of range is refused", arguments: [0, 1023, 67_108_865])
    func capacity(capacity: Int) {
        #expect(throws: DataPlaneError.self) { _ = try MemoryDataPlane(flowCapacity: capacity) }
    }
}
