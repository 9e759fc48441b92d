// SPDX-License-Identifier: Apache-2.0

import DataPlane
import Foundation
import LVSModel
import Testing

/// A table that goes away without a farewell, and the next one in its place.
@Suite struct FlowFileTests {
    private let folder: FlowFolder

    init() throws {
        folder = try FlowFolder()
    }

    static let table = Table.of(
        Table.service(reals: (5...8).map { Table.real($0) }),
        Table.service(1, port: 53, transport: .udp, reals: [Table.real(17), Table.real(18)]))

    /// Sends these flags from each port, and gives the real servers by port.
    private func send(
        _ flags: [Frame.Flags], from ports: Range<UInt16>, _ plane: borrowing MemoryDataPlane
    ) throws -> [FrameOutcome] {
        for port in ports {
            for flag in flags { try plane.push(Frame.ethernet().ipv4().tcp(flag, from: port)) }
        }
        return plane.run()
    }

    private func open(
        capacity: Int = 1024, timeouts: FlowTimeouts = FlowTimeouts(), now: UInt64 = 0
    ) throws -> MemoryDataPlane {
        var plane = try MemoryDataPlane(
            flowCapacity: capacity, flowFile: folder.file, timeouts: timeouts, now: now)
        try plane.publish(Self.table)
        return plane
    }

    @Test(
        "every flow goes on at its real server, whatever the capacity, with another secret",
        arguments: [2048, 1024, 1500, 65_536])
    func restored(capacity: Int) throws {
        let ports = UInt16(1000)..<1900
        let picks = try send([.syn, .ack], from: ports, try open(capacity: 2048))
            .map(\.realServer)
        #expect(Set(picks).count == 4)
        let plane = try open(capacity: capacity)
        #expect(plane.flowOrigin.file == folder.file)
        #expect(plane.flowOrigin.restored == 900)
        #expect(plane.flowOrigin.lost == 0)
        #expect(plane.flowOrigin.damage == nil)
        #expect(plane.counters().flows == 900)
        let goOn = try send([.ack, .ack], from: ports, plane)
        #expect(goOn.allSatisfy { $0.reason == "flow" })
        #expect(goOn.map(\.realServer) == picks)
        #expect(try folder.names == ["flows"])
    }

    @Test("flows go on through many restarts, and through a table that served in between")
    func manyRestarts() throws {
        let ports = UInt16(1000)..<1050
        let first = try send([.syn, .ack], from: ports, try open()).map(\.realServer)
        for turn in UInt16(1)...5 {
            let plane = try open()
            #expect(try send([.ack, .ack], from: ports, plane).map(\.realServer) == first)
            #expect(plane.flowOrigin.restored == 50 + UInt64(turn - 1))
            _ = try send([.syn], from: 5000 + turn..<5001 + turn, plane)
        }
    }

    /// What the client sent, whether the flow is active, and for how many seconds it is known.
    private static let states: [([Frame.Flags], Bool, UInt64)] = [
        ([.syn], true, 60), ([.syn, .ack], true, 900), ([.syn, .ack, .fin], false, 120),
        ([.syn, .fin], false, 120), ([.syn, .ack, .rst], false, 10),
    ]

    @Test("a flow keeps its state and its age", arguments: states)
    func stateAndAge(sent: [Frame.Flags], active: Bool, seconds: UInt64) throws {
        _ = try send(sent, from: 40000..<40001, try open(now: 5000))
        let plane = try open(now: 6000)
        let counts = plane.counters().realServers.values.reduce(into: FlowCounts()) {
            $0.active += $1.flows.active
            $0.inactive += $1.flows.inactive
        }
        #expect(counts == (active ? FlowCounts(active: 1) : FlowCounts(inactive: 1)))
        plane.setTime(milliseconds: 5000 + seconds * 1000 - 1)
        _ = plane.run()
        #expect(plane.counters().flows == 1)
        plane.setTime(milliseconds: 5000 + seconds * 1000 + 2000)
        _ = plane.run()
        #expect(plane.counters().flows == 0)
    }

    @Test("UDP flows go on")
    func udp() throws {
        let query = Frame.ethernet().ipv4().udp()
        let before = try open()
        try before.push(query)
        let pick = before.run().first?.realServer
        let plane = try open()
        try plane.push(query)
        let outcome = plane.run().first
        #expect(outcome?.reason == "flow")
        #expect(outcome?.realServer == pick)
    }

