// SPDX-License-Identifier: Apache-2.0

import DataPlane
import LVSModel
import Testing

@Suite struct ThresholdTests {
    private static func reals(lower: UInt32) -> [ForwardingTable.Real] {
        [Table.real(5), Table.real(6, weight: 9, upper: 4, lower: lower)]
    }

    /// A service whose real server 6 has reached its upper threshold of four flows.
    private func full(_ scheduler: Scheduler, lower: UInt32 = 0) throws -> Plane {
        let plane = try Plane(Table.service(scheduler: scheduler, reals: Self.reals(lower: lower)))
        var picks = 0
        for port in 0..<UInt16(20) where picks < 4 {
            picks += try plane.tcp(port: 40000 + port)?.realServer == 6 ? 1 : 0
        }
        #expect(picks == 4)
        return plane
    }

    @Test(
        "a real server at its upper threshold takes no new flow",
        arguments: [
            Scheduler.rr, .wrr, .lc, .wlc, .sed, .nq, .fo, .ovf, .lblc, .lblcr, .twos, .maglev,
        ])
    func upper(scheduler: Scheduler) throws {
        let plane = try full(scheduler)
        for port in 0..<UInt16(20) {
            // The other one overflows soon too.
            let pick = try plane.tcp(port: 50000 + port)?.realServer
            #expect(pick == 5 || (scheduler == .ovf && pick == nil))
        }
    }

    @Test(
        "without a lower threshold it takes them again below three quarters of the upper one",
        arguments: [
            (lower: UInt32(0), closed: UInt64(2)), (lower: 2, closed: 3), (lower: 4, closed: 1),
        ])
    func lower(row: (lower: UInt32, closed: UInt64)) throws {
        var plane = try Plane(Table.service(reals: [Table.real(6, upper: 4, lower: row.lower)]))
        for port in 0..<UInt16(4) {
            #expect(try plane.tcp(port: 40000 + port)?.realServer == 6)
            _ = try plane.tcp(.ack, port: 40000 + port)
        }
        for closed in 1...row.closed {
            #expect(
                try plane.tcp(port: 50000)?.reason == "port-unreachable", "closed \(closed - 1)")
            _ = try plane.tcp(.rst, port: 39999 + UInt16(closed))
            plane.wait(seconds: 12)
        }
        #expect(try plane.tcp(port: 50000)?.reason == "scheduled")
    }

    @Test("a threshold that is raised or taken away lets new flows in at once")
    func raised() throws {
        var plane = try Plane(Table.service(reals: [Table.real(6, upper: 1)]))
        _ = try plane.tcp()
        #expect(try plane.tcp(port: 40001)?.reason == "port-unreachable")
        try plane.publish([Table.service(reals: [Table.real(6, upper: 2)])])
        #expect(try plane.tcp(port: 40001)?.reason == "scheduled")
        #expect(try plane.tcp(port: 40002)?.reason == "port-unreachable")
        try plane.publish([Table.service(reals: [Table.real(6)])])
        #expect(try plane.tcp(port: 40002)?.reason == "scheduled")
    }

    @Test("hashing schedulers give nobody, or with their fallback another one")
    func hashing() throws {
        for scheduler in [Scheduler.sh, .mh] {
            var service = Table.service(
                scheduler: scheduler,
                reals: [
                    Table.real(5, upper: 1), Table.real(6),
                ])
            let client = try client(of: 5, service)
            let plain = try Plane(service)
            #expect(try plain.tcp(from: client)?.realServer == 5)
            #expect(try plain.tcp(from: client, port: 40001)?.reason == "port-unreachable")
            service.schedulerFlags = scheduler == .sh ? [.shFallback] : [.mhFallback]
            let fallback = try Plane(service)
            #expect(try fallback.tcp(from: client)?.realServer == 5)
            #expect(try fallback.tcp(from: client, port: 40001)?.realServer == 6)
        }
    }

    private func client(
        of real: UInt32, _ service: ForwardingTable.Service
    ) throws -> String {
        let plane = try Plane(service)
        for host in 1...250 {
            let client = "10.0.0.\(host)"
            if try plane.tcp(from: client)?.realServer == real { return client }
        }
        Issue.record("no client of \(real)")
        return ""
    }
}
