// SPDX-License-Identifier: Apache-2.0

import Glibc
import LVSModel
import Testing

@testable import DataPlane

@Suite("Flows that the XDP program begins", .enabled("needs root") { geteuid() == 0 })
struct OpeningTests {
    private static let few = (5...7).map { Table.real($0) }

    /// A plane with the service in force, whose worker attends.
    private func plane(
        _ service: ForwardingTable.Service, flowCapacity: Int = 4_096
    ) throws -> AcceleratedPlane {
        var plane = try AcceleratedPlane(flowCapacity: flowCapacity)
        try plane.publish(service)
        plane.wait(milliseconds: 0)
        return plane
    }

    /// The connections that were counted, and the frames of new and of known flows.
    private func figures(of plane: borrowing AcceleratedPlane) -> [UInt64] {
        let counters = plane.counters
        let frames = ["scheduled", "flow"].map { name in
            counters.exits.first { $0.reason == name }?.frames ?? 0
        }
        return [counters.services.values.map(\.connections).reduce(0, +)] + frames
    }

    @Test(
        "they go where userspace has them go, and are its flows from then on",
        arguments: [
            (.sh, []), (.sh, [.shPort]), (.dh, []), (.mh, []), (.mh, [.mhPort]), (.maglev, []),
        ] as [(Scheduler, Set<SchedulerFlag>)], [false, true])
    func begun(scheduler: (Scheduler, Set<SchedulerFlag>), isIPv6: Bool) throws {
        let (name, flags) = scheduler
        let service =
            isIPv6
            ? Table.service(
                vip: Frame.vipIPv6, scheduler: name, flags: flags,
                reals: (5...9).map { Table.realIPv6($0) })
            : Table.service(
                scheduler: name, flags: flags,
                reals: (5...9).map { Table.real($0, weight: UInt16($0)) })
        let clients = isIPv6 ? Client.manyIPv6 : Client.many
        let plane = try plane(service)
        let userspace = try self.plane(service)
        let begun = try plane.begun(by: clients)
        let picked = try clients.map { try userspace.send($0.frame(.syn))?.realServer }
        #expect(begun == picked.map { $0.map { Table.mac(UInt64($0)) } })
        #expect(!begun.contains(nil))
        // Written by the first step, before its frame is looked at.
        #expect(plane.flows == 0)
        #expect(try plane.send(clients[0].frame(.ack))?.reason == "flow")
        let count = UInt64(clients.count)
        #expect(plane.flows == count)
        #expect(figures(of: plane) == [count, count, 1])
        #expect(figures(of: userspace) == [count, count, 0])
        #expect(try plane.sent(by: clients) == begun)
        #expect(plane.active == count)
    }

    @Test("a SYN of a flow that there is, and one with other flags, is the workers'")
    func left() throws {
        let plane = try plane(Table.service(scheduler: .mh))
        let (client, other) = (Client.many[0], Client.many[1])
        #expect(try plane.accelerator.trial(of: client.frame(.syn)) != nil)
        // Both came before a worker had written the flow.
        #expect(try plane.accelerator.trial(of: client.frame(.syn)) != nil)
        #expect(try plane.send(other.frame(.syn))?.reason == "scheduled")
        #expect(figures(of: plane) == [2, 2, 1])
        #expect(try plane.begun(by: [client, other]) == [nil, nil])
        for flags: Frame.Flags in [[.syn, .fin], [.syn, .rst], [.syn, .ack]] {
            #expect(try plane.accelerator.trial(of: Client.many[2].frame(flags)) == nil)
        }
    }

    @Test("a datagram begins a flow as a SYN does, and the next one finds it")
    func datagrams() throws {
        var plane = try plane(Table.service(port: 53, transport: .udp, scheduler: .maglev))
        let frames = (0..<200).map { number in
            Frame.ethernet().ipv4(from: "10.6.0.\(number % 9 + 1)")
                .udp(from: 30_000 + UInt16(number), payload: .init(repeating: 0, count: 18))
        }
        let begun = try frames.map { try plane.accelerator.trial(of: $0) }
        #expect(Set(begun) == [Table.mac(5), Table.mac(6)])
        #expect(plane.flows == 0)
        plane.wait(milliseconds: 0)
        #expect(plane.flows == 200)
        #expect(figures(of: plane) == [200, 200, 0])
        #expect(try frames.map { try plane.accelerator.trial(of: $0) } == begun)
        #expect(plane.accelerator.knownFlows > 190)
        #expect(figures(of: plane) == [200, 200, 200])
    }

