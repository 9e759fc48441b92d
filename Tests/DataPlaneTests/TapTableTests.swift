// SPDX-License-Identifier: Apache-2.0

import Foundation
import Glibc
import LVSModel
import Testing

@testable import DataPlane

/// What the kernel knows of tables that come and go.
@Suite(
    .serialized,
    .enabled("needs root, for the programs and a network of its own") { geteuid() == 0 }
)
struct TapTableTests {
    /// Publishes the tables one after the other, and asks after each who gets the frames.
    private func fates(
        of frames: [[UInt8]], after tables: [[ForwardingTable.Service]]
    ) throws -> [[TapTests.Fate]] {
        try PrivateNetwork.run { network in
            let tap = try Tap()
            return try tables.map { services in
                let table = TapTable.of(on: network.eth0, services)
                try tap.admit(table)
                try tap.retire(table)
                return try frames.map { try tap.fate(of: $0, on: network.eth0) }
            }
        }
    }

    @Test(
        "each port of 65,536 is a service's or not",
        arguments: ["80", "1-65535", "any", "1-7,9,4097-32768,65534-65535"])
    func portRanges(text: String) throws {
        let ports = try #require(PortSet(text))
        let wrong = try PrivateNetwork.run { network in
            let tap = try Tap()
            try tap.admit(
                TapTable.of(
                    on: network.eth0, TapTable.service("fd00::101", text, arp: .host),
                    TapTable.service("fd00::102", "1-65535", arp: .host)))
            var frame = TapFrame.ipv6(to: "fd00::101", .tcp(0))
            return try (0...UInt16.max).filter { port in
                frame.replaceSubrange(56..<58, with: port.bytes)
                return try tap.decide(frame, on: network.eth0).isTaken != ports.contains(port)
            }
        }
        #expect(wrong == [])
    }

    @Test("a retired port is the host's again, and what the table in force has stays")
    func retirement() throws {
        let frames = [80, 8000, 8004, 8011].map { TapFrame.ipv6(to: "fd00::101", .tcp($0)) }
        let first = [TapTable.service("fd00::101", "80,8000-8007", arp: .host)]
        let second = [
            TapTable.service("fd00::101", "8004-8011", arp: .host),
            TapTable.service("fd00::102", "80", arp: .host),
        ]
        let fates = try fates(of: frames, after: [first, second, first, [], second])
        #expect(
            fates == [
                [.ours, .ours, .ours, .shared],
                [.shared, .shared, .ours, .ours],
                [.ours, .ours, .ours, .shared],
                [.hosts, .hosts, .hosts, .hosts],
                [.shared, .shared, .ours, .ours],
            ])
    }

    @Test("a table that was admitted and never published goes with the next that is")
    func unpublished() throws {
        let taken = try PrivateNetwork.run { network in
            let tap = try Tap()
            let tables = ["80", "81"].map {
                TapTable.of(on: network.eth0, TapTable.service("fd00::101", $0, arp: .host))
            }
            let frames = [80, 81].map { TapFrame.ipv6(to: "fd00::101", .tcp($0)) }
            func taken() throws -> [Bool] {
                try frames.map { try tap.decide($0, on: network.eth0).isTaken }
            }
            try tap.admit(tables[0])
            try tap.admit(tables[1])
            let both = try taken()
            try tap.retire(tables[1])
            return [both, try taken()]
        }
        #expect(taken == [[true, true], [false, true]])
    }

    @Test("any port gives way to the services that have one, and is back when they go")
    func anyPort() throws {
        let any = TapTable.service("fd00::101", "any", arp: .host)
        let one = TapTable.service("fd00::101", "80", arp: .host)
        let fates = try fates(
            of: [80, 81].map { TapFrame.ipv6(to: "fd00::101", .tcp($0)) },
            after: [[any], [any, one], [one], [one, any], [any]])
        #expect(
            fates == [
                [.ours, .ours], [.ours, .ours], [.ours, .shared], [.ours, .ours], [.ours, .ours],
            ])
    }

    @Test("a VIP can change hands between the director and the host")
    func ownership() throws {
        let modes: [ARPMode] = [.director, .host, .director]
        let fates = try fates(
            of: [TapFrame.ipv6(.icmp(128))],
            after: modes.map { [TapTable.service("fd00::100", "80", arp: $0)] })
        #expect(fates == [[.ours], [.shared], [.ours]])
    }

    /// The groups of the interface that are the test's: they begin with 3333ff01.
    private func groups(of interface: String) throws -> [String] {
        let text = try String(contentsOfFile: "/proc/thread-self/net/dev_mcast", encoding: .utf8)
        return text.split(separator: "\n").compactMap { line in
            let words = line.split(separator: " ")
            guard words.count == 5, words[1] == interface, words[4].hasPrefix("3333ff01") else {
                return nil
            }
            return String(words[4].suffix(4))
        }
        .sorted()
    }

    @Test("the groups of our VIPs are joined, left with the last VIP, and follow the interface")
    func multicastGroups() throws {
        let joined = try PrivateNetwork.run { network in
            let tap = try Tap()
            func publish(on interface: Int32, _ vips: String...) throws -> [[String]] {
                let services = vips.map { TapTable.service($0, "80") }
                let host = TapTable.service("fd00::1:3", "80", arp: .host)
                let table = TapTable.of(on: interface, services + [host])
                try tap.admit(table)
                try tap.retire(table)
                return try [groups(of: "eth0"), groups(of: "eth1")]
            }
            return try [
                publish(on: network.eth0, "fd00::1:1", "fd01::1:1", "fd00::1:2", "10.1.0.1"),
                publish(on: network.eth0, "fd01::1:1"),
                publish(on: network.eth1, "fd01::1:1"),
                publish(on: network.eth1),
            ]
        }
        #expect(joined == [[["0001", "0002"], []], [["0001"], []], [[], ["0001"]], [[], []]])
    }

    @Test("an interface that is gone does not keep a table from being published")
    func goneInterface() throws {
        let fate = try PrivateNetwork.run { network in
            let tap = try Tap()
            try PrivateNetwork.shell("ip link delete eth0")
            let table = TapTable.of(on: network.eth0, TapTable.service("fd00::100", "80"))
            try tap.admit(table)
            try tap.retire(table)
            return try tap.fate(of: TapFrame.ipv6(mac: MACAddress(rawValue: 0), .tcp(80)), on: 1)
        }
        #expect(fate == .ours)
    }
}
