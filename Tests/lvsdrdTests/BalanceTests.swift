// SPDX-License-Identifier: Apache-2.0

import ControlMessages
import Foundation
import LVSModel
import Lab
import Testing

extension InLab {
    @Suite struct BalanceTests {
        @Test("requests go to the real servers in turn")
        func alternate() async throws {
            try await withDirector { network, daemon in
                let answers = try await network.answers(10)
                #expect(answers.prefix(2).sorted() == ["111111", "222222"])
                #expect(zip(answers, answers.dropFirst(2)).allSatisfy(==))
                let reals = try await daemon.services()[0].realServers
                #expect(reals.map(\.connections) == [5, 5])
            }
        }

        @Test("weights of 3 to 1 hold")
        func weights() async throws {
            try await withDirector { settings in
                settings.services[0].scheduler = .wrr
                settings.services[0].realServers[0].weight = 3
            } _: { network, _ in
                let answers = try await network.answers(40)
                #expect(answers.count { $0 == "111111" } == 30)
                #expect(answers.count { $0 == "222222" } == 10)
            }
        }

        @Test(
            "frames at the real server bear the director's MAC address, and all else as it was sent"
        )
        func rewrite() async throws {
            try await withDirector { network, _ in
                let filter = "dst host \(network.vip) and tcp"
                let client = try await Capture.start(
                    in: network, on: .client, filter, direction: "out")
                let web = try await Capture.start(
                    in: network, on: .web(2), filter, direction: "in")
                #expect(try await network.answers(1) == ["222222"])
                let sent = try await client.frames(atLeast: 6)
                let arrived = try await web.frames(atLeast: sent.count)
                try #require(sent.count >= 5)
                let header =
                    network.topology[.web(2)].mac.bytes + network.topology[.director].mac.bytes
                // The client may have said one thing more when its capture had ended.
                #expect(arrived.prefix(sent.count) == sent.map { header + $0.dropFirst(12) }[...])
            }
        }

        @Test("source-mac: preserve leaves the client's MAC address")
        func preserve() async throws {
            try await withDirector {
                $0.sourceMAC = .preserve
            } _: { network, _ in
                // A switch that learns would move the client to the director's port.
                try await network.shell(
                    .switch, "bridge link set dev director-eth0 learning off")
                let web = try await Capture.start(
                    in: network, on: .web(2), "dst host \(network.vip) and tcp", direction: "in")
                #expect(try await network.answers(1) == ["222222"])
                let sources = Set(try await web.frames(atLeast: 5).map { Array($0[6..<12]) })
                #expect(sources == [network.topology[.client].mac.bytes])
            }
        }

        @Test("any number of workers keeps the order and the flows", arguments: [1, 2, 4])
        func workers(count: Int) async throws {
            try await withDirector {
                $0.workers = count
            } _: { network, daemon in
                let answers = try await network.answers(20)
                #expect(zip(answers, answers.dropFirst(2)).allSatisfy(==))
                let reals = try await daemon.services()[0].realServers
                #expect(reals.map(\.connections) == [10, 10])
                let tasks = try await network.shell(
                    .director, "cat /proc/\(daemon.process.pid)/task/*/comm")
                // By AF_XDP as many as the interface has receive queues.
                #expect(
                    tasks.split(separator: "\n").count { $0.hasPrefix("lvsdr-worker") }
                        == (isByXDP ? 1 : count))
            }
        }

        @Test("an upload of 100 MB arrives whole, with offloads on", .withoutAcceleration)
        func upload() async throws {
            try await withDirector { network, daemon in
                let file = "\(network.folder(of: .client))/upload"
                try await network.shell(.client, "head -c 104857600 /dev/urandom > \(file)")
                try await network.shell(
                    .client, "curl -sS -f -m 60 -T \(file) http://\(network.vip)/upload/whole",
                    within: .seconds(70))
                let stored = "\(network.folder(of: .web(2)))/documents/upload/whole"
                try await network.shell(.client, "cmp \(file) \(stored)")
                // Super-frames: the average frame is far above what a wire takes.
                let real = try await daemon.realServer(1)
                #expect(real.bytes / real.packets > 10_000)
                #expect(try await daemon.frames("cut") == 0)
            }
        }

        @Test("without the client's offloads it works as well")
        func withoutOffload() async throws {
            try await withDirector(Topology(xdp: true)) {
                $0.acceleration = .off
            } _: { network, _ in
                let answers = try await network.answers(4)
                #expect(Set(answers) == ["111111", "222222"])
            }
        }

        @Test("real servers behind the director's other interface are served")
        func twoArms() async throws {
            try await withDirector(Topology(arms: .two)) { network, daemon in
                let answers = try await network.answers(4)
                #expect(Set(answers) == ["111111", "222222"])
                #expect(try await daemon.realServer(0).interface == "eth1")
            }
        }
    }
}