    @Test("flows that have timed out meanwhile stay behind, also after 40 days")
    func timedOut() throws {
        for (idle, expected) in [(59_999, 2), (60_000, 1), (899_999, 1), (900_000, 0)] {
            try? FileManager.default.removeItem(atPath: folder.file)
            let before = try open(now: 7000)
            _ = try send([.syn, .ack], from: 1..<2, before)
            _ = try send([.syn], from: 2..<3, before)
            let plane = try open(now: UInt64(7000 + idle))
            #expect(plane.flowOrigin.restored == UInt64(expected))
        }
        _ = try send([.syn, .ack], from: 1..<2, try open(now: 7000))
        #expect(try open(now: 40 * 86_400_000).flowOrigin.restored == 0)
    }

    @Test("the timeouts that decide are the ones asked for now")
    func otherTimeouts() throws {
        _ = try send([.syn, .ack], from: 1..<2, try open(now: 0))
        let plane = try open(timeouts: FlowTimeouts(tcp: 1000), now: 950_000)
        #expect(plane.flowOrigin.restored == 1)
        let later = try open(timeouts: FlowTimeouts(tcp: 20), now: 950_001)
        #expect(later.flowOrigin.restored == 0)
    }

    private static let persistent = Table.of(
        Table.service(
            ports: Table.ports("80,443"), persistence: Persistence(timeout: 300, prefixLength: 24),
            reals: [5, 6, 7].map { Table.real($0) }))

    /// A client's flow and its template, then the next table at this time.
    private func reopenPersistent(
        _ sent: [Frame.Flags], now: UInt64
    ) throws -> MemoryDataPlane {
        do {
            var before = try MemoryDataPlane(flowFile: folder.file)
            try before.publish(Self.persistent)
            let picks = try send(sent, from: 1..<2, before).map(\.realServer)
            #expect(Set(picks) == [7])
        }
        var plane = try MemoryDataPlane(flowFile: folder.file, now: now)
        try plane.publish(Self.persistent)
        return plane
    }

    @Test("a client's template goes on with its flow, and lives as long as that")
    func template() throws {
        for now: UInt64 in [1000, 299_000, 301_000, 800_000] {
            try? FileManager.default.removeItem(atPath: folder.file)
            let plane = try reopenPersistent([.syn, .ack], now: now)
            let counts = FlowCounts(active: 1, persistent: 1)
            #expect(plane.flowOrigin.restored == 1)
            #expect(plane.counters().realServers[7]?.flows == counts)
            for time in stride(from: now, to: 899_000, by: 1000) {
                plane.setTime(milliseconds: time)
                _ = plane.run()
            }
            #expect(plane.counters().realServers[7]?.flows == counts)
            try plane.push(Frame.ethernet().ipv4().tcp(.syn, from: 2, to: 443))
            #expect(plane.run().map(\.realServer) == [7])
        }
    }

    @Test("a template without a flow goes on until its time is over")
    func templateAlone() throws {
        let plane = try reopenPersistent([.syn, .ack, .rst], now: 20_000)
        #expect(plane.flowOrigin.restored == 0)
        #expect(plane.flowOrigin.kept.map(\.index) == [7])
        #expect(plane.counters().realServers[7]?.flows == FlowCounts(persistent: 1))
        plane.setTime(milliseconds: 299_999)
        #expect(try send([.syn], from: 9..<10, plane).map(\.realServer) == [7])
        #expect(try reopenPersistent([.syn, .ack, .rst], now: 300_000).flowOrigin.kept == [])
    }

    @Test("a template that was given time for its flow has it after a restart too")
    func templateWithGrace() throws {
        let service = Table.service(
            persistence: Persistence(timeout: 30, prefixLength: 32),
            reals: [Table.real(5), Table.real(6)])
        do {
            var before = try MemoryDataPlane(flowFile: folder.file)
            try before.publish(Table.of(service))
            _ = try send([.syn, .ack], from: 1..<2, before)
            for time in UInt64(1)...9 {
                before.setTime(milliseconds: time * 1000)
                _ = before.run()
            }
            _ = try send([.rst], from: 1..<2, before)
        }
        var plane = try MemoryDataPlane(flowFile: folder.file, now: 25_000)
        try plane.publish(Table.of(service))
        #expect(plane.flowOrigin.restored == 0)
        #expect(plane.counters().realServers[6]?.flows == FlowCounts(persistent: 1))
    }

