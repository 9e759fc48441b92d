// SPDX-License-Identifier: Apache-2.0

import Glibc
import LVSModel
import Testing

@testable import DataPlane

/// A data plane in memory whose flow table the XDP program shares, as the kernel runs it.
struct AcceleratedPlane: ~Copyable {
    let accelerator: Accelerator  // before the plane: it goes first
    private var plane: MemoryDataPlane
    private(set) var now: UInt64
    private let timeouts: FlowTimeouts

    init(flowCapacity: Int = 4_096, timeouts: FlowTimeouts = FlowTimeouts()) throws {
        var time = timespec()
        unsafe clock_gettime(CLOCK_MONOTONIC, &time)
        let now = UInt64(time.tv_sec) * 1_000 + UInt64(time.tv_nsec) / 1_000_000
        let forwarder = try Forwarder(flowCapacity: flowCapacity, inKernel: true, now: now)
        let isInKernel = forwarder.origin.isInKernel
        try #require(isInKernel)
        let accelerator = try Accelerator(
            forwarder, interface: Table.ingress.index, sendsBack: true)
        let plane = try MemoryDataPlane(forwarder, now: now)
        self.accelerator = accelerator
        self.plane = plane
        self.now = now
        self.timeouts = timeouts
    }

    mutating func publish(_ services: ForwardingTable.Service...) throws {
        try publish(services)
    }

    mutating func publish(_ services: [ForwardingTable.Service]) throws {
        var table = Table.of(timeouts: timeouts)
        table.services = services
        try plane.publish(table)
    }

    mutating func wait(milliseconds: UInt64) {
        now += milliseconds
        plane.setTime(milliseconds: now)
        _ = plane.run()
        accelerator.settle(now: now)
    }

    func send(_ frame: [UInt8]) throws -> FrameOutcome? {
        try plane.push(frame)
        return plane.run().first
    }

    /// Where the program sends the next segment of each client.
    func sent(by clients: [Client]) throws -> [MACAddress?] {
        try clients.map { try accelerator.trial(of: $0.frame(.ack)) }
    }

    /// Where the program sends the first segment of each client.
    func begun(by clients: [Client]) throws -> [MACAddress?] {
        try clients.map { try accelerator.trial(of: $0.frame(.syn)) }
    }

    var counters: DataPlaneCounters { plane.counters() }
    var flows: UInt64 { plane.counters().flows }
    var active: UInt64 {
        plane.counters().realServers.values.map { UInt64($0.flows.active) }.reduce(0, +)
    }
}

/// A client's flow.
struct Client {
    let frames: any Packet
    let port: UInt16

    static let many = (0..<400).map { number in
        let frames =
            number % 2 == 0
            ? Frame.ethernet().ipv4(from: "10.1.\(number % 7).\(number / 7 + 1)")
            : Frame.ethernet().ipv4(from: "10.2.0.\(number % 5 + 1)")
        return Client(frames: frames, port: 30_000 + UInt16(number))
    }

    static let manyIPv6 = (0..<100).map { number in
        Client(
            frames: Frame.ethernet().ipv6(from: "fd00::8e:2\(number % 7)"),
            port: 30_000 + UInt16(number))
    }

    func frame(_ flags: Frame.Flags) -> [UInt8] { frames.tcp(flags, from: port) }
}
