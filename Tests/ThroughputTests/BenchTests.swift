// SPDX-License-Identifier: Apache-2.0

import Foundation
import Synchronization
import Testing

@testable import Lab
@testable import Throughput

/// What is measured is not judged here, only that it was measured.
@Suite(
    .serialized, .timeLimit(.minutes(2)),
    .enabled("needs root, the lab's programs and two CPUs") {
        Requirements.unmet().isEmpty && Machine.cpuCount >= 2
    })
struct BenchTests {
    private func run(
        _ contenders: [Contender], _ scenarios: [Scenario], generator: Bench.Generator = .auto,
        rounds: Int = 1, programs: Programs? = nil, costs: Bool = false
    ) async throws -> Comparison {
        var bench = Bench(programs: BenchPrograms(try programs ?? Programs()))
        bench.contenders = contenders
        bench.scenarios = scenarios
        bench.generator = generator
        bench.asksForCosts = costs
        (bench.rounds, bench.time, bench.warm) = (rounds, .milliseconds(100), .milliseconds(50))
        let (comparison, absent) = try await bench.run { _ in }
        #expect(absent == [])
        return comparison
    }

    @Test("frames reach the real server with every forwarder of our own, over IPv4 and IPv6")
    func frames() async throws {
        let scenarios = [
            Scenario("v4", .frames(Scenario.Frames(flows: 1000, rate: 20_000))),
            Scenario("v6", .frames(Scenario.Frames(flows: nil, isIPv6: true, rate: 20_000))),
        ]
        let own = Contender.all.filter { !["nftables", "ipvs"].contains($0.name) }
        // Twice, for others may have the director's CPU for as long as one of them lasts.
        let comparison = try await run(own, scenarios, rounds: 2)
        for scenario in scenarios {
            for contender in own {
                let samples = comparison.samples(of: contender.name, in: scenario)
                let best = try #require(samples.max { $0.delivered < $1.delivered })
                #expect(best.delivered > 0.01, "\(contender.name), \(scenario.name)")
                #expect(best.value > 0 && best.value < 1e9, "\(contender.name)")
            }
        }
    }

    /// The programs as people use them, where they were built from these sources.
    private static func released() throws -> Programs? {
        let folder = try Programs.ownFolder() + "/../release"
        let (debug, release) = try (
            modified("\(Programs.ownFolder())/lvsdrd"), modified(folder + "/lvsdrd")
        )
        guard let debug, let release, release >= debug else { return nil }
        return try? Programs(in: folder)
    }

    private static func modified(_ path: String) -> Date? {
        try? FileManager.default.attributesOfItem(atPath: path)[.modificationDate] as? Date
    }

    @Test("over AF_PACKET lvsdrd keeps up with the least that can forward")
    func gate() async throws {
        let scenario = Scenario("1,000 flows", .frames(Scenario.Frames(flows: 1000)))
        let programs = try Self.released()
        let comparison = try await run(
            Contender.all.filter { ["af-packet", "lvsdrd"].contains($0.name) }, [scenario],
            rounds: 5, programs: programs)
        let ratio = try #require(comparison.ratio(of: "lvsdrd", in: scenario))
        // Some 0.97 where the machine is quiet. A debug build has checks in every line.
        #expect(ratio.upperQuartile > (programs == nil ? 0 : 0.6))
    }

    @Test(
        "a flood waits for the director to take frames: hardly one is lost before it is looked at")
    func flood() async throws {
        let scenario = Scenario("1,000 flows", .frames(Scenario.Frames(flows: 1000)))
        let comparison = try await run(
            Contender.all.filter { $0.name == "nftables" }, [scenario], generator: .xdp)
        let sample = try #require(comparison.samples(of: "nftables", in: scenario).first)
        #expect(sample.delivered > 0.9)
        #expect(sample.value > 1000)
    }

    @Test("segments of established flows arrive, each between two that open new ones")
    func established() async throws {
        let scenario = Scenario(
            "established",
            .frames(Scenario.Frames(flows: nil, isTCP: true, rate: 20_000, established: 100)))
        // A segment without a flow goes nowhere.
        let comparison = try await run(
            Contender.all.filter { $0.name == "lvsdrd" }, [scenario], rounds: 2)
        let samples = comparison.samples(of: "lvsdrd", in: scenario)
        let best = try #require(samples.map(\.delivered).max())
        #expect(best > 0.01)
    }

    /// How many daemons stand still (proc_pid_stat(5)).
    private static func resting() -> Int {
        let processes = try? FileManager.default.contentsOfDirectory(atPath: "/proc")
        return (processes ?? []).count { process in
            let state = try? String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8)
            return state?.contains("(lvsdrd) T") == true
        }
    }

    @Test("daemons rest while they are not measured")
    func rests() async throws {
        var bench = Bench(programs: BenchPrograms(try Programs()))
        bench.contenders = Contender.all.filter { ["lvsdrd", "lvsdrd-xdp"].contains($0.name) }
        bench.scenarios = [Scenario("few", .frames(Scenario.Frames(flows: 100, rate: 20_000)))]
        (bench.rounds, bench.time, bench.warm) = (3, .milliseconds(100), .milliseconds(50))
        let most = Mutex(0)
        let (comparison, _) = try await bench.run { _ in
            most.withLock { $0 = max($0, Self.resting()) }
        }
        #expect(most.withLock(\.self) >= 2)
        for contender in bench.contenders {
            let samples = comparison.samples(of: contender.name, in: bench.scenarios[0])
            #expect(try #require(samples.map(\.delivered).max()) > 0.01)
        }
    }

    @Test("what many services cost is asked of the daemon")
    func costs() async throws {
        let comparison = try await run(
            Contender.growing.filter { $0.name == "hash-100" },
            [Scenario("1,000 flows", .frames(Scenario.Frames(flows: 1000, rate: 20_000)))],
            costs: true)
        let cost = try #require(comparison.costs.first)
        #expect(comparison.costs.count == 1)
        #expect((cost.contender, cost.services, cost.realServers) == ("hash-100", 100, 1000))
        let mebibyte = 1_048_576.0
        #expect(cost.ownBytes > mebibyte && cost.ownBytes < 500 * mebibyte)
        #expect(cost.flowTableBytes > 500 * mebibyte)
        #expect(cost.mapBytes > 10 * mebibyte && cost.mapBytes < 100 * mebibyte)
        let times = [
            cost.startSeconds, cost.publicationSeconds, cost.changeSeconds, cost.reloadSeconds,
        ]
        #expect(times.allSatisfy { $0 > 0 && $0 < 60 }, "\(times)")
        #expect(cost.publicationSeconds < cost.startSeconds)
    }

    @Test("where the kernel has no live frames, a packet socket sends")
    func packetGenerator() async throws {
        let scenario = Scenario("v4", .frames(Scenario.Frames(flows: 1000)))
        let comparison = try await run(
            Contender.all.filter { $0.name == "xdp" }, [scenario], generator: .packet)
        let sample = try #require(comparison.samples(of: "xdp", in: scenario).first)
        #expect(sample.value > 1000)
    }

    @Test("requests are answered through the director")
    func requests() async throws {
        let scenario = Scenario("requests", .connections)
        let comparison = try await run(
            Contender.all.filter { $0.name == "lvsdrd" }, [scenario])
        let sample = try #require(comparison.samples(of: "lvsdrd", in: scenario).first)
        #expect(sample.value > 10)
        #expect(try #require(sample.latency).median > 0)
    }
}
