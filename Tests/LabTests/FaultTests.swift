// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Lab

struct FaultTextTests {
    @Test("a fault that was written down is read back as it was", arguments: Fault.allCases)
    func line(_ fault: Fault) {
        let made = MadeFault(fault, on: .web(12))
        #expect(MadeFault("\(made)"[...]) == made)
    }

    @Test(
        "what is no fault is none",
        arguments: ["", "arp-ignore", "arp-ignore web0", "x web1", "no-vip client", "no-vip web01"])
    func broken(_ line: String) {
        #expect(MadeFault(line[...]) == nil)
    }

    @Test("a topology that was written down is read back as it was")
    func topology() {
        for topology in [
            Topology(), Topology(webServers: 8, arms: .two, secondDirector: true),
            Topology(vipOnDirector: true, outside: true, nfs: true, xdp: true),
        ] {
            #expect(Topology(topology.text) == topology)
            let torn = topology.text.split(separator: "\n").dropLast().joined(separator: "\n")
            #expect(Topology(torn) == nil)
        }
    }
}

extension InNamespaces {
    struct FaultTests {
        /// What a real server is like, as far as faults change it.
        private func state(_ network: Network, _ host: HostName) async throws -> String {
            let line = """
                sysctl net.ipv4.conf.all.arp_ignore net.ipv4.conf.lo.arp_ignore \
                net.ipv4.conf.all.arp_announce net.ipv4.conf.lo.arp_announce
                ip -o address show | sed 's/ *valid_lft.*//'; ip route; ip -6 route show default
                ip -o link show eth0 | grep -o 'mtu [0-9]*\\|LOWER_UP\\|ether [0-9a-f:]*'
                curl -s -m 1 http://\(network.topology[host].address)/ || echo no answer
                """
            return try await network.run(on: host, ["sh", "-c", line]).output
        }

        @Test("each fault shows, and is healed without a trace")
        func healed() async throws {
            let topology = Topology(outside: true)
            let lab = LabName.unique()
            try await withNetwork(topology, name: lab) { network in
                let faults = try Faults(in: lab)
                for fault in Fault.allCases {
                    let made = MadeFault(fault, on: .web(1))
                    let before = try await state(network, .web(1))
                    let other = try await state(network, .web(2))
                    #expect(before.hasSuffix("111111\n"), "\(fault): \(before)")
                    try await faults.make(made)
                    try await faults.make(made)
                    #expect(faults.made == [made])
                    #expect(try await state(network, .web(1)) != before, "\(fault)")
                    try await faults.heal(made)
                    #expect(try await state(network, .web(1)) == before, "\(fault)")
                    // What was mended by hand is healed too.
                    try await faults.heal(made)
                    #expect(try await state(network, .web(1)) == before, "\(fault)")
                    #expect(try await state(network, .web(2)) == other, "\(fault)")
                }
                #expect(faults.made.isEmpty)
                await #expect(throws: LabError.noSuchHost("web3", known: ["web1", "web2"])) {
                    try await faults.make(MadeFault(.noVIP, on: .web(3)))
                }
            }
        }

        @Test("a visitor from another network is served through the router, and answered by it")
        func visitor() async throws {
            try await withNetwork(Topology(outside: true)) { network in
                let line = "curl -s -m 2 http://\(network.topology[.web(1)].address)/"
                let answer = try await network.run(on: .visitor, ["sh", "-c", line])
                #expect(answer.output == "111111\n")
            }
        }
    }
}
