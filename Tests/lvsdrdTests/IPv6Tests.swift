// SPDX-License-Identifier: Apache-2.0

import ControlMessages
import LVSModel
import Lab
import Testing

extension InLab {
    /// The deployment with a second service, the same one over IPv6.
    @Suite struct IPv6Tests {
        @Test("requests over IPv6 go to the real servers in turn, beside those over IPv4")
        func alternate() async throws {
            try await withBothFamilies { network, daemon in
                let answers = try await network.answers(10, from: network.topology.vip6)
                #expect(answers.prefix(2).sorted() == ["111111", "222222"])
                #expect(zip(answers, answers.dropFirst(2)).allSatisfy(==))
                #expect(try await network.answers(2).sorted() == ["111111", "222222"])
                let services = try await daemon.services()
                #expect(services.map(\.address) == ["192.168.142.100", "fd00:8e::100"])
                #expect(services.map { $0.realServers.map(\.connections) } == [[1, 1], [5, 5]])
            }
        }

        @Test(
            "nobody but the director answers neighbour solicitations for the VIP, or asks in its name"
        )
        func solicitation() async throws {
            try await withBothFamilies { network, daemon in
                let vip = network.topology.vip6
                let director = network.topology[.director].mac
                let told = try await Capture.start(
                    in: network, on: .client, "icmp6 and ip6[40] = 136 and ip6[44] & 0x40 != 0",
                    direction: "in")
                let asked = try await Capture.start(
                    in: network, on: .client, "icmp6 and ip6[40] = 135 and src host \(vip)",
                    direction: "in")
                // To the group of the address; each real server then asks who the client is.
                #expect(try await network.answers(2, from: vip).count == 2)
                // To the director alone, as the client does after a while.
                try await network.shell(
                    .client, "ip neighbour replace \(vip) lladdr \(director) dev eth0 nud probe")
                let answers = try await told.advertisements(atLeast: 2, from: vip)
                #expect(answers.count == 2)
                #expect(answers.allSatisfy { $0.sender == director && $0.hopLimit == 255 })
                #expect(answers.first?.mac == director)
                let known = try await network.shell(.client, "ip neighbour show \(vip)")
                #expect(known.contains("\(director) REACHABLE"))
                #expect(try await asked.frames(atLeast: 1).isEmpty)
                #expect(try await daemon.frames("neighbour-reply") == 2)
            }
        }

        @Test("the IPv6 VIP answers ping though no interface holds it")
        func ping() async throws {
            try await withBothFamilies { network, daemon in
                try await network.shell(
                    .client, "ping -q -c 3 -i 0.1 -s 1000 -W 1 \(network.topology.vip6)")
                #expect(try await daemon.frames("echo-reply") == 3)
            }
        }

        @Test("the IPv6 VIP is announced three times at the start and again when the link comes up")
        func announcements() async throws {
            try await withNetwork { network in
                let vip = network.topology.vip6
                let director = network.topology[.director].mac
                try await network.shell(
                    .client,
                    "ip neighbour add \(vip) lladdr 02:00:00:00:00:99 dev eth0 nud stale")
                let filter = "icmp6 and ip6[40] = 136 and ether src \(director)"
                let capture = try await Capture.start(in: network, on: .client, filter)
                let daemon = try await network.startDirector {
                    $0.services.append(network.topology.service6)
                }
                try await daemon.waitUntilServing()
                try await Task.sleep(for: .seconds(4))
                let again = try await Capture.start(in: network, on: .client, filter)
                let told = try await capture.advertisements(atLeast: 3, from: vip)
                #expect(told.count == 3)
                #expect(told.allSatisfy { $0.isAnnouncement(of: director) })
                let known = try await network.shell(.client, "ip neighbour show \(vip)")
                #expect(known.contains("\(director)"))
                try await network.shell(.switch, "ip link set director-eth0 down")
                try await network.shell(.switch, "ip link set director-eth0 up")
                let toldAgain = try await again.advertisements(atLeast: 1, from: vip)
                #expect(toldAgain.first?.isAnnouncement(of: director) == true)
            }
        }

        @Test(
            "IPv6 frames at the real server bear the director's MAC address, else as they were sent"
        )
        func rewrite() async throws {
            try await withBothFamilies { network, _ in
                let vip = network.topology.vip6
                let filter = "dst host \(vip) and tcp"
                let client = try await Capture.start(
                    in: network, on: .client, filter, direction: "out")
                let web = try await Capture.start(
                    in: network, on: .web(2), filter, direction: "in")
                #expect(try await network.answers(1, from: vip) == ["222222"])
                let sent = try await client.frames(atLeast: 6)
                let arrived = try await web.frames(atLeast: sent.count)
                try #require(sent.count >= 5)
                let header =
                    network.topology[.web(2)].mac.bytes + network.topology[.director].mac.bytes
                // The client may have said one thing more when its capture had ended.
                #expect(arrived.prefix(sent.count) == sent.map { header + $0.dropFirst(12) }[...])
            }
        }

