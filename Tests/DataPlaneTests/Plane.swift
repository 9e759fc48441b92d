// SPDX-License-Identifier: Apache-2.0

import DataPlane
import LVSModel

/// A data plane in memory and a clock that goes on by itself: what tests of flows ask of it.
struct Plane: ~Copyable {
    private var plane: MemoryDataPlane
    private(set) var now: UInt64 = 1000

    init(_ services: ForwardingTable.Service...) throws {
        var plane = try MemoryDataPlane()
        var table = Table.of()
        table.services = services
        try plane.publish(table)
        plane.setTime(milliseconds: 1000)
        self.plane = plane
    }

    mutating func publish(
        _ services: [ForwardingTable.Service], takesOver: Bool = false,
        answers: AnswerPolicy = AnswerPolicy()
    ) throws {
        var table = Table.of()
        table.services = services
        table.takesOver = takesOver
        table.answers = answers
        try plane.publish(table)
    }

    /// Lets time pass, with a look at what times out.
    mutating func wait(seconds: UInt64) {
        for _ in 0..<seconds {
            now += 1000
            plane.setTime(milliseconds: now)
            _ = plane.run()
        }
    }

    /// Lets time pass at once, and what has timed out go.
    mutating func skip(seconds: UInt64) {
        now += seconds * 1000
        wait(seconds: 2)
    }

    /// What becomes of one TCP segment.
    func tcp(
        _ flags: Frame.Flags = .syn, from client: String = "192.168.142.3", port: UInt16 = 40000,
        to service: UInt16 = 80
    ) throws -> FrameOutcome? {
        try send(Frame.ethernet().ipv4(from: client).tcp(flags, from: port, to: service))
    }

    func udp(
        from client: String = "192.168.142.3", port: UInt16 = 40000, to service: UInt16 = 53
    ) throws -> FrameOutcome? {
        try send(Frame.ethernet().ipv4(from: client).udp(from: port, to: service))
    }

    func send(_ frame: [UInt8]) throws -> FrameOutcome? {
        try plane.push(frame)
        return plane.run().first
    }

    /// The destinations of what was sent since the last call, as their MAC addresses end.
    func takeDestinations() -> [UInt8] {
        plane.takeSent().map { $0.bytes[5] }
    }

    /// What was sent since the last call.
    func takeSent() -> [SentFrame] {
        plane.takeSent()
    }

    func flows(of real: UInt32) -> FlowCounts? {
        plane.counters().realServers[real]?.flows
    }

    /// All flows that are wanted, of a table that a page can show.
    func flows(_ filter: FlowFilter = FlowFilter()) -> [Flow] {
        let page = plane.flows(matching: filter, atMost: 1_000)
        precondition(page.next == nil, "more flows than a page shows")
        return page.flows
    }

    var flowCount: UInt64 { plane.counters().flows }

    func frames(_ reason: String) -> UInt64? {
        plane.counters().exits.first { $0.reason == reason }?.frames
    }
}
