// SPDX-License-Identifier: Apache-2.0

import DataPlane
import LVSModel
import Testing

@Suite(.serialized) struct ConcurrencyTests {
    private static let workers = 4

    private func waitUntil(_ plane: borrowing ConcurrentMemoryDataPlane, done frames: Int) throws {
        try wait(for: frames) { plane.done }
    }

    private func wait(for frames: Int, _ done: () -> UInt64) throws {
        let deadline = ContinuousClock.now + .seconds(60)
        while done() < UInt64(frames) {
            try #require(ContinuousClock.now < deadline, "the workers are not done")
        }
    }

    @Test("a flow that several workers open at once is one flow, and rr gives each its turn")
    func oneFlow() throws {
        let flows = 6000
        var plane = try ConcurrentMemoryDataPlane(workers: Self.workers, flowCapacity: 65_536)
        try plane.publish(Table.of(Table.service()))
        for flow in 0..<flows {
            let frame = Frame.ethernet().ipv4().tcp(.syn, from: UInt16(1024 + flow))
            for worker in 0..<Self.workers { try plane.push(frame, to: worker) }
        }
        try plane.start()
        try waitUntil(plane, done: flows * Self.workers)
        let counters = plane.counters()
        #expect(counters.flows == UInt64(flows))
        #expect(counters.services[0]?.connections == UInt64(flows))
        // A worker that loses its core while it opens a flow makes the others wait; on a machine that
        // is short of cores they give such a frame up, and say so.
        let taken = counters.exits.filter { $0.frames > 0 }.map { "\($0.frames) \($0.reason)" }
        let contended = counters.exits.first { $0.reason == "flow-contended" }?.frames ?? 0
        let packets = counters.services[0]?.packets ?? 0
        #expect(packets + contended == UInt64(flows * Self.workers), "\(taken)")
        for real in counters.realServers.values {
            #expect(real.traffic.connections == UInt64(flows / 2))
            #expect(real.flows == FlowCounts(active: UInt32(flows / 2)))
        }
    }

    @Test("active and inactive counts are exact when workers share the frames of each flow")
    func exactCounts() throws {
        let flows = 3000
        var plane = try ConcurrentMemoryDataPlane(workers: Self.workers, flowCapacity: 65_536)
        try plane.publish(Table.of(Table.service()))
        let steps: [Frame.Flags] = [.syn, .ack, .ack, .rst]
        for flow in 0..<flows {
            for step in steps.indices {
                let frame = Frame.ethernet().ipv4().tcp(steps[step], from: UInt16(1024 + flow))
                try plane.push(frame, to: (flow + step) % Self.workers)
            }
        }
        try plane.start()
        try waitUntil(plane, done: flows * steps.count)
        let counters = plane.counters()
        let counted = counters.realServers.values.reduce(0) {
            $0 + $1.flows.active + $1.flows.inactive
        }
        #expect(UInt64(counted) == counters.flows)
    }

    @Test("a client's flows go to one real server, whichever workers open them at once")
    func persistence() throws {
        let clients = 500
        let flows = 20
        var plane = try ConcurrentMemoryDataPlane(workers: Self.workers, flowCapacity: 65_536)
        let persistence = Persistence(timeout: 300, prefixLength: 32)
        try plane.publish(Table.of(Table.service(persistence: persistence)))
        for client in 0..<clients {
            for flow in 0..<flows {
                let packet = Frame.ethernet().ipv4(from: "10.0.\(client / 250).\(client % 250)")
                let frame = packet.tcp(.syn, from: UInt16(1024 + flow))
                try plane.push(frame, to: flow % Self.workers)
            }
        }
        try plane.start()
        try waitUntil(plane, done: clients * flows)
        let counters = plane.counters()
        #expect(counters.flows == UInt64(clients * (flows + 1)))
        for real in counters.realServers.values {
            #expect(real.flows.active == real.flows.persistent * UInt32(flows))
            #expect(real.flows.persistent == UInt32(clients / 2))
        }
    }