        @Test("a real server's MAC address that is announced over IPv6 is followed within a second")
        func newMAC() async throws {
            try await withBothFamilies { network, daemon in
                let vip = network.topology.vip6
                _ = try await network.answers(2, from: vip)
                // With this, the kernel announces its addresses when the MAC address changes.
                try await network.shell(
                    .web(1),
                    "sysctl -q -w net.ipv6.conf.eth0.ndisc_notify=1"
                        + " && ip link set dev eth0 address 02:00:00:00:00:99")
                let followed = try await eventually(within: .seconds(1)) { () throws(LabError) in
                    try await daemon.answer(to: "/v1/services")?.contains("02:00:00:00:00:99")
                        == true
                }
                #expect(followed)
                let real = try await daemon.services()[1].realServers[0]
                #expect(real.mac == "02:00:00:00:00:99")
                #expect(Set(try await network.answers(2, from: vip)) == ["111111", "222222"])
            }
        }

        @Test("an upload of 10 MB over IPv6 arrives whole", .withoutAcceleration)
        func upload() async throws {
            try await withBothFamilies { network, daemon in
                let file = "\(network.folder(of: .client))/upload"
                let url = "http://\(network.topology.vip6.beforePort)/upload/whole"
                try await network.shell(.client, "head -c 10485760 /dev/urandom > \(file)")
                try await network.shell(.client, "curl -sS -f -g -m 20 -T \(file) '\(url)'")
                let stored = "\(network.folder(of: .web(2)))/documents/upload/whole"
                try await network.shell(.client, "cmp \(file) \(stored)")
                // Super-frames, whose kind the way out must know as well.
                let real = try await daemon.services()[1].realServers[1]
                #expect(real.bytes / real.packets > 5_000)
                #expect(try await daemon.frames("cut") == 0)
            }
        }

        @Test("a port of the IPv6 VIP without a service is refused at once")
        func closedPort() async throws {
            try await withBothFamilies { network, daemon in
                let url = "http://\(network.topology.vip6.beforePort):8080/"
                let refused = try await network.run(
                    on: .client, ["curl", "-sS", "-g", "-m", "3", url])
                #expect(refused.status == .exited(7))
                #expect(try await daemon.frames("reset-no-service") == 1)
            }
        }

        @Test("an interface that goes down and up again is served on over IPv6")
        func interfaceFlap() async throws {
            try await withBothFamilies { network, daemon in
                try await network.shell(.director, "ip link set eth0 down")
                let noticed = try await eventually(within: .seconds(5)) { () throws(LabError) in
                    try await daemon.answer(to: "/v1/status")?.contains("eth0 is down") == true
                }
                #expect(noticed)
                try await network.shell(.director, "ip link set eth0 up")
                try await daemon.waitUntilServing()
                let answers = try await network.answers(2, from: network.topology.vip6)
                #expect(Set(answers) == ["111111", "222222"])
            }
        }

        @Test("with arp: host the kernel answers for the IPv6 VIP, and nobody resets a client")
        func hostHoldsVIP() async throws {
            try await withBothFamilies(Topology(vipOnDirector: true)) { network, daemon in
                let vip = network.topology.vip6
                let resets = try await Capture.start(
                    in: network, on: .client, "ip6 and tcp and ip6[53] & 4 != 0")
                let answers = try await network.answers(6, from: vip)
                #expect(answers.count { $0 == "111111" } == 3)
                try await network.shell(.client, "ping -q -c 1 -W 1 \(vip)")
                #expect(try await daemon.frames("neighbour-reply") == 0)
                #expect(try await daemon.frames("echo-reply") == 0)
                #expect(try await resets.frames(atLeast: 1).isEmpty)
            }
        }

        @Test("a host that routes IPv6 sends no second copy", arguments: [false, true])
        func routing(vipOnDirector: Bool) async throws {
            try await withBothFamilies(Topology(vipOnDirector: vipOnDirector)) { network, _ in
                let vip = network.topology.vip6
                try await network.shell(
                    .director, "sysctl -q -w net.ipv6.conf.all.forwarding=1")
                let copies = try await Capture.start(
                    in: network, on: .web(1), "dst host \(vip) and tcp and ip6[53] & 2 != 0")
                // Resets, and ICMPv6's errors (RFC 4443 section 2.1).
                let complaints = try await Capture.start(
                    in: network, on: .client,
                    "ip6 and ((tcp and ip6[53] & 4 != 0) or (icmp6 and ip6[40] < 128))")
                #expect(try await network.answers(4, from: vip).count == 4)
                #expect(try await copies.frames(atLeast: 3).count == 2)
                #expect(try await complaints.frames(atLeast: 1).isEmpty)
            }
        }