    @Test("where there are more flows than room, half-open ones stay behind")
    func smaller() throws {
        let before = try open(capacity: 4096)
        _ = try send([.syn], from: 1000..<2000, before)
        let picks = try send([.syn, .ack], from: 2000..<3000, before).map(\.realServer)
        let plane = try open(capacity: 1024)
        #expect(plane.flowOrigin.restored == 1024)
        #expect(plane.flowOrigin.lost == 976)
        let goOn = try send([.ack, .ack], from: 2000..<3000, plane)
        #expect(goOn.map(\.realServer) == picks)
    }

    @Test("a table without room for established ones counts as full")
    func muchSmaller() throws {
        _ = try send([.syn, .ack], from: 1000..<3000, try open(capacity: 4096))
        let plane = try open(capacity: 1024)
        #expect(plane.flowOrigin.restored == 1024)
        #expect(plane.flowOrigin.lost == 976)
        let reasons = try send([.ack], from: 1000..<3000, plane).map(\.reason)
        #expect(reasons.count { $0 == "flow" } == 1024)
        #expect(reasons.count { $0 == "stateless" } == 976)
    }

    @Test("the real servers that flows name are told, and no others")
    func keptRealServers() throws {
        #expect(try open().flowOrigin.kept == [])
        _ = try send([.syn], from: 1..<3, try open())
        let kept = try open().flowOrigin.kept
        #expect(
            kept
                == [7, 8].map { host in
                    KeptRealServer(
                        index: host, vip: IPAddress(ipv4: 0xC0A8_8E64), firstPort: 80,
                        transport: .tcp, address: IPAddress(ipv4: 0xC0A8_8E00 + host))
                })
    }

    @Test("flows of a real server that no table names any more are kept all the same")
    func formerRealServer() throws {
        _ = try send([.syn, .ack], from: 1..<2, try open())
        var plane = try MemoryDataPlane(flowFile: folder.file)
        try plane.publish(Table.of(Table.service(onDown: .drop, reals: [Table.real(5)])))
        #expect(try send([.ack], from: 1..<2, plane).map(\.reason) == ["real-server-down"])
        let kept = try open().flowOrigin.kept
        #expect(kept.map(\.index) == [8])
    }

    @Test("only its owner may read it")
    func mode() throws {
        _ = try open()
        let attributes = try FileManager.default.attributesOfItem(atPath: folder.file)
        #expect(attributes[.posixPermissions] as? Int == 0o600)
        #expect(attributes[.size] as? UInt64 == (try open()).flowOrigin.fileSize)
    }

    @Test("without a place for the file it forwards all the same, and says why")
    func noPlace() throws {
        var plane = try MemoryDataPlane(flowFile: folder.path + "/none/flows")
        try plane.publish(Self.table)
        #expect(plane.flowOrigin.file == nil)
        #expect(plane.flowOrigin.refusal?.code == ENOENT)
        #expect(try send([.syn], from: 1..<2, plane).map(\.reason) == ["scheduled"])
    }

    @Test(
        "where a new file can not be made, the earlier one's flows go on, and it is not met again")
    func noNewFile() throws {
        let pick = try send([.syn, .ack], from: 1..<2, try open()).map(\.realServer)
        try FileManager.default.createDirectory(
            atPath: folder.file + ".new", withIntermediateDirectories: false)
        let plane = try open()
        #expect(plane.flowOrigin.file == nil)
        #expect(plane.flowOrigin.refusal != nil)
        #expect(plane.flowOrigin.restored == 1)
        #expect(try send([.ack, .ack], from: 1..<2, plane).map(\.realServer) == pick)
        #expect(try folder.names == ["flows.new"])
    }

    @Test("what a crash left of a new file is made anew")
    func leftOver() throws {
        _ = try send([.syn, .ack], from: 1..<2, try open())
        try Data([1, 2, 3]).write(to: URL(filePath: folder.file + ".new"))
        #expect(try open().flowOrigin.restored == 1)
        #expect(try folder.names == ["flows"])
    }
}
