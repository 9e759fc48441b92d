// SPDX-License-Identifier: Apache-2.0

import HostNetwork
import LVSModel
import Testing

extension KernelTests {
    @Suite("Neighbours")
    struct Neighbours {
        static let mac = MACAddress(rawValue: 0x0200_0000_0099)
        static let address = IPAddress(ipv4: 0x0A09_0032)
        static let addresses = [address, NamespacePair.address6(0x32)]

        @Test(
            "an entry has a MAC address in the states in which the kernel uses it",
            arguments: [
                ("nud reachable", true), ("nud stale", true), ("nud delay", true),
                ("nud probe", true), ("nud permanent", true), ("nud noarp", true),
                ("nud none", false), ("nud incomplete", false), ("nud failed", false),
            ], addresses)
        func states(state: (String, isUsable: Bool), address: IPAddress) async throws {
            try await NamespacePair.run { pair, network in
                let index = try await network.index(of: "eth0")
                let lladdr = state.isUsable ? "lladdr \(Self.mac)" : ""
                try await pair.ip("neighbour add \(address) dev eth0 \(lladdr) \(state.0)")
                let expected = HostNeighbour(
                    interface: index, address: address, mac: state.isUsable ? Self.mac : nil)
                #expect(try await network.neighbours().contains(expected))
            }
        }

        @Test("an entry without Ethernet address has no MAC address")
        func withoutEthernet() async throws {
            try await NamespacePair.run { pair, network in
                try await pair.ip("tuntap add tun9 mode tun")
                try await pair.ip("link set tun9 up")
                try await pair.ip("neighbour add \(Self.address) dev tun9 nud noarp")
                let index = try await network.index(of: "tun9")
                let entries = try await network.neighbours().filter { $0.interface == index }
                #expect(entries.map(\.mac) == [nil])
            }
        }

        @Test("a new entry, a changed one and a deleted one are told", arguments: addresses)
        func told(address: IPAddress) async throws {
            try await NamespacePair.run { pair, network in
                let entry = "\(address) dev eth0"
                try await pair.ip("neighbour add \(entry) lladdr \(Self.mac) nud stale")
                try await network.events.upTo(address, has: Self.mac)
                let other = MACAddress(rawValue: 0x0200_0000_0098)
                try await pair.ip("neighbour replace \(entry) lladdr \(other) nud reachable")
                try await network.events.upTo(address, has: other)
                try await pair.ip("neighbour delete \(entry)")
                try await network.events.upTo(address, has: nil)
                let left = try await network.neighbours().filter { $0.address == address }
                #expect(left.isEmpty)
            }
        }

        @Test(
            "a bridge's table, proxied addresses and mapped IPv4 addresses are not told or listed")
        func others() async throws {
            try await NamespacePair.run { pair, network in
                try await network.events.upTo(marker: 1400, of: pair)
                try await pair.ip("link add br9 type bridge")
                try await pair.ip("link set br9 up")
                try await pair.ip(
                    "neighbour add ::ffff:\(Self.address) dev eth0 lladdr \(Self.mac) nud stale")
                try await pair.ip("neighbour add proxy \(Self.address) dev eth0")
                try await pair.command(
                    "bridge -n \(pair.director) fdb add \(Self.mac) dev br9 self")
                let events = try await network.events.upTo(marker: 1300, of: pair)
                let known = events.compactMap(\.neighbour) + (try await network.neighbours())
                #expect(!known.contains { $0.address == Self.address || $0.mac == Self.mac })
            }
        }

        @Test(
            "a table of many entries is read whole",
            arguments: [
                { IPAddress(ipv4: 0x0A09_0100 + UInt32($0)) },
                { NamespacePair.address6(0x100 + UInt64($0)) },
            ] as [@Sendable (Int) -> IPAddress])
        func many(address: @Sendable (Int) -> IPAddress) async throws {
            try await NamespacePair.run { pair, network in
                try await pair.ip(
                    lines: (0..<2000).map {
                        "neighbour add \(address($0)) dev eth0"
                            + " lladdr \(Self.mac) nud permanent"
                    })
                #expect(try await network.neighbours().count { $0.mac == Self.mac } == 2000)
            }
        }
    }
}

extension HostNetworkEvent {
    fileprivate var neighbour: HostNeighbour? {
        guard case .neighbour(let neighbour) = self else { return nil }
        return neighbour
    }
}