        @Test("real servers behind the director's other interface are served over IPv6")
        func twoArms() async throws {
            try await withBothFamilies(Topology(arms: .two)) { network, daemon in
                let answers = try await network.answers(4, from: network.topology.vip6)
                #expect(Set(answers) == ["111111", "222222"])
                #expect(try await daemon.services()[1].realServers[0].interface == "eth1")
            }
        }

        @Test(
            "a smaller MTU on the way back is told to the VIP, and the right real server heeds it",
            arguments: [IPAddress.Family.ipv4, .ipv6])
        func pathMTU(family: IPAddress.Family) async throws {
            try await withBothFamilies(Topology(arms: .two)) { network, daemon in
                let topology = network.topology
                let isIPv4 = family == .ipv4
                let url = "http://\((isIPv4 ? topology.vip : topology.vip6).beforePort)/large"
                let client = isIPv4 ? topology[.client].address : topology[.client].address6
                let file = "\(network.folder(of: .client))/large"
                try await network.shell(.router, "ip link set dev eth0 mtu 1300")
                // One after the other, so that each of the two serves one.
                for web in topology.webHosts.map(\.name) {
                    try await network.shell(
                        .client, "curl -sS -f -g -m 20 -o \(file) '\(url)'",
                        within: .seconds(25))
                    let original = "\(network.folder(of: web))/documents/large"
                    try await network.shell(.client, "cmp \(file) \(original)")
                }
                for web in topology.webHosts.map(\.name) {
                    let route = try await network.shell(web, "ip route get \(client)")
                    #expect(route.contains("mtu 1300"), "\(web): \(route)")
                }
                #expect(try await daemon.frames("icmp-error") >= 2)
            }
        }
    }
}

/// Brings the deployment up with a daemon that serves the VIPs of both families.
private func withBothFamilies(
    _ topology: Topology = Topology(),
    _ body: (Network, DirectorDaemon) async throws -> Void
) async throws {
    try await withDirector(topology) {
        $0.services.append(topology.service6)
    } _: { network, daemon in
        try await body(network, daemon)
    }
}

extension Network {
    /// The answers to requests of the client to this VIP, one after the other.
    fileprivate nonisolated func answers(
        _ count: Int, from vip: IPAddress
    ) async throws -> [String] {
        let request = "curl -sS -g -m 5 'http://\(vip.beforePort)/'"
        let output = try await shell(
            .client, "for i in $(seq \(count)); do \(request) || exit 1; done",
            within: .seconds(60))
        return output.split(separator: "\n").map(String.init)
    }
}

/// A neighbour advertisement (RFC 4861 section 4.4) with its Ethernet and IPv6 headers.
private struct Advertisement {
    let sender: MACAddress
    let receiver: MACAddress
    let destination: IPAddress
    let hopLimit: UInt8
    let isSolicited: Bool
    let overrides: Bool
    let address: IPAddress
    /// The link-layer address of the option; nil without it.
    let mac: MACAddress?

    /// nil for other frames. There are no extension headers.
    init?(_ frame: [UInt8]) {
        guard frame.count >= 78, frame[12...13] == [0x86, 0xDD], frame[54] == 136 else {
            return nil
        }
        receiver = MACAddress(wire: frame[0..<6])
        sender = MACAddress(wire: frame[6..<12])
        hopLimit = frame[21]
        destination = IPAddress(bytes: frame[38..<54])
        isSolicited = frame[58] & 0x40 != 0
        overrides = frame[58] & 0x20 != 0
        address = IPAddress(bytes: frame[62..<78])
        let hasOption = frame.count >= 86 && frame[78...79] == [2, 1]
        mac = hasOption ? MACAddress(wire: frame[80..<86]) : nil
    }

    /// Whether it is an unsolicited one to all hosts, as section 7.2.6 wants it.
    func isAnnouncement(of owner: MACAddress) -> Bool {
        sender == owner && mac == owner && hopLimit == 255 && !isSolicited && overrides
            && receiver == MACAddress(rawValue: 0x3333_0000_0001)
            && destination == IPAddress(high: 0xFF02 << 48, low: 1)
    }
}

extension MACAddress {
    fileprivate init(wire bytes: ArraySlice<UInt8>) {
        self.init(rawValue: bytes.reduce(0) { $0 << 8 | UInt64($1) })
    }
}

extension Capture {
    /// The advertisements for an address among at least `count` frames.
    fileprivate func advertisements(
        atLeast count: Int, from address: IPAddress
    ) async throws -> [Advertisement] {
        try await frames(atLeast: count).compactMap(Advertisement.init)
            .filter { $0.address == address }
    }
}
