// SPDX-License-Identifier: Apache-2.0

import DataPlane
import LVSModel
import Testing

@Suite struct OnDownTests {
    /// A service whose connection to real server 6 is open when that goes down or is removed.
    private func plane(
        _ policy: OnDownPolicy, after change: [ForwardingTable.Real]
    ) throws -> Plane {
        var plane = try Plane(Table.service(onDown: policy))
        #expect(try plane.tcp()?.realServer == 6)
        _ = try plane.tcp(.ack)
        try plane.publish([Table.service(onDown: policy, reals: change)])
        _ = plane.takeSent()
        return plane
    }

    private static let changes = [
        [Table.real(5), Table.real(6, down: true)], [Table.real(5), Table.real(6, up: false)],
        [Table.real(5)],
    ]

    @Test("reschedule: the next segment goes to another real server", arguments: changes)
    func reschedule(change: [ForwardingTable.Real]) throws {
        let plane = try plane(.reschedule, after: change)
        let moved = try plane.tcp(.ack)
        #expect(moved?.reason == "scheduled")
        #expect(moved?.realServer == 5)
        // The new one will reset what it does not know: the flow does not count as active.
        #expect(plane.flows(of: 5) == FlowCounts(inactive: 1))
        let anew = try plane.tcp(.syn)
        #expect(anew?.reason == "scheduled")
        #expect(plane.flows(of: 5) == FlowCounts(active: 1))
    }

    @Test("reset: one RST in the VIP's name, and the next SYN is scheduled", arguments: changes)
    func reset(change: [ForwardingTable.Real]) throws {
        let plane = try plane(.reset, after: change)
        #expect(try plane.tcp(.ack)?.reason == "reset-real-server-down")
        let sent = plane.takeSent()
        #expect(sent.count == 1)
        #expect(sent.first.map { Array($0.bytes[0..<6]) } == Frame.client.bytes)
        #expect(sent.first?.bytes[47] == 0x04)
        #expect(plane.flowCount == 0)
        #expect(try plane.tcp(.syn)?.realServer == 5)
    }

    @Test("reset: a SYN of the flow is scheduled at once")
    func resetSYN() throws {
        let plane = try plane(.reset, after: [Table.real(5)])
        #expect(try plane.tcp(.syn)?.reason == "scheduled")
    }

    @Test("drop: silence, also for a SYN", arguments: changes)
    func drop(change: [ForwardingTable.Real]) throws {
        var plane = try plane(.drop, after: change)
        #expect(try plane.tcp(.ack)?.reason == "real-server-down")
        #expect(try plane.tcp(.syn)?.reason == "real-server-down")
        #expect(plane.takeSent().isEmpty)
        plane.wait(seconds: 901)
        #expect(try plane.tcp(.syn)?.realServer == 5)
    }

    @Test("keep: the flow goes on while there is a MAC address, new ones go elsewhere")
    func keep() throws {
        let down = try plane(.keep, after: [Table.real(5), Table.real(6, down: true)])
        #expect(try down.tcp(.ack)?.reason == "flow")
        #expect(down.takeDestinations() == [6])
        #expect(try down.tcp(.syn, port: 40001)?.realServer == 5)
        let unreachable = try plane(.keep, after: [Table.real(5), Table.real(6, up: false)])
        #expect(try unreachable.tcp(.ack)?.reason == "real-server-down")
    }

    @Test("UDP is scheduled anew at once", arguments: [OnDownPolicy.reschedule, .reset])
    func udp(policy: OnDownPolicy) throws {
        func service(_ reals: [ForwardingTable.Real]) -> ForwardingTable.Service {
            Table.service(port: 53, transport: .udp, onDown: policy, reals: reals)
        }
        var plane = try Plane(service([Table.real(5), Table.real(6)]))
        #expect(try plane.udp()?.realServer == 6)
        try plane.publish([service([Table.real(5), Table.real(6, down: true)])])
        #expect(try plane.udp()?.realServer == 5)
        #expect(try plane.udp()?.reason == "flow")
    }

    @Test("a real server that is added again gets its flows back")
    func back() throws {
        var plane = try plane(.drop, after: [Table.real(5)])
        try plane.publish([Table.service(onDown: .drop)])
        #expect(try plane.tcp(.ack)?.reason == "flow")
        #expect(plane.takeDestinations() == [6])
    }
}
