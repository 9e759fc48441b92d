// SPDX-License-Identifier: Apache-2.0

import HostNetwork
import LVSModel
import Testing

extension KernelTests {
    @Suite("Kept neighbours")
    struct KeptNeighbours {
        static let webs = NamespacePair.webAddresses

        @Test(
            "a neighbour that is kept is resolved, and nothing is left of it when it is released",
            arguments: webs)
        func keptAndReleased(web: IPAddress) async throws {
            try await NamespacePair.run { pair, network in
                let index = try await network.index(of: "eth0")
                try await network.keepResolved(web, on: index)
                try await network.events.upTo(web, has: NamespacePair.webMAC)
                try await network.release(web, on: index)
                try await network.events.upTo(web, has: nil)
                #expect(try await network.entries(of: web) == [])
            }
        }

        @Test(
            "keeping twice and releasing twice does no harm, also where the interface is gone",
            arguments: webs)
        func twice(web: IPAddress) async throws {
            try await NamespacePair.run { pair, network in
                let index = try await network.index(of: "eth0")
                try await network.keepResolved(web, on: index)
                try await network.events.upTo(web, has: NamespacePair.webMAC)
                try await network.keepResolved(web, on: index)
                #expect(try await network.entries(of: web) == [NamespacePair.webMAC])
                try await network.release(web, on: index)
                try await network.release(web, on: index)
                try await pair.ip("link delete eth0")
                try await network.release(web, on: index)
            }
        }

        @Test("an interface that is not there is an error that says so", arguments: webs)
        func noInterface(web: IPAddress) async throws {
            try await NamespacePair.run { pair, network in
                let error = await #expect(throws: HostNetworkError.self) {
                    try await network.keepResolved(web, on: 4711)
                }
                #expect(
                    error?.description == "cannot keep the MAC address of \(web) resolved: "
                        + "No such device (ENODEV)")
            }
        }

        @Test(
            "a host that appears after its resolution failed is found by the kernel itself",
            arguments: [
                (IPAddress(ipv4: 0x0A09_0003), "24"), (NamespacePair.address6(3), "64 nodad"),
            ])
        func appearsLater(late: IPAddress, suffix: String) async throws {
            try await NamespacePair.run { pair, network in
                let index = try await network.index(of: "eth0")
                try await network.keepResolved(late, on: index)
                try await network.events.upTo(late, has: nil)
                try await pair.ipAtWeb("address add \(late)/\(suffix) dev eth0")
                try await network.events.upTo(
                    late, has: NamespacePair.webMAC, within: .seconds(7))
            }
        }

        @Test(
            "a host that announces another MAC address is followed within a second",
            arguments: zip(webs, ["ipv4.conf.eth0.arp_notify", "ipv6.conf.eth0.ndisc_notify"]))
        func announces(web: IPAddress, setting: String) async throws {
            try await NamespacePair.run { pair, network in
                let index = try await network.index(of: "eth0")
                try await network.keepResolved(web, on: index)
                try await network.events.upTo(web, has: NamespacePair.webMAC)
                // With this, the kernel announces its addresses when the MAC address changes.
                try await pair.command(
                    "ip netns exec \(pair.web) sysctl -q net.\(setting)=1")
                let other = MACAddress(rawValue: 0x0200_0000_0022)
                try await pair.ipAtWeb("link set eth0 address \(other)")
                try await network.events.upTo(web, has: other, within: .seconds(1))
            }
        }

        @Test(
            "the kernel forgets what it kept when the carrier goes, and takes it up when asked",
            arguments: webs)
        func carrier(web: IPAddress) async throws {
            try await NamespacePair.run { pair, network in
                let index = try await network.index(of: "eth0")
                try await network.keepResolved(web, on: index)
                try await network.events.upTo(web, has: NamespacePair.webMAC)
                try await pair.ipAtWeb("link set eth0 down")
                try await network.events.upTo(web, has: nil)
                #expect(try await network.entries(of: web) == [])
                try await pair.ipAtWeb("link set eth0 up")
                try await network.events.upTo { $0.isLink(running: true) }
                try await network.keepResolved(web, on: index)
                try await network.events.upTo(web, has: NamespacePair.webMAC)
            }
        }

        @Test(
            "an entry that is somebody's own is neither changed nor taken away",
            arguments: ["nud permanent", "nud noarp", "nud reachable extern_learn"], webs)
        func foreign(kind: String, web: IPAddress) async throws {
            try await NamespacePair.run { pair, network in
                let index = try await network.index(of: "eth0")
                let mac = MACAddress(rawValue: 0x0200_0000_0099)
                try await pair.ip("neighbour add \(web) dev eth0 lladdr \(mac) \(kind)")
                let before = try await pair.neighbours()
                try await network.keepResolved(web, on: index)
                #expect(try await pair.neighbours() == before)
                try await network.release(web, on: index)
                #expect(try await pair.neighbours() == before)
            }
        }

        @Test("an entry that the kernel found by itself is kept from then on", arguments: webs)
        func known(web: IPAddress) async throws {
            try await NamespacePair.run { pair, network in
                let index = try await network.index(of: "eth0")
                let mac = NamespacePair.webMAC
                try await pair.ip("neighbour add \(web) dev eth0 lladdr \(mac) nud stale")
                try await network.keepResolved(web, on: index)
                #expect(try await network.entries(of: web) == [mac])
                #expect(try await pair.neighbours().contains("managed"))
            }
        }
    }
}

extension HostNetwork {
    /// The MAC addresses of the entries for this address.
    fileprivate func entries(of address: IPAddress) throws -> [MACAddress?] {
        try neighbours().filter { $0.address == address }.map(\.mac)
    }
}
