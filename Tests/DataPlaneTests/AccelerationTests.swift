// SPDX-License-Identifier: Apache-2.0

import Glibc
import LVSModel
import Testing

@testable import DataPlane

@Suite("The XDP program over the flow table", .enabled("needs root") { geteuid() == 0 })
struct AccelerationTests {
    private static let slotted: [Scheduler] = [.sh, .dh, .mh, .maglev]

    /// Opens the clients' flows; the real server of each.
    private func open(
        _ clients: [Client], in plane: borrowing AcceleratedPlane
    ) throws -> [UInt32] {
        try clients.map { client in
            let opened = try plane.send(client.frame(.syn))
            _ = try plane.send(client.frame(.ack))
            return try #require(opened?.realServer)
        }
    }

    private func check(
        _ clients: [Client], have reals: [UInt32], in plane: borrowing AcceleratedPlane
    ) throws {
        let sent = try plane.sent(by: clients)
        #expect(sent == reals.map { Table.mac(UInt64($0)) })
    }

    @Test(
        "what userspace has decided is sent as it decided, by lines and by slots",
        arguments: [
            (.rr, []), (.sh, []), (.sh, [.shPort]), (.dh, []), (.mh, []), (.mh, [.mhPort]),
            (.maglev, []),
        ] as [(Scheduler, Set<SchedulerFlag>)])
    func decided(scheduler: Scheduler, flags: Set<SchedulerFlag>) throws {
        var plane = try AcceleratedPlane()
        let reals = (5...9).map { Table.real($0, weight: UInt16($0)) }
        try plane.publish(Table.service(scheduler: scheduler, flags: flags, reals: reals))
        plane.wait(milliseconds: 0)
        let opened = try open(Client.many, in: plane)
        #expect(plane.accelerator.knownFlows == 0)
        try check(Client.many, have: opened, in: plane)
        let known = plane.accelerator.knownFlows
        // Of 16,384 places for 400 flows.
        #expect(Self.slotted.contains(scheduler) ? (380...400).contains(known) : known == 0)
        try check(Client.many, have: opened, in: plane)
    }

    @Test("what opens, ends and resets a flow is the workers', and so is what comes after it")
    func steering() throws {
        var plane = try AcceleratedPlane()
        try plane.publish(Table.service(scheduler: .mh))
        plane.wait(milliseconds: 0)
        let client = Client.many[0]
        #expect(try plane.accelerator.trial(of: client.frame(.ack)) == nil)
        let reals = try open([client], in: plane)
        try check([client], have: reals, in: plane)
        for flags: Frame.Flags in [.syn, [.fin, .ack], .rst, [.rst, .ack]] {
            #expect(try plane.accelerator.trial(of: client.frame(flags)) == nil)
        }
        #expect(plane.accelerator.knownFlows == 1)
        _ = try plane.send(client.frame([.fin, .ack]))
        #expect(plane.accelerator.knownFlows == 0)
        #expect(try plane.accelerator.trial(of: client.frame(.ack)) == nil)
    }

    @Test(
        "the segment that answers the real server establishes the flow, by whatever way it goes",
        arguments: [.rr, .mh] as [Scheduler])
    func established(scheduler: Scheduler) throws {
        var plane = try AcceleratedPlane(timeouts: FlowTimeouts(tcp: 200))
        try plane.publish(Table.service(scheduler: scheduler))
        plane.wait(milliseconds: 0)
        let (silent, client) = (Client.many[0], Client.many[1])
        _ = try plane.send(silent.frame(.syn))
        let real = try #require(try plane.send(client.frame(.syn))?.realServer)
        #expect(try plane.accelerator.trial(of: client.frame(.ack)) == Table.mac(UInt64(real)))
        #expect(plane.active == 2)
        // Longer than a half-open flow lasts, shorter than an established one.
        for _ in 0..<70 { plane.wait(milliseconds: 1_000) }
        #expect((plane.flows, plane.active) == (1, 1))
        #expect(try plane.send(client.frame(.ack))?.reason == "flow")
        #expect(try plane.accelerator.trial(of: silent.frame(.ack)) == nil)
    }

