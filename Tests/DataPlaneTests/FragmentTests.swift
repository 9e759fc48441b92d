// SPDX-License-Identifier: Apache-2.0

import DataPlane
import LVSModel
import Testing

@Suite struct FragmentTests {
    private static func service(_ arp: ARPMode = .director) -> ForwardingTable.Service {
        Table.service(port: 53, transport: .udp, arp: arp)
    }

    /// A fragment of the datagram `id`: the first has the UDP header, later ones begin at 8 bytes
    /// times `offset`.
    static func fragment(
        offset: UInt16, last: Bool = false, id: UInt16 = 0x1234, from client: String = "10.0.0.1",
        payload: [UInt8] = Array(repeating: 0x5A, count: 64)
    ) -> [UInt8] {
        let field = offset | (last ? 0 : 0x2000)
        let packet = Frame.ethernet().ipv4(from: client, fragment: field)
        var frame =
            offset == 0 ? packet.udp(payload: payload) : packet.payloadFrame(17, payload)
        frame.replaceSubrange(18..<20, with: id.bytes)
        frame.replaceSubrange(24..<26, with: [0, 0])
        frame.replaceSubrange(24..<26, with: checksum(frame[14..<34]).bytes)
        return frame
    }

    @Test("later fragments go where the first went")
    func inOrder() throws {
        let plane = try Plane(Self.service())
        #expect(try plane.send(Self.fragment(offset: 0))?.reason == "scheduled")
        #expect(try plane.send(Self.fragment(offset: 9))?.reason == "fragment")
        let last = Self.fragment(offset: 18, last: true)
        #expect(try plane.send(last)?.reason == "fragment")
        let sent = plane.takeSent()
        #expect(sent.map { $0.bytes[5] } == [6, 6, 6])
        #expect(sent.last.map { Array($0.bytes.dropFirst(12)) } == Array(last.dropFirst(12)))
    }

    @Test("fragments that overtake the first wait for it, and go in their order")
    func overtaking() throws {
        let plane = try Plane(Self.service())
        let second = Self.fragment(offset: 9), third = Self.fragment(offset: 18, last: true)
        #expect(try plane.send(third)?.reason == "fragment-held")
        #expect(try plane.send(second)?.reason == "fragment-held")
        #expect(plane.takeSent().isEmpty)
        #expect(try plane.send(Self.fragment(offset: 0))?.reason == "scheduled")
        let sent = plane.takeSent()
        #expect(sent.map { $0.bytes[5] } == [6, 6, 6])
        #expect(
            sent.dropFirst().map { Array($0.bytes[14...]) }
                == [third, second].map { Array($0[14...]) })
        #expect(plane.frames("fragment") == 2)
    }

    @Test("a fragment whose first does not come is lost after a second, and counted")
    func lost() throws {
        var plane = try Plane(Self.service())
        _ = try plane.send(Self.fragment(offset: 9))
        plane.wait(seconds: 2)
        #expect(plane.frames("fragment-lost") == 1)
        #expect(try plane.send(Self.fragment(offset: 0))?.reason == "scheduled")
        #expect(plane.takeSent().count == 1)
    }

    @Test("under arp: host a fragment that waited in vain is the kernel's")
    func host() throws {
        var plane = try Plane(Self.service(.host))
        #expect(try plane.send(Self.fragment(offset: 9))?.reason == "fragment-held")
        plane.wait(seconds: 2)
        #expect(plane.frames("host-fragment") == 1)
        #expect(plane.frames("fragment-lost") == 0)
    }

    @Test("datagrams differ in number, client and protocol")
    func keys() throws {
        let plane = try Plane(Self.service())
        _ = try plane.send(Self.fragment(offset: 0, id: 1))
        _ = try plane.send(Self.fragment(offset: 0, id: 2, from: "10.0.0.2"))
        #expect(plane.takeDestinations() == [6, 5])
        #expect(try plane.send(Self.fragment(offset: 9, id: 1))?.realServer == 6)
        #expect(try plane.send(Self.fragment(offset: 9, id: 2, from: "10.0.0.2"))?.realServer == 5)
        #expect(try plane.send(Self.fragment(offset: 9, id: 2))?.reason == "fragment-held")
    }

    @Test("the place for those that wait is small: what finds none is lost")
    func bounded() throws {
        let plane = try Plane(Self.service())
        let outcomes = try (0..<70).map { id in
            try plane.send(Self.fragment(offset: 9, id: UInt16(id)))?.reason
        }
        #expect(outcomes.filter { $0 == "fragment-held" }.count == 64)
        #expect(outcomes.filter { $0 == "fragment-lost" }.count == 6)
    }

    @Test("a datagram's number that is used again follows its new first fragment")
    func reusedNumber() throws {
        let plane = try Plane(Self.service())
        _ = try plane.send(Self.fragment(offset: 0, payload: [1]))
        var other = Self.fragment(offset: 0, payload: [1])
        other.replaceSubrange(34..<36, with: UInt16(40001).bytes)
        _ = try plane.send(other)
        #expect(plane.takeDestinations() == [6, 5])
        #expect(try plane.send(Self.fragment(offset: 9))?.realServer == 5)
    }
}
