// SPDX-License-Identifier: Apache-2.0

import Benchmark
import LVSModel
import Seed

// Times are shown, never gated: machines differ. Instructions are: see scripts/instructions.
let benchmarks: @Sendable () -> Void = {
    Benchmark.defaultConfiguration = .init(
        metrics: [.wallClock, .throughput], scalingFactor: .kilo, maxDuration: .seconds(2))

    for kind in Workload.Kind.allCases {
        Benchmark("\(kind.rawValue), 1,000 frames") { benchmark in
            var workload = try Workload(kind, flows: 1000)
            let turns = benchmark.scaledIterations.count
            let most = kind == .flowMiss ? Workload.newFlowTurns : turns
            benchmark.startMeasurement()
            workload.run(turns: min(turns, most))
            benchmark.stopMeasurement()
        }
    }
    for flows in [1000, 10_000, 100_000, 1_000_000] as [UInt32] {
        Benchmark("among \(flows) flows, 1,000 frames") { benchmark in
            var many = try ManyFlows(flows: flows)
            benchmark.startMeasurement()
            many.run(turns: benchmark.scaledIterations.count)
            benchmark.stopMeasurement()
        }
    }

    for scheduler in [Scheduler.wlc, .mh] {
        let name = "publish 10,000 services with 100,000 real servers, \(scheduler.rawValue)"
        Benchmark(name, configuration: .init(metrics: [.wallClock], scalingFactor: .one)) {
            benchmark in
            var publication = try Publication(
                services: 10_000, realServers: 10, scheduler: scheduler)
            benchmark.startMeasurement()
            for _ in benchmark.scaledIterations { try publication.publish() }
            benchmark.stopMeasurement()
        }
    }
}