    @Test(
        "services without slots begin theirs in userspace",
        arguments: [
            Table.service(scheduler: .rr),
            Table.service(scheduler: .maglev, persistence: Persistence(prefixLength: 32)),
            Table.service(scheduler: .mh, onePacket: true),
            Table.service(scheduler: .sh, reals: [Table.real(5), Table.real(6, upper: 10)]),
        ])
    func unslotted(service: ForwardingTable.Service) throws {
        let plane = try plane(service)
        #expect(try plane.begun(by: [Client.many[0]]) == [nil])
    }

    @Test("a ring that is full leaves the rest to the workers")
    func full() throws {
        let plane = try plane(Table.service(scheduler: .maglev), flowCapacity: 1 << 21)
        let frames = Frame.ethernet().ipv4(from: "10.3.0.1")
        var count: UInt64 = 0
        while try plane.accelerator.trial(of: frames.tcp(.syn, from: UInt16(count))) != nil {
            count += 1
            try #require(count < 65_535)
        }
        // Of each CPU that the test came to run on.
        #expect(count >= 4_096)
        #expect(try plane.send(frames.tcp(.syn, from: UInt16(count)))?.reason == "scheduled")
        #expect(plane.flows == count + 1)
        #expect(try plane.begun(by: [Client.many[0]]) != [nil])
    }

    @Test(
        "those that no worker has seen stay where they are when the slots change",
        arguments: [.sh, .mh, .maglev] as [Scheduler])
    func changed(scheduler: Scheduler) throws {
        var plane = try plane(Table.service(scheduler: scheduler, reals: Self.few))
        let begun = try plane.begun(by: Client.many)
        #expect(!begun.contains(nil))
        let more = (1...9).map { Table.real($0, weight: UInt16(10 - $0)) }
        try plane.publish(Table.service(scheduler: scheduler, reals: more))
        // The new slots wait for them; no SYN goes by the old ones.
        let isSettled = plane.accelerator.settle()
        #expect(!isSettled)
        let late = Frame.ethernet().ipv4(from: "10.4.0.1").tcp(.syn)
        #expect(try plane.accelerator.trial(of: late) == nil)
        plane.wait(milliseconds: 0)
        for _ in 0..<2 { #expect(try plane.sent(by: Client.many) == begun) }
        #expect(plane.flows == 400)
    }

    @Test("none is written for a real server that has gone meanwhile")
    func gone() throws {
        var plane = try plane(Table.service(scheduler: .mh))
        let begun = try plane.begun(by: Client.many)
        let left = zip(Client.many, begun).filter { $0.1 == Table.mac(5) }.map(\.0)
        try plane.publish(
            Table.service(scheduler: .mh, reals: [Table.real(5), Table.real(6, down: true)]))
        plane.wait(milliseconds: 0)
        #expect(plane.flows == UInt64(left.count))
        #expect(try plane.sent(by: left) == left.map { _ in Table.mac(5) })
    }

    @Test("a client may use its port again, and the table may have been full for long")
    func again() throws {
        var plane = try plane(Table.service(scheduler: .mh), flowCapacity: 1_024)
        let frames = Frame.ethernet().ipv4(from: "10.7.0.1")
        // Each makes room for itself, so that flows come to stand far from where they are looked for.
        for port: UInt16 in 1...20_000 { _ = try plane.send(frames.tcp(.syn, from: port)) }
        #expect(try !plane.begun(by: Client.many).contains(nil))
        // Longer than a half-open flow lasts.
        for _ in 0..<70 { plane.wait(milliseconds: 1_000) }
        #expect(plane.flows == 0)
        #expect(try !plane.begun(by: Client.many).contains(nil))
    }

    @Test("where the table has no room they go without a flow, and on to the same real server")
    func noRoom() throws {
        let plane = try plane(Table.service(scheduler: .mh), flowCapacity: 1_024)
        let frames = Frame.ethernet().ipv4(from: "10.5.0.1")
        // Flows that make no room: established ones.
        for port: UInt16 in 0..<1_024 {
            _ = try plane.send(frames.tcp(.syn, from: port))
            _ = try plane.send(frames.tcp(.ack, from: port))
        }
        let before = figures(of: plane)
        for _ in 0..<2 {
            let begun = try plane.begun(by: Client.many)
            #expect(!begun.contains(nil))
            for (client, mac) in zip(Client.many, begun) {
                let outcome = try plane.send(client.frame(.ack))
                #expect(outcome?.reason == "stateless")
                #expect(outcome?.realServer.map { Table.mac(UInt64($0)) } == mac)
            }
        }
        #expect(plane.flows == 1_024)
        // None of them is counted as a connection, or as of a flow.
        #expect(figures(of: plane) == before)
        let stateless = plane.counters.exits.first { $0.reason == "stateless" }
        #expect(stateless?.frames == 4 * UInt64(Client.many.count))
    }
}
