// SPDX-License-Identifier: Apache-2.0

import ControlMessages
import Foundation
import Glibc
import LVSModel
import Lab
import Testing

extension InLab {
    @Suite("lvsdr capture beside real traffic") struct CaptureCommandTests {
        /// The packets of a file, all of whose blocks must be whole.
        private func recorded(in path: String) throws -> [CapturedPacketMessage] {
            var reader = PcapngReader()
            let bytes = try [UInt8](Data(contentsOf: URL(filePath: path)))
            let blocks = try reader.read(bytes)
            try #require(blocks.map(\.bytes.count).reduce(0, +) == bytes.count)
            return blocks.compactMap {
                if case .packet(let packet) = $0.content { packet } else { nil }
            }
        }

        /// Starts it; returns when it captures.
        private func start(
            _ words: [String], in network: Network, _ daemon: DirectorDaemon, file: String
        ) async throws -> RunningProcess {
            let process = try await network.start(
                on: .director,
                [try Programs().command, "capture", "--socket", daemon.socketPath, "-w", file]
                    + words,
                label: "capture-\(UUID().uuidString.prefix(8))")
            let begins = try await eventually(within: .seconds(10)) { () throws(LabError) in
                let size = try? FileManager.default.attributesOfItem(atPath: file)[.size]
                return (size as? Int ?? 0) > 0
            }
            let errors = try process.errors()
            try #require(begins, "no capture begins: \(errors)")
            return process
        }

        @Test("frames are in the file as they came and as they went, and Ctrl-C leaves it whole")
        func whole() async throws {
            try await withDirector { network, daemon in
                let file = "\(network.folder(of: .director))/all.pcapng"
                let capture = try await start([], in: network, daemon, file: file)
                #expect(try await network.answers(2).sorted() == ["111111", "222222"])
                _ = try await eventually(within: .seconds(10)) { () throws(LabError) in
                    let packets = (try? recorded(in: file)) ?? []
                    return packets.count { $0.comment.hasPrefix("TX scheduled") } >= 4
                }
                capture.send(signal: SIGINT)
                #expect(try await capture.ended(within: .seconds(5)) == .exited(0))
                let packets = try recorded(in: file)
                let tx = packets.filter { $0.comment.hasPrefix("TX ") }
                try #require(tx.count >= 10)
                for (came, went) in zip(tx, tx.dropFirst()) where !came.isSent {
                    #expect(went.isSent)
                    #expect(went.bytes.dropFirst(12) == came.bytes.dropFirst(12))
                    let host: HostName = came.comment.contains(".5:80") ? .web(1) : .web(2)
                    #expect(Array(went.bytes.prefix(6)) == network.topology[host].mac.bytes)
                }
                let counted = try capture.errors()
                #expect(counted.contains(" 0 not captured for want of room"))
                try await read(file, in: network, count: packets.count)
            }
        }

        /// What programs of others find in the file.
        private func read(_ file: String, in network: Network, count: Int) async throws {
            let lines = try await network.shell(.director, "tcpdump -n -r \(file) | wc -l")
            #expect(lines == "\(count)\n")
            guard
                try await network.run(on: .director, ["sh", "-c", "command -v tshark"])
                    .status.isSuccess
            else { return }
            let fields = try await network.shell(
                .director,
                "tshark -r \(file) -Y 'tcp.flags.syn == 1' -T fields -e frame.comment "
                    + "-e frame.packet_flags_direction -e frame.interface_name")
            let rows = fields.split(separator: "\n").map {
                $0.split(separator: "\t").map(String.init)
            }
            #expect(rows.count == 4)
            #expect(rows.map { $0[0] }.filter { $0 == "TX scheduled 192.168.142.5:80" }.count == 2)
            #expect(Set(rows.map { $0[1] }) == ["0x00000001", "0x00000002"])
            #expect(rows.allSatisfy { $0[2] == "eth0" })
        }

        @Test("a real server's frames alone, up to the count, with several workers")
        func realServer() async throws {
            try await withDirector {
                $0.workers = 2
            } _: { network, daemon in
                let file = "\(network.folder(of: .director))/web2.pcapng"
                let capture = try await start(
                    ["--real", "192.168.142.6", "--count", "12"], in: network, daemon, file: file)
                _ = try await network.answers(8)
                #expect(try await capture.ended(within: .seconds(10)) == .exited(0))
                let packets = try recorded(in: file)
                #expect(packets.count == 24)
                #expect(packets.allSatisfy { $0.comment.hasSuffix(" 192.168.142.6:80") })
                #expect(packets.count { $0.isSent } == 12)
            }
        }

