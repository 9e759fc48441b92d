// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Lab

extension InNamespaces {
    struct NetworkTests {
        @Test("the client reaches each real server at its own address")
        func reach() async throws {
            try await withNetwork { network in
                for host in network.topology.webHosts {
                    let answer = try await network.succeed(
                        on: .client, ["curl", "-s", "http://\(host.address)/"])
                    #expect(answer == "\(network.topology.answer(of: host.name) ?? "")\n")
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

        @Test("a real server serves the VIP to a client whose frames come to it")
        func directRouting() async throws {
            try await withNetwork { network in
                let vip = network.topology.vip
                for host in network.topology.webHosts {
                    try await network.succeed(
                        on: .client,
                        [
                            "ip", "neighbour", "replace", "\(vip)", "lladdr", "\(host.mac)", "dev",
                            "eth0",
                        ])
                    let answer = try await network.succeed(
                        on: .client, ["curl", "-s", "http://\(vip)/"])
                    #expect(answer == "\(network.topology.answer(of: host.name) ?? "")\n")
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
                        "net.ipv4.conf.eth0.send_redirects",
                    ])
                #expect(settings == "0\n0\n0\n")
                let addresses = try await network.succeed(on: .director, ["ip", "address"])
                #expect(addresses.contains("192.168.142.4/24"))
                #expect(!addresses.contains("192.168.142.100"))
            }
        }

        @Test("the director's interface holds the VIP where that is asked for")
        func vipOnDirector() async throws {
            try await withNetwork(Topology(vipOnDirector: true)) { network in
                let answer = try await network.arping("\(network.topology.vip)")
                #expect(answer.output.uppercased().contains("02:00:C0:A8:8E:04"))
            }
        }

        @Test("with two arms, client and real servers reach one another through the router alone")
        func twoArms() async throws {
            try await withNetwork(Topology(arms: .two)) { network in
                try await network.succeed(
                    on: .client, ["ip", "route", "add", "192.168.143.0/24", "via", "192.168.142.1"])
                let before = try await network.counters(of: .director, interface: "eth1")
                let answer = try await network.succeed(
                    on: .client, ["curl", "-s", "http://192.168.143.6/large", "-o", "/dev/null"])
                #expect(answer.isEmpty)
                let router = try await network.counters(of: .router)
                #expect(router.sentBytes > Topology.largeFileSize)
                let passed = try await network.counters(of: .director, interface: "eth1") - before
                #expect(passed.sentBytes + passed.receivedBytes < 10_000)
            }
        }

        @Test("the client's offload can be switched off", arguments: [true, false])
        func offload(_ isOn: Bool) async throws {
            try await withNetwork(Topology(clientOffload: isOn)) { network in
                let features = try await network.succeed(on: .client, ["ethtool", "-k", "eth0"])
                #expect(features.contains("tx-checksumming: \(isOn ? "on" : "off")"))
                #expect(features.contains("tx-tcp-segmentation: \(isOn ? "on" : "off")"))
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

    /// Asks once, from the client, who has an address.
    fileprivate func arping(_ address: String) async throws -> CommandResult {
        try await run(on: .client, ["arping", "-c", "1", "-w", "1", "-I", "eth0", address])
    }
}
