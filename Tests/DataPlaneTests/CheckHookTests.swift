// SPDX-License-Identifier: Apache-2.0

import Foundation
import Glibc
import LVSModel
import Testing

@testable import DataPlane

/// Whose the hook on an interface is, whoever comes and goes in whatever order.
@Suite(
    .serialized,
    .enabled("needs root, for the programs and a network of its own") { geteuid() == 0 }
)
struct CheckHookTests {
    /// What is on an interface's hook; nil without a hook.
    private struct Programs: OptionSet {
        let rawValue: Int
        static let guarding = Programs(rawValue: 1)
        static let out = Programs(rawValue: 2)
        static let back = Programs(rawValue: 4)
        static let checks: Programs = [.out, .back]
    }

    private static func holds(_ line: String) -> Bool {
        (try? PrivateNetwork.shell(line)) != nil
    }

    private static func programs(on interface: String) -> Programs? {
        guard holds("tc qdisc show dev \(interface) | grep -q clsact") else { return nil }
        func has(_ side: String, _ name: String) -> Bool {
            holds("test $(tc filter show dev \(interface) \(side) | grep -c ' \(name)') = 1")
        }
        var programs: Programs = []
        if has("ingress", "lvsdr_guard") { programs.insert(.guarding) }
        if has("ingress", "lvsdr_check_in") { programs.insert(.back) }
        if has("egress", "lvsdr_check_out") { programs.insert(.out) }
        return programs
    }

    private enum Step: CaseIterable {
        case guardOn, checksOn, guardOff, checksOff
    }

    /// Each order in which the two come, and in which they go.
    private static let orders: [[Step]] = [
        [.guardOn, .checksOn, .guardOff, .checksOff],
        [.guardOn, .checksOn, .checksOff, .guardOff],
        [.checksOn, .guardOn, .guardOff, .checksOff],
        [.checksOn, .guardOn, .checksOff, .guardOff],
    ]

    private func walk(_ steps: [Step], hookIsThere: Bool) throws -> [Programs?] {
        try PrivateNetwork.run { network in
            if hookIsThere { try PrivateNetwork.shell("tc qdisc add dev eth0 clsact") }
            let tap = try Tap()
            let checks = try CheckAddresses()
            return try steps.map { step in
                switch step {
                case .guardOn: _ = try tap.guardInterface(network.eth0)
                case .guardOff: try tap.unguardInterface(network.eth0)
                case .checksOn: try checks.serve(vips: [], interfaces: [network.eth0])
                case .checksOff: try checks.stop()
                }
                return Self.programs(on: "eth0")
            }
        }
    }

    @Test("the last of ours to go takes the hook that ours made", arguments: orders.indices)
    func madeHook(order: Int) throws {
        let seen = try walk(Self.orders[order], hookIsThere: false)
        #expect(seen[1] == [.guarding, .checks])
        #expect(seen[2] == (Self.orders[order][2] == .guardOff ? .checks : .guarding))
        #expect(seen[3] == nil)
    }

    @Test("a hook that was there stays, without a program of ours", arguments: orders.indices)
    func foundHook(order: Int) throws {
        let seen = try walk(Self.orders[order], hookIsThere: true)
        #expect(seen[1] == [.guarding, .checks])
        #expect(seen[3] == [])
    }

    @Test("the programs follow the interfaces that are served, and one that is gone is no failure")
    func interfaces() throws {
        let seen = try PrivateNetwork.run { network in
            let checks = try CheckAddresses()
            let served: [Set<Int32>] = [
                [network.eth0, network.eth1], [network.eth1], [network.eth1, network.eth0], [],
            ]
            let seen = try served.map { interfaces in
                try checks.serve(vips: [], interfaces: interfaces)
                return ["eth0", "eth1"].map(Self.programs)
            }
            try checks.serve(vips: [], interfaces: [network.eth0])
            try PrivateNetwork.shell("ip link delete eth0")
            try checks.stop()
            return seen
        }
        #expect(
            seen == [[.checks, .checks], [nil, .checks], [.checks, .checks], [nil, nil]])
    }

    @Test("what somebody took off is put on again by the next call")
    func repair() throws {
        let seen = try PrivateNetwork.run { network in
            let checks = try CheckAddresses()
            try checks.serve(vips: [], interfaces: [network.eth0])
            try PrivateNetwork.shell("tc filter delete dev eth0 egress")
            let without = Self.programs(on: "eth0")
            try checks.serve(vips: [], interfaces: [network.eth0])
            return [without, Self.programs(on: "eth0")]
        }
        #expect(seen == [.back, .checks])
    }

    @Test("what an earlier process left is taken over, and goes with the later one")
    func takeover() throws {
        let vip = CheckNetwork.vip(.ipv4)
        let seen = try CheckNetwork.run { network in
            // It ends without a word: as after a crash its programs stay.
            try CheckAddresses().serve(vips: [], interfaces: [network.director])
            let left = Self.programs(on: "eth0")
            let checks = try CheckAddresses()
            try checks.serve(vips: [vip], interfaces: [network.director])
            let client = try CheckSocket(.tcp, .ipv4, mark: checks.mark(of: vip))
            let code = try client.attempt(
                CheckNetwork.rip(CheckNetwork.bare, .ipv4), port: 9,
                atMost: CheckSocket.impatience)
            let taken = Self.programs(on: "eth0")
            try checks.stop()
            return (left, code, taken, Self.programs(on: "eth0"))
        }
        #expect(seen.0 == .checks)
        #expect(seen.1 == ETIMEDOUT, "the later one's programs are in force")
        #expect(seen.2 == .checks)
        #expect(seen.3 == nil)
    }

    @Test("another's program in the same place is left alone, and said")
    func foreign() throws {
        // The program of the one side in the place of the other's.
        let object = URL(filePath: #filePath).deletingLastPathComponent()
            .appending(path: "../../Sources/CDataPlane/bpf/check.bpf.o").path
        let seen = try PrivateNetwork.run { network in
            try PrivateNetwork.shell(
                """
                tc qdisc add dev eth0 clsact &&
                tc filter add dev eth0 ingress prio 19543 handle 1 \
                    bpf direct-action object-file '\(object)' section tc
                """)
            let checks = try CheckAddresses()
            do {
                try checks.serve(vips: [], interfaces: [network.eth0])
                return (Int32(0), Programs?.none)
            } catch let error as DataPlaneError {
                try checks.stop()
                return (error.code, Self.programs(on: "eth0"))
            }
        }
        #expect(seen.0 == EEXIST)
        #expect(seen.1 == [])
    }

    @Test("marks of VIPs that stay do not change, and others' come and go")
    func marks() throws {
        let vips = (1...4).map { IPAddress(ipv4: $0) }
        let seen = try PrivateNetwork.run { _ in
            let checks = try CheckAddresses()
            let served: [Set<IPAddress>] = [[vips[0]], [vips[0], vips[1]], [vips[1]], []]
            return try served.map { served in
                try checks.serve(vips: served, interfaces: [])
                return vips.map { checks.mark(of: $0) }
            }
        }
        #expect(
            seen == [
                [0x4C56_0001, nil, nil, nil], [0x4C56_0001, 0x4C56_0002, nil, nil],
                [nil, 0x4C56_0002, nil, nil], [nil, nil, nil, nil],
            ])
    }
}
