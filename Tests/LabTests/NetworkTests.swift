// SPDX-License-Identifier: Apache-2.0

import LVSModel
import Testing

@testable import Lab

extension InNamespaces {
    struct NetworkTests {
        @Test("the client reaches each real server at its own addresses")
        func reach() async throws {
            try await withNetwork { network in
                for host in network.topology.webHosts {
                    for address in [host.address, host.address6] {
                        let answer = try await network.fetch(from: address)
                        #expect(answer == network.topology.answer(of: host.name))
                    }
                }
            }
        }

        @Test("nobody answers ARP for the VIP, and a real server does for its own address")
        func silence() async throws {
            try await withNetwork { network in
                let vip = try await network.arping("\(network.topology.vip)")
                #expect(!vip.status.isSuccess)
                #expect(vip.output.contains("Received 0 response(s)"))
                let own = try await network.arping("\(network.topology[.web(1)].address)")
                #expect(own.status.isSuccess)
            }
        }

        @Test(
            "nobody answers a neighbour solicitation for the VIP, as a real server does for its own"
        )
        func silence6() async throws {
            try await withNetwork { network in
                let web = network.topology[.web(1)]
                try await network.succeed(
                    on: .client, ["sysctl", "-q", "-w", "net.ipv6.neigh.eth0.retrans_time_ms=100"])
                // To the group of the address, then to the host alone.
                for (address, isAnswered) in [(web.address6, true), (network.topology.vip6, false)]
                {
                    let ping = try await network.run(
                        on: .client, ["ping", "-c", "1", "-w", "1", "\(address)"])
                    #expect(ping.status.isSuccess == isAnswered)
                    let outcome = try await network.probe(address, at: web.mac)
                    #expect(outcome == (isAnswered ? "REACHABLE" : "FAILED"))
                }
            }
        }

        @Test("a real server serves the VIPs to a client whose frames come to it")
        func directRouting() async throws {
            try await withNetwork { network in
                for host in network.topology.webHosts {
                    for vip in [network.topology.vip, network.topology.vip6] {
                        try await network.setNeighbour(vip, at: host.mac, state: "permanent")
                        let answer = try await network.fetch(from: vip)
                        #expect(answer == network.topology.answer(of: host.name))
                    }
                }
            }
        }

        @Test("the director neither routes nor sends redirects, and its VIP is on no interface")
        func director() async throws {
            try await withNetwork { network in
                let settings = try await network.succeed(
                    on: .director,
                    [
                        "sysctl", "-n", "net.ipv4.ip_forward", "net.ipv4.conf.all.send_redirects",
                        "net.ipv4.conf.eth0.send_redirects", "net.ipv6.conf.all.forwarding",
                        "net.ipv6.conf.eth0.forwarding",
                    ])
                #expect(settings == "0\n0\n0\n0\n0\n")
                let addresses = try await network.succeed(on: .director, ["ip", "address"])
                #expect(addresses.contains("192.168.142.4/24"))
                #expect(addresses.contains("fd00:8e::4/64"))
                #expect(!addresses.contains("192.168.142.100"))
                #expect(!addresses.contains("fd00:8e::100"))
            }
        }

        @Test("the director's interface holds the VIPs where that is asked for")
        func vipOnDirector() async throws {
            try await withNetwork(Topology(vipOnDirector: true)) { network in
                let answer = try await network.arping("\(network.topology.vip)")
                #expect(answer.output.uppercased().contains("02:00:C0:A8:8E:04"))
                let vip6 = network.topology.vip6
                try await network.succeed(on: .client, ["ping", "-c", "1", "-w", "5", "\(vip6)"])
                let neighbour = try await network.succeed(
                    on: .client, ["ip", "neighbour", "show", "\(vip6)"])
                #expect(neighbour.contains("02:00:c0:a8:8e:04"))
            }
        }

        @Test(
            "with two arms, client and real servers reach one another through the router alone",
            arguments: [
                ("192.168.143.0/24", "192.168.142.1", "192.168.143.6"),
                ("fd00:8f::/64", "fd00:8e::1", "[fd00:8f::6]"),
            ])
        func twoArms(network lan: String, router: String, web: String) async throws {
            try await withNetwork(Topology(arms: .two)) { network in
                try await network.succeed(
                    on: .client, ["ip", "route", "add", lan, "via", router])
                let before = try await network.counters(of: .director, interface: "eth1")
                let answer = try await network.succeed(
                    on: .client, ["curl", "-s", "-g", "http://\(web)/large", "-o", "/dev/null"])
                #expect(answer.isEmpty)
                let router = try await network.counters(of: .router)
                #expect(router.sentBytes > Topology.largeFileSize)
                let passed = try await network.counters(of: .director, interface: "eth1") - before
                #expect(passed.sentBytes + passed.receivedBytes < 10_000)
            }
        }

