// SPDX-License-Identifier: Apache-2.0

import Glibc
import LVSModel
import Testing

@testable import DataPlane

/// The program that hands frames to the ports of AF_XDP, as the kernel runs it. What it does with IP
/// is looked at with the guard, in `TapTests`.
@Suite(
    .serialized,
    .enabled("needs root, for the programs and a network of its own") { geteuid() == 0 }
)
struct DivertTests {
    /// Which of the frames are handed to the port of the interface that receives them.
    static func taken(_ frames: [[UInt8]]) throws -> [Bool] {
        try PrivateNetwork.run { network in
            let tap = try Tap()
            let table = TapTests.table(on: network.eth0)
            try tap.admit(table)
            let divert = try Divert(tap)
            try divert.tell(table)
            let forwarder = try Forwarder(flowCapacity: 1_024)
            let workers = try LiveDataPlane.xdpWorkers(forwarder, divert, network.eth0)
            return try withExtendedLifetime(workers) { try frames.map { try divert.takes($0) } }
        }
    }

    @Test("ARP requests for a VIP of ours are handed over; claims, and all else, are the host's")
    func requests() throws {
        let asking = Frame.ethernet(to: Frame.broadcast, type: 0x0806)
        let rows: [(name: String, frame: [UInt8], taken: Bool)] = [
            ("for a VIP", asking.arp(), true),
            ("to our MAC", Frame.ethernet(type: 0x0806).arp(), true),
            ("to another's", Frame.ethernet(to: Frame.client, type: 0x0806).arp(), false),
            ("for the host's VIP", asking.arp(asks: "192.168.142.101"), false),
            ("for another address", asking.arp(asks: "192.168.142.4"), false),
            ("cut", Array(asking.arp().prefix(41)), false),
            ("a reply", asking.arp(operation: 2), false),
            ("a claim", asking.arp(senderIP: "192.168.142.100"), false),
        ]
        for (taken, row) in zip(try Self.taken(rows.map(\.frame)), rows) {
            #expect(taken == row.taken, "\(row.name)")
        }
    }

    @Test("frames with a VLAN tag are the host's")
    func tagged() throws {
        let plain = Frame.ethernet().ipv4().tcp(.syn)
        let tagged = Array(plain[..<12]) + [0x81, 0, 0, 7] + plain[12...]
        #expect(try Self.taken([plain, tagged]) == [true, false])
    }

    @Test("an MTU that no page holds is refused, and another's program on the interface")
    func refused() throws {
        let codes = try PrivateNetwork.run { network in
            let tap = try Tap()
            let forwarder = try Forwarder(flowCapacity: 1_024)
            try PrivateNetwork.shell("ip link set eth0 up mtu 4000")
            var codes = [
                Self.code { () throws(DataPlaneError) in
                    _ = try LiveDataPlane.xdpWorkers(forwarder, try Divert(tap), network.eth0)
                }
            ]
            try PrivateNetwork.shell("ip link set eth0 mtu 1500")
            let first = try Divert(tap)
            try first.attach(to: network.eth0, behind: nil)
            codes.append(
                Self.code { () throws(DataPlaneError) in
                    try Divert(tap).attach(to: network.eth0, behind: nil)
                })
            return codes
        }
        #expect(codes == [EMSGSIZE, EBUSY])
    }

    private static func code(_ body: () throws(DataPlaneError) -> Void) -> Int32 {
        do throws(DataPlaneError) {
            try body()
            return 0
        } catch {
            return error.code
        }
    }
}
