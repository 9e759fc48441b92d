// SPDX-License-Identifier: Apache-2.0

import DataPlane
import LVSModel
import Testing

/// A director that goes on where another one was, and one that waits.
@Suite struct TakeoverTests {
    private static let weights: [UInt16] = [3, 1, 0, 2]

    private static func service(
        _ scheduler: Scheduler = .sh, persistence: Persistence? = nil, onDown: OnDownPolicy = .keep,
        arp: ARPMode = .host, waits: Bool = false
    ) -> ForwardingTable.Service {
        let reals = weights.enumerated().map { Table.real(5 + UInt32($0), weight: $1) }
        var service = Table.service(
            scheduler: scheduler, persistence: persistence, onDown: onDown, arp: arp, reals: reals)
        service.waits = waits
        return service
    }

    /// One that has taken the service over.
    private func successor(
        _ service: ForwardingTable.Service = service(), answers: AnswerPolicy = AnswerPolicy()
    ) throws -> Plane {
        var plane = try Plane()
        try plane.publish([service], takesOver: true, answers: answers)
        return plane
    }

    @Test(
        "a segment without a flow goes where the other director's flow went, if the scheduler agrees",
        arguments: Scheduler.allCases)
    func agreement(scheduler: Scheduler) throws {
        let before = try Plane(Self.service(scheduler))
        let after = try successor(Self.service(scheduler))
        for client in 1...200 {
            let (address, port) = ("10.0.\(client % 7).\(client)", UInt16(30_000 + client))
            let opened = try before.tcp(from: address, port: port)
            let outcome = try after.tcp(.ack, from: address, port: port)
            guard scheduler.agrees else {
                #expect(outcome?.reason == "reset-no-flow")
                continue
            }
            #expect(outcome?.realServer == opened?.realServer)
            #expect(
                outcome?.reason == (opened?.reason == "scheduled" ? "taken-over" : opened?.reason))
        }
        #expect(Self.service(scheduler).agrees == scheduler.agrees)
    }

    @Test("with one segment a flow is half-open for a minute, and with two it is established")
    func halfOpen() throws {
        var plane = try successor()
        let real = try #require(try plane.tcp(.ack)?.realServer)
        #expect(plane.flows(of: real) == FlowCounts(active: 1))
        plane.skip(seconds: 60)
        #expect(plane.flowCount == 0)
        #expect(try plane.tcp(.ack)?.reason == "taken-over")
        #expect(try plane.tcp([.ack, .push])?.reason == "flow")
        plane.skip(seconds: 890)
        #expect(plane.flowCount == 1)
    }

    @Test(
        "a connection that ends reaches its real server, and is no active flow",
        arguments: [
            Frame.Flags.rst, [.rst, .ack], [.fin, .ack],
        ])
    func ends(flags: Frame.Flags) throws {
        var plane = try successor()
        let outcome = try #require(try plane.tcp(flags))
        #expect(outcome.reason == "taken-over")
        #expect(plane.flows(of: try #require(outcome.realServer)) == FlowCounts(inactive: 1))
        plane.skip(seconds: 10)
        #expect(plane.flowCount == 0)
    }

    @Test("what is asked of segments without a flow waits until the takeover is over")
    func policies() throws {
        let silent = AnswerPolicy(noFlow: .drop)
        var plane = try successor(answers: silent)
        #expect(try plane.tcp(.ack)?.reason == "taken-over")
        try plane.publish([Self.service()], answers: silent)
        #expect(try plane.tcp(.ack)?.reason == "flow")
        #expect(try plane.tcp(.ack, port: 40001)?.reason == "no-flow")
    }

    @Test("with persistence it is not known where the other director's flow went")
    func persistence() throws {
        let service = Self.service(persistence: Persistence(timeout: 300, prefixLength: 32))
        #expect(!service.agrees)
        #expect(try successor(service).tcp(.ack)?.reason == "reset-no-flow")
    }

    @Test(
        "a service that waits drops what comes for it, of known flows too",
        arguments: [
            OnDownPolicy.keep, .reschedule, .reset,
        ])
    func waits(onDown: OnDownPolicy) throws {
        var plane = try Plane(Self.service(onDown: onDown))
        #expect(try plane.tcp()?.reason == "scheduled")
        #expect(try plane.tcp(.ack)?.reason == "flow")
        try plane.publish([Self.service(onDown: onDown, waits: true)])
        _ = plane.takeSent()
        for flags: Frame.Flags in [.ack, [.ack, .push], .syn, .rst, [.fin, .ack]] {
            #expect(try plane.tcp(flags)?.reason == "standby")
        }
        let error = Frame.ethernet().ipv4(from: "10.9.9.9")
            .icmp(type: 3, code: 4, payload: Quote.segment(Quote.ipv4))
        #expect(try plane.send(error)?.reason == "standby")
        #expect(plane.takeSent().isEmpty)
        try plane.publish([Self.service(onDown: onDown)])
        #expect(try plane.tcp(.ack)?.reason == "flow")
    }
}
