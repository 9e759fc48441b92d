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
    private func isTaken(
        _ tap: borrowing Tap, _ vip: String, _ port: UInt16, on interface: Int32
    ) throws -> Bool {
        try tap.decide(TapFrame.ipv6(to: vip, .tcp(port)), on: interface).isTaken
    }

    @Test(
        "each port of 65,536 is a service's or not",
        arguments: ["80", "1-65535", "any", "1-7,9,4097-32768,65534-65535"])
    func portRanges(text: String) throws {
        let ports = try #require(PortSet(text))
        try PrivateNetwork.run { network in
            let tap = try Tap()
            try tap.admit(
                TapTable.of(
                    on: network.eth0, TapTable.service("fd00::101", text, arp: .host),
                    TapTable.service("fd00::102", "1-65535", arp: .host)))
            var frame = TapFrame.ipv6(to: "fd00::101", .tcp(0))
            var wrong: [UInt16] = []
            for port in 0...UInt16.max {
                frame.replaceSubrange(56..<58, with: port.bytes)
                let isTaken = try tap.decide(frame, on: network.eth0).isTaken
                if isTaken != ports.contains(port) { wrong.append(port) }
            }
            #expect(wrong == [])
        }
    }

    @Test("a retired port is the host's again, and what the table in force has stays")
    func retirement() throws {
        try PrivateNetwork.run { network in
            let tap = try Tap()
            let eth0 = network.eth0
            func taken(_ ports: UInt16...) throws -> [Bool] {
                try ports.map { try isTaken(tap, "fd00::101", $0, on: eth0) }
            }
            let first = TapTable.of(
                on: eth0, TapTable.service("fd00::101", "80,8000-8007", arp: .host))
            let second = TapTable.of(
                on: eth0, TapTable.service("fd00::101", "8004-8011", arp: .host),
                TapTable.service("fd00::102", "80", arp: .host))
            try tap.admit(first)
            try tap.retire(first)
            #expect(try taken(80, 8000, 8007, 8008) == [true, true, true, false])
            try tap.admit(second)
            #expect(try taken(80, 8000, 8004, 8011) == [true, true, true, true])
            try tap.retire(second)
            #expect(try taken(80, 8003, 8004, 8011) == [false, false, true, true])
            // A table that was admitted and could not be published goes with the next.
            try tap.admit(first)
            try tap.admit(second)
            try tap.retire(second)
            #expect(try taken(80, 8003, 8004, 8011) == [false, false, true, true])
            let none = TapTable.of(on: eth0)
            try tap.admit(none)
            try tap.retire(none)
            #expect(try tap.fate(of: TapFrame.ipv6(to: "fd00::102", .tcp(80)), on: eth0) == .hosts)
            try tap.admit(second)
            #expect(try taken(8003, 8004) == [false, true])
        }
    }

    @Test("any port gives way to the services that have one, and is back when they go")
    func anyPort() throws {
        try PrivateNetwork.run { network in
            let tap = try Tap()
            let any = TapTable.service("fd00::101", "any", arp: .host)
            let one = TapTable.service("fd00::101", "80", arp: .host)
            for table in [[any], [any, one], [one], [one, any]] {
                let table = TapTable.of(on: network.eth0, table)
                try tap.admit(table)
                try tap.retire(table)
                #expect(try isTaken(tap, "fd00::101", 80, on: network.eth0))
                let hasAny = table.services.contains { $0.address.ports.isAny }
                #expect(try isTaken(tap, "fd00::101", 81, on: network.eth0) == hasAny)
            }
        }
    }

    @Test("a VIP can change hands between the director and the host")
    func ownership() throws {
        try PrivateNetwork.run { network in
            let tap = try Tap()
            for (arp, fate) in [
                (ARPMode.director, TapTests.Fate.ours), (.host, .shared), (.director, .ours),
            ] {
                let table = TapTable.of(
                    on: network.eth0, TapTable.service("fd00::100", "80", arp: arp))
                try tap.admit(table)
                try tap.retire(table)
                #expect(try tap.fate(of: TapFrame.ipv6(.icmp(128)), on: network.eth0) == fate)
            }
        }
    }

    /// The groups of the interface that are the test's: they begin with 3333ff01.
    private func groups(of interface: String) throws -> [String] {
        let text = try String(contentsOfFile: "/proc/thread-self/net/dev_mcast", encoding: .utf8)
        return text.split(separator: "\n").compactMap { line in
            let words = line.split(separator: " ")
            guard words.count == 5, words[1] == interface, words[4].hasPrefix("3333ff01") else {
                return nil
            }
            return String(words[4])
        }
        .sorted()
    }

    @Test(
        "the groups of our VIPs are joined, left with the last VIP, and follow the interface"
    )
    func multicastGroups() throws {
        try PrivateNetwork.run { network in
            let tap = try Tap()
            func publish(on interface: Int32, _ vips: String...) throws {
                let services = vips.map { vip in
                    TapTable.service(vip, "80", arp: vip == "fd00::1:3" ? .host : .director)
                }
                let table = TapTable.of(on: interface, services)
                try tap.admit(table)
                try tap.retire(table)
            }
            try publish(
                on: network.eth0, "fd00::1:1", "fd01::1:1", "fd00::1:2", "fd00::1:3", "10.0.0.1")
            #expect(try groups(of: "eth0") == ["3333ff010001", "3333ff010002"])
            try publish(on: network.eth0, "fd00::1:1", "fd00::1:3")
            #expect(try groups(of: "eth0") == ["3333ff010001"])
            try publish(on: network.eth1, "fd00::1:1")
            #expect(try groups(of: "eth0") == [])
            #expect(try groups(of: "eth1") == ["3333ff010001"])
            try publish(on: network.eth1)
            #expect(try groups(of: "eth1") == [])
        }
    }
}