        @Test("frames can be as a network card delivers them, for XDP", arguments: [true, false])
        func xdp(_ isOn: Bool) async throws {
            try await withNetwork(Topology(xdp: isOn)) { network in
                let client = try await network.succeed(on: .client, ["ethtool", "-k", "eth0"])
                #expect(client.contains("tx-checksumming: \(isOn ? "off" : "on")"))
                #expect(client.contains("tx-tcp-segmentation: \(isOn ? "off" : "on")"))
                let director = try await network.succeed(on: .director, ["ethtool", "-k", "eth0"])
                #expect(director.contains("rx-vlan-offload: \(isOn ? "off" : "on")"))
            }
        }

        @Test("an upload arrives whole")
        func upload() async throws {
            try await withNetwork { network in
                let file = "\(network.folder(of: .client))/file"
                try await Command.succeed(
                    ["sh", "-c", "head -c 20000000 /dev/urandom > \(file)"])
                let status = try await network.succeed(
                    on: .client,
                    [
                        "curl", "-s", "-T", file, "-w", "%{http_code}",
                        "http://\(network.topology[.web(1)].address)/upload/file",
                    ])
                #expect(status == "201")
                let stored = "\(network.folder(of: .web(1)))/documents/upload/file"
                try await Command.succeed(["cmp", file, stored])
                let log = try Files.read("\(network.folder(of: .web(1)))/access.log", limit: 4096)
                #expect(
                    log.hasPrefix("192.168.142.3 192.168.142.5 \"PUT /upload/file HTTP/1.1\" 201"))
            }
        }

        @Test("counters tell what went through an interface")
        func counters() async throws {
            try await withNetwork { network in
                let before = try await network.counters(of: .client)
                let url = "http://\(network.topology[.web(2)].address)/large"
                let size = try await network.succeed(
                    on: .client, ["curl", "-s", "-o", "/dev/null", "-w", "%{size_download}", url])
                #expect(size == "\(Topology.largeFileSize)")
                let passed = try await network.counters(of: .client) - before
                #expect(passed.receivedBytes > Topology.largeFileSize)
                #expect(passed.sentBytes < Topology.largeFileSize / 10)
                await #expect(throws: LabError.noSuchInterface("eth7", on: .client)) {
                    try await network.counters(of: .client, interface: "eth7")
                }
            }
        }

        @Test("the machine's own network has the same interfaces as before")
        func machine() async throws {
            let before = try await Command.succeed(["ip", "-brief", "link"])
            try await withNetwork { _ in
                let during = try await Command.succeed(["ip", "-brief", "link"])
                #expect(during == before)
            }
        }
    }
}

extension Network {
    /// Runs a command that must succeed, and gives its standard output.
    @discardableResult
    func succeed(on host: HostName, _ command: [String]) async throws -> String {
        let result = try await run(on: host, command)
        try #require(result.status.isSuccess, "\(command): \(result.errors)")
        return result.output
    }

    /// What the client's request for `/` is answered, without the end of line.
    fileprivate func fetch(from address: IPAddress) async throws -> String {
        let answer = try await succeed(
            on: .client, ["curl", "-s", "-g", "http://\(address.beforePort)/"])
        return String(answer.dropLast())
    }

    /// Tells the client's kernel where a neighbour is.
    fileprivate func setNeighbour(
        _ address: IPAddress, at mac: MACAddress, state: String
    ) async throws {
        let words = "ip neighbour replace \(address) lladdr \(mac) dev eth0 nud \(state)"
        try await succeed(on: .client, words.split(separator: " ").map(String.init))
    }

    /// Has the client's kernel ask a host alone whether it has the address; the state that its
    /// entry ends in.
    fileprivate func probe(_ address: IPAddress, at mac: MACAddress) async throws -> String? {
        try await setNeighbour(address, at: mac, state: "probe")
        for _ in 0..<1000 {
            let shown = try await succeed(on: .client, ["ip", "neighbour", "show", "\(address)"])
            let state = shown.split { $0.isWhitespace }.last.map(String.init)
            if state != "PROBE" { return state }
        }
        return nil
    }

    /// Asks once, from the client, who has an address.
    fileprivate func arping(_ address: String) async throws -> CommandResult {
        try await run(on: .client, ["arping", "-c", "1", "-w", "1", "-I", "eth0", address])
    }
}
