// SPDX-License-Identifier: Apache-2.0

import HostNetwork
import LVSModel
import Testing

extension KernelTests {
    @Suite("Links")
    struct Links {
        @Test("a link is found by its name and by its index, with its MAC address and MTU")
        func found() async throws {
            try await NamespacePair.run { pair, network in
                let link = try #require(try await network.link(named: "eth0"))
                #expect(link.name == "eth0")
                #expect(link.mac?.description == "02:00:00:00:00:01")
                #expect(link.mtu == 1500)
                #expect(try await network.link(index: link.index)?.name == "eth0")
            }
        }

        @Test(
            "a name that no interface has finds none",
            arguments: ["eth1", "", "fifteen-letters", "sixteen-letters-"])
        func missing(name: String) async throws {
            try await NamespacePair.run { pair, network in
                let link = try await network.link(named: name)
                #expect(link == nil)
            }
        }

        @Test("an index that no interface has finds none", arguments: [4711, 0, -1])
        func missing(index: Int32) async throws {
            try await NamespacePair.run { pair, network in
                let link = try await network.link(index: index)
                #expect(link == nil)
            }
        }

        @Test("the loopback interface is running and has no MAC address")
        func loopback() async throws {
            try await NamespacePair.run { pair, network in
                let link = try #require(try await network.link(named: "lo"))
                #expect(link.isRunning)
                #expect(link.mac == nil)
            }
        }

        @Test("a link runs while it is up and has its carrier, and each change is told")
        func running() async throws {
            try await NamespacePair.run { pair, network in
                try await pair.ipAtWeb("link set eth0 down")
                try await network.events.upTo { $0.isLink(running: false) }
                #expect(try await network.link(named: "eth0")?.isRunning == false)
                try await pair.ipAtWeb("link set eth0 up")
                try await network.events.upTo { $0.isLink(running: true) }
                #expect(try await network.link(named: "eth0")?.isRunning == true)
                try await pair.ip("link set eth0 down")
                try await network.events.upTo { $0.isLink(running: false) }
                #expect(try await network.link(named: "eth0")?.isRunning == false)
            }
        }

        @Test("a link that comes, changes its MAC address and goes is told each time")
        func comesAndGoes() async throws {
            try await NamespacePair.run { pair, network in
                try await pair.ip("link add eth8 type veth peer name eth9")
                try await network.events.upTo { $0.link?.name == "eth9" }
                let index = try await network.index(of: "eth9")
                let mac = MACAddress(rawValue: 0x0200_0000_0099)
                try await pair.ip("link set eth9 address \(mac)")
                try await network.events.upTo { $0.link?.mac == mac }
                try await pair.ip("link delete eth9")
                try await network.events.upTo { $0 == .linkRemoved(index: index) }
                let link = try await network.link(index: index)
                #expect(link == nil)
            }
        }

        @Test("a port that leaves its bridge is not a link that goes")
        func leavesBridge() async throws {
            try await NamespacePair.run { pair, network in
                try await pair.ip("link add br9 type bridge")
                try await pair.ip("link set eth0 master br9")
                try await pair.ip("link set eth0 nomaster")
                try await pair.ip("link set eth0 mtu 1400")
                let events = try await network.events.upTo { $0.link?.mtu == 1400 }
                let removals = events.filter { if case .linkRemoved = $0 { true } else { false } }
                #expect(removals.isEmpty)
            }
        }
    }
}

extension HostNetworkEvent {
    var link: HostLink? {
        guard case .link(let link) = self else { return nil }
        return link
    }

    func isLink(running: Bool) -> Bool {
        link?.name == "eth0" && link?.isRunning == running
    }
}