        @Test("a killed client's capture makes room for the next within a second")
        func killed() async throws {
            try await withDirector { network, daemon in
                let folder = network.folder(of: .director)
                let first = try await start([], in: network, daemon, file: "\(folder)/1.pcapng")
                let refused = try await daemon.command(["capture", "--count", "1"])
                #expect(refused.status == .exited(1))
                #expect(refused.errors.contains("409 Conflict: a capture is running already"))
                first.send(signal: SIGKILL)
                _ = try await first.ended(within: .seconds(5))
                let free = try await eventually(within: .seconds(1)) { () throws(LabError) in
                    try await daemon.command(["capture", "--duration", "1", "-w", "/dev/null"])
                        .status.isSuccess
                }
                #expect(free)
                _ = try await network.answers(1)
            }
        }

        @Test("names that are not there are refused with those that are")
        func unknown() async throws {
            try await withDirector { _, daemon in
                let service = try await daemon.command([
                    "capture", "--service", "192.168.142.100:81",
                ])
                #expect(service.status == .exited(1))
                #expect(service.errors.contains("; there is TCP 192.168.142.100:80"))
                let real = try await daemon.command(["capture", "--real", "192.168.142.9"])
                #expect(real.errors.contains("; there are 192.168.142.5, 192.168.142.6"))
            }
        }

        @Test("a stop of the director ends a capture, whose file is whole")
        func stop() async throws {
            try await withDirector { network, daemon in
                let file = "\(network.folder(of: .director))/stop.pcapng"
                let capture = try await start([], in: network, daemon, file: file)
                _ = try await network.answers(1)
                daemon.process.send(signal: SIGTERM)
                #expect(try await daemon.process.ended(within: .seconds(5)) == .exited(0))
                #expect(try await capture.ended(within: .seconds(5)) == .exited(1))
                #expect(try !recorded(in: file).isEmpty)
            }
        }
    }

    @Suite("lvsdr explain beside real traffic") struct ExplainCommandTests {
        private func explain(_ client: String, _ daemon: DirectorDaemon) async throws
            -> ExplanationMessage
        {
            let answer = try await daemon.command([
                "explain", client, "192.168.142.100:80", "--json",
            ])
            try #require(answer.status.isSuccess, "\(answer.errors)")
            return try ExplanationMessage(json: Array(answer.output.utf8))
        }

        @Test("it says who gets the next connection, and then who has it")
        func beforeAndAfter() async throws {
            try await withDirector { network, daemon in
                for port in [40_001, 40_002, 40_003] {
                    let client = "192.168.142.3:\(port)"
                    let before = try await explain(client, daemon)
                    #expect(before.flow == nil)
                    #expect(before.opening.reason == "scheduled")
                    #expect(before.segment?.reason == "reset-no-flow")
                    let answer = try await network.shell(
                        .client, "curl -sS -m 5 --local-port \(port) http://\(network.vip)/")
                    let host: HostName =
                        before.opening.realServer == "192.168.142.5" ? .web(1) : .web(2)
                    #expect(answer == "\(network.topology.answer(of: host) ?? "")\n")
                    let after = try await explain(client, daemon)
                    #expect(after.flow?.realServer == before.opening.realServer)
                    #expect(after.segment?.reason == "flow")
                }
            }
        }

        @Test("it says why a real server takes no flows")
        func refusals() async throws {
            try await withNetwork { network in
                let daemon = try await network.startDirector {
                    $0.services[0].realServers[0].weight = 0
                    $0.services[0].realServers[1] = RealServer(
                        address: IPAddress(ipv4: 0xC0A8_8E32))  // 192.168.142.50: nobody
                }
                let isSeen = try await eventually(within: .seconds(20)) { () throws(LabError) in
                    let answer = try await daemon.command([
                        "explain", "192.168.142.3:1024", "192.168.142.100:80",
                    ])
                    return answer.output.contains("no: down: no MAC address")
                        && answer.output.contains("no: weight 0")
                        && answer.output.contains("no real server takes new flows")
                }
                #expect(isSeen)
            }
        }
    }
}
