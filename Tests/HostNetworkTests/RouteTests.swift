// SPDX-License-Identifier: Apache-2.0

import HostNetwork
import LVSModel
import Testing

extension KernelTests {
    @Suite("Routes and addresses")
    struct Routes {
        @Test("an address is on the link, behind a router, the host's own, or not reachable")
        func kinds() async throws {
            try await NamespacePair.run { pair, network in
                try await pair.ip(lines: [
                    "route add 10.20.0.0/16 via 10.9.0.2",
                    "route add unreachable 10.30.0.0/16",
                    "route add prohibit 10.31.0.0/16",
                    "route add blackhole 10.32.0.0/16",
                    "route add 10.40.0.0/16 via inet6 fe80::1 dev eth0",
                ])
                let index = try await network.index(of: "eth0")
                let router = NamespacePair.webAddress
                let expected: [(UInt32, HostRoute)] = [
                    (0x0A09_0002, .onLink(interface: index)),
                    (0x0A14_0001, .gateway(router, interface: index)),
                    (
                        0x0A28_0001,
                        .gateway(IPAddress(high: 0xFE80 << 48, low: 1), interface: index)
                    ),
                    (0x0A09_0001, .local),
                    (0x7F00_0001, .local),
                    (0x0A09_00FF, .unreachable),
                    (0xE000_0001, .unreachable),
                    (0x0A1E_0001, .unreachable),
                    (0x0A1F_0001, .unreachable),
                    (0x0A20_0001, .unreachable),
                    (0x0808_0808, .unreachable),
                ]
                for (number, route) in expected {
                    let address = IPAddress(ipv4: number)
                    #expect(try await network.route(to: address) == route, "\(address)")
                }
            }
        }

        @Test("an IPv6 address is on the link, behind a router, the host's own, or not reachable")
        func kinds6() async throws {
            try await NamespacePair.run { pair, network in
                try await pair.command(
                    "ip netns exec \(pair.director) sysctl -q net.ipv6.conf.all.forwarding=1")
                try await pair.ip(lines: [
                    "route add fd20::/16 via fd09::2",
                    "route add fd21::/16 via fe80::2 dev eth0",
                    "route add unreachable fd30::/16",
                    "route add prohibit fd31::/16",
                    "route add blackhole fd32::/16",
                ])
                let index = try await network.index(of: "eth0")
                let router = NamespacePair.webAddress6
                let linkLocal = IPAddress(high: 0xFE80 << 48, low: 2)
                let expected: [(String, HostRoute)] = [
                    ("fd09::2", .onLink(interface: index)),
                    ("fd20::1", .gateway(router, interface: index)),
                    ("fd21::1", .gateway(linkLocal, interface: index)),
                    ("fd09::1", .local),
                    ("::1", .local),
                    // The anycast address of a network's routers, of which this host is one.
                    ("fd09::", .local),
                    ("ff0e::1", .unreachable),
                    ("fd30::1", .unreachable),
                    ("fd31::1", .unreachable),
                    ("fd32::1", .unreachable),
                    ("2001:db8::1", .unreachable),
                ]
                for (text, route) in expected {
                    let address = try #require(IPAddress(text))
                    #expect(try await network.route(to: address) == route, "\(address)")
                }
            }
        }

        @Test("the more specific route, a rule's table and the lower metric count")
        func choice() async throws {
            try await NamespacePair.run { pair, network in
                let index = try await network.index(of: "eth0")
                let address = IPAddress(ipv4: 0x0A14_0001)
                try await pair.ip("route add default via 10.9.0.2")
                #expect(
                    try await network.route(to: address)
                        == .gateway(NamespacePair.webAddress, interface: index))
                try await pair.ip("route add 10.20.0.0/16 dev eth0 metric 5")
                try await pair.ip("route add 10.20.0.0/16 via 10.9.0.2 metric 6")
                #expect(try await network.route(to: address) == .onLink(interface: index))
                try await pair.ip("route add unreachable 10.20.0.0/16 table 77")
                try await pair.ip("rule add to 10.20.0.0/16 lookup 77")
                #expect(try await network.route(to: address) == .unreachable)
            }
        }

        @Test(
            "a change of routes, rules or addresses is told",
            arguments: [
                "route add 10.20.0.0/16 via 10.9.0.2", "route delete 10.9.0.0/24 dev eth0",
                "rule add to 10.20.0.0/16 lookup 77", "address add 10.9.0.7/24 dev eth0",
                "address delete 10.9.0.1/24 dev eth0", "link set eth0 down",
                "route add fd20::/16 via fd09::2", "route delete fd09::/64 dev eth0",
                "-6 rule add to fd20::/16 lookup 77", "address add fd09::7/64 dev eth0 nodad",
                "address delete fd09::1/64 dev eth0",
            ])
        func told(change: String) async throws {
            try await NamespacePair.run { pair, network in
                try await network.events.upTo(marker: 1400, of: pair)
                try await pair.ip(change)
                try await network.events.upTo { $0 == .routesChanged }
            }
        }

        @Test("many changes of routes are few events")
        func coalesced() async throws {
            try await NamespacePair.run { pair, network in
                try await network.events.upTo(marker: 1400, of: pair)
                try await pair.ip(
                    lines: (0..<2000).map { "route add 10.20.\($0 / 256).\($0 % 256) dev eth0" })
                let events = try await network.events.upTo(marker: 1300, of: pair)
                let count = events.count { $0 == .routesChanged }
                #expect(count >= 1)
                #expect(count < 2000)
            }
        }

        @Test("an interface holds the addresses that were added to it, and no others")
        func addresses() async throws {
            try await NamespacePair.run { pair, network in
                let index = try await network.index(of: "eth0")
                let vips = [IPAddress(ipv4: 0x0A09_0064), NamespacePair.address6(0x100)]
                for (vip, suffix) in zip(vips, ["32", "128 nodad"]) {
                    #expect(try await network.addressHolders()[vip] == nil)
                    try await pair.ip("address add \(vip)/\(suffix) dev eth0")
                    #expect(try await network.addressHolders()[vip] == index)
                }
                let linkLocal = try #require(IPAddress("fe80::ff:fe00:1"))
                let own = [IPAddress(ipv4: 0x0A09_0001), NamespacePair.address6(1), linkLocal]
                #expect(try await network.addresses(of: index).sorted() == (own + vips).sorted())
                #expect(try await network.addresses(of: 4711) == [])
                #expect(try await network.heldAddresses().isSuperset(of: own + vips))
            }
        }

        @Test("of an interface that leads to one other host, this host's address is told")
        func peers() async throws {
            try await NamespacePair.run { pair, network in
                try await pair.ip("address add 10.77.0.1 peer 10.77.0.2 dev eth0")
                try await pair.ip("address add fd77::1 peer fd77::2 dev eth0 nodad")
                let index = try await network.index(of: "eth0")
                let held = try await network.addresses(of: index).map(\.description)
                #expect(Set(held).isSuperset(of: ["10.77.0.1", "fd77::1"]))
                #expect(Set(held).isDisjoint(with: ["10.77.0.2", "fd77::2"]))
            }
        }
    }
}

extension AsyncStream<HostNetworkEvent> {
    /// Reads up to a change of the MTU that this makes.
    @discardableResult
    func upTo(marker mtu: UInt32, of pair: NamespacePair) async throws -> [HostNetworkEvent] {
        try await pair.ip("link set eth0 mtu \(mtu)")
        return try await upTo { $0.link?.mtu == mtu }
    }
}
