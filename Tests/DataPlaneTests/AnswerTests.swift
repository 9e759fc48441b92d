// SPDX-License-Identifier: Apache-2.0

import DataPlane
import LVSModel
import Testing

@Suite struct AnswerTests {
    private func answer(to frame: [UInt8]) throws -> SentFrame? {
        var plane = try MemoryDataPlane()
        try plane.publish(Table.bothFamilies)
        try plane.push(frame)
        _ = plane.run()
        return plane.takeSent().first
    }

    @Test("an ARP reply says that the VIP is at the director, to the asker alone")
    func arp() throws {
        let request = Frame.ethernet(to: Frame.broadcast, type: 0x0806).arp()
        let reply = Frame.ethernet(to: Frame.client, from: Frame.director, type: 0x0806).arp(
            operation: 2, sender: Frame.director, senderIP: "192.168.142.100",
            receiver: Frame.client, asks: "192.168.142.3")
        #expect(try answer(to: request) == SentFrame(bytes: reply, egress: 2))
    }

    @Test("an echo reply carries the request's data, from the VIP, with right checksums")
    func echo() throws {
        let payload: [UInt8] = Array(0..<57)
        let request = Frame.ethernet().ipv4(ttl: 3).icmp(payload: payload)
        let expected = Frame.ethernet(to: Frame.client, from: Frame.director)
            .ipv4(from: "192.168.142.100", to: "192.168.142.3", ttl: 64)
            .icmp(type: 0, payload: payload)
        #expect(try answer(to: request)?.bytes == expected)
        #expect(checksOut(expected))
    }

    @Test("an echo reply over IPv6 carries the request's data without its extension headers")
    func echoIPv6() throws {
        let payload: [UInt8] = Array(0..<57)
        let extensions: [Extension] = [.hopByHop, .destination, .atomic]
        let request = Frame.ethernet().ipv6(hops: 3, extensions: extensions).icmp(payload: payload)
        let expected = Frame.ethernet(to: Frame.client, from: Frame.director)
            .ipv6(from: Frame.vipIPv6, to: Frame.clientIPv6).icmp(type: 129, payload: payload)
        #expect(try answer(to: request + [0, 0, 0])?.bytes == expected)
        #expect(checksOut(expected))
    }

    @Test("each VIP of the director's is announced once, those of the host are not")
    func announcement() throws {
        var plane = try MemoryDataPlane()
        try plane.publish(
            Table.of(
                Table.service(0),
                Table.service(1, port: 443, reals: [Table.real(7)]),
                Table.service(2, vip: "192.168.142.101", reals: [Table.real(8)]),
                Table.service(3, vip: "192.168.142.102", arp: .host, reals: [Table.real(9)])))
        plane.announce()
        _ = plane.run()
        let sent = plane.takeSent()
        let expected = ["192.168.142.100", "192.168.142.101"].map { vip in
            Frame.ethernet(to: Frame.broadcast, from: Frame.director, type: 0x0806)
                .arp(sender: Frame.director, senderIP: vip, asks: vip)
        }
        #expect(sent.map(\.bytes) == expected)
        _ = plane.run()
        #expect(plane.takeSent().isEmpty)
    }

    @Test("more VIPs than a batch holds are all announced")
    func manyAnnouncements() throws {
        var plane = try MemoryDataPlane()
        let services = (0..<200).map { index in
            Table.service(UInt32(index), vip: "10.0.0.\(index)", reals: [])
        }
        var table = Table.of()
        table.services = services
        try plane.publish(table)
        plane.announce()
        _ = plane.run()
        let announced = Set(plane.takeSent().map { Array($0.bytes[28..<32]) })
        #expect(announced.count == 200)
    }
}