    @Test("fragments find their first at whichever worker it was")
    func fragments() throws {
        let datagrams = 60
        var plane = try ConcurrentMemoryDataPlane(workers: Self.workers, flowCapacity: 65_536)
        try plane.publish(Table.of(Table.service(port: 53, transport: .udp)))
        for number in 0..<datagrams {
            for worker in 0..<Self.workers {
                let frame = FragmentTests.fragment(
                    offset: UInt16(worker) * 9, id: UInt16(number), from: "10.0.0.\(number)")
                try plane.push(frame, to: (worker + number) % Self.workers)
            }
        }
        try plane.start()
        // Held fragments leave the pipeline twice: what counts is what was sent.
        try wait(for: datagrams * Self.workers) { plane.counters().services[0]?.packets ?? 0 }
        for real in plane.counters().realServers.values {
            #expect(real.traffic.packets == UInt64(datagrams * Self.workers / 2))
        }
    }

    @Test("a thousand publications lose no frame")
    func publications() throws {
        let frames = 40_000
        var plane = try ConcurrentMemoryDataPlane(workers: Self.workers, flowCapacity: 65_536)
        let tables = [
            Table.of(Table.service()),
            Table.of(
                Table.service(scheduler: .wrr, reals: [Table.real(5, weight: 3), Table.real(6)])),
        ]
        try plane.publish(tables[0])
        for index in 0..<frames {
            let frame = Frame.ethernet().ipv4().tcp(.syn, from: UInt16(1024 + index % 50_000))
            try plane.push(frame, to: index % Self.workers)
        }
        try plane.start()
        for round in 0..<1000 { try plane.publish(tables[round % 2]) }
        try waitUntil(plane, done: frames)
        let sent = plane.counters().exits.filter { $0.verdict == .tx }.reduce(0) { $0 + $1.frames }
        #expect(sent == UInt64(frames))
    }

    @Test("captures come and go while the workers run, and each frame is in one or missed")
    func captures() throws {
        let flows = 20_000
        var plane = try ConcurrentMemoryDataPlane(workers: Self.workers, flowCapacity: 65_536)
        try plane.publish(Table.of(Table.service()))
        for flow in 0..<flows {
            let frame = Frame.ethernet().ipv4().tcp(.syn, from: UInt16(1_024 + flow))
            try plane.push(frame, to: flow % Self.workers)
        }
        try plane.startCapture(CaptureRequest(snapLength: 64))
        try plane.start()
        let deadline = ContinuousClock.now + .seconds(60)
        var came = 0
        var reading = plane.takeCaptured(atMost: 100)
        while came + Int(reading.missed) < flows {
            try #require(ContinuousClock.now < deadline, "frames are lost")
            for pair in reading.frames.indices where reading.frames[pair].isSent {
                let frame = reading.frames[pair]
                #expect(frame.bytes[12...] == reading.frames[pair - 1].bytes[12...])
                let host = frame.realServer?.address.bytes.last
                #expect(frame.bytes[5] == host)
            }
            came += reading.frames.count { !$0.isSent }
            reading = plane.takeCaptured(atMost: 100)
        }
        #expect(came + Int(reading.missed) == flows)
    }

    @Test("a thousand captures under load, each freed")
    func manyCaptures() throws {
        let frames = 40_000
        var plane = try ConcurrentMemoryDataPlane(workers: Self.workers, flowCapacity: 65_536)
        try plane.publish(Table.of(Table.service()))
        for index in 0..<frames {
            let frame = Frame.ethernet().ipv4().tcp(.syn, from: UInt16(1_024 + index % 50_000))
            try plane.push(frame, to: index % Self.workers)
        }
        try plane.start()
        let deadline = ContinuousClock.now + .seconds(60)
        for _ in 0..<1_000 {
            try plane.startCapture(CaptureRequest(snapLength: 64))
            _ = plane.takeCaptured(atMost: 10)
            while !plane.endCapture() {
                try #require(ContinuousClock.now < deadline, "a worker holds on to a capture")
            }
        }
        try waitUntil(plane, done: frames)
    }
}