    @Test("flows stay where they are when the slots change", arguments: slotted)
    func changed(scheduler: Scheduler) throws {
        var plane = try AcceleratedPlane()
        let few = (5...7).map { Table.real($0) }
        try plane.publish(Table.service(scheduler: scheduler, reals: few))
        plane.wait(milliseconds: 0)
        let opened = try open(Client.many, in: plane)
        try check(Client.many, have: opened, in: plane)
        let more = (1...9).map { Table.real($0, weight: UInt16(10 - $0)) }
        try plane.publish(Table.service(scheduler: scheduler, reals: more))
        try check(Client.many, have: opened, in: plane)
        plane.wait(milliseconds: 0)
        #expect(plane.accelerator.knownFlows == 0)
        try check(Client.many, have: opened, in: plane)
        #expect(plane.accelerator.knownFlows < 400)
        try check(Client.many, have: opened, in: plane)
    }

    @Test(
        "a real server that is down is sent nothing, from the publication on",
        arguments: [.rr, .maglev] as [Scheduler])
    func down(scheduler: Scheduler) throws {
        var plane = try AcceleratedPlane()
        try plane.publish(Table.service(scheduler: scheduler))
        plane.wait(milliseconds: 0)
        let opened = try open(Client.many, in: plane)
        try check(Client.many, have: opened, in: plane)
        let left = [Table.real(5), Table.real(6, down: true)]
        try plane.publish(Table.service(scheduler: scheduler, reals: left))
        for settled in [false, true] {
            if settled { plane.wait(milliseconds: 0) }
            let sent = try plane.sent(by: Client.many)
            #expect(sent == opened.map { $0 == 5 ? Table.mac(5) : nil })
        }
    }

    @Test("a flow lives as long as its frames come, by whatever way they go")
    func seen() throws {
        var plane = try AcceleratedPlane(timeouts: FlowTimeouts(udp: 10))
        try plane.publish(Table.service(port: 53, transport: .udp, scheduler: .sh))
        plane.wait(milliseconds: 0)
        let frame = Client.many[0].frames.udp(from: 40_000, payload: .init(repeating: 0, count: 18))
        let real = try #require(try plane.send(frame)?.realServer)
        for _ in 0..<30 {
            plane.wait(milliseconds: 1_000)
            let sent = try plane.accelerator.trial(of: frame)
            #expect(sent == Table.mac(UInt64(real)))
        }
        #expect(plane.accelerator.knownFlows == 1)
        for _ in 0..<9 { plane.wait(milliseconds: 1_000) }
        #expect(plane.flows == 1)
        for _ in 0..<7 { plane.wait(milliseconds: 1_000) }
        #expect((plane.flows, plane.accelerator.knownFlows) == (0, 0))
    }

    @Test("it is told what is done for which services, and for which there is no room")
    func services() throws {
        var plane = try AcceleratedPlane()
        let (open, limited) = (
            (1...9).map { Table.real($0) }, (11...12).map { Table.real($0, upper: 9) }
        )
        try plane.publish(
            Table.service(0, port: 1, scheduler: .mh, reals: [open[0]]),
            Table.service(1, port: 2, scheduler: .rr, reals: [open[1]]),
            Table.service(2, ports: Table.ports("3-4"), scheduler: .sh, reals: [open[2]]),
            Table.service(3, port: 5, scheduler: .sh, reals: [open[3], limited[0]]),
            Table.service(4, port: 6, reals: [limited[1]]),
            Table.service(5, port: 7, scheduler: .mh, onePacket: true, reals: [open[4]]))
        #expect(
            plane.accelerator.services
                == AcceleratedServices(bySlots: 1, byLines: 3, withoutRoom: 0, inUserspace: 2))
        // Each has a table of its own; there is room for 63.
        try plane.publish(
            (0..<70).map { number in
                Table.service(
                    number, port: 80 + UInt16(number), scheduler: .maglev,
                    reals: [Table.real(5 + number)])
            })
        #expect(
            plane.accelerator.services
                == AcceleratedServices(bySlots: 63, byLines: 7, withoutRoom: 7, inUserspace: 0))
    }
}
