// SPDX-License-Identifier: Apache-2.0

import Benchmark
import LVSModel
import Seed

// Times are shown, never gated: machines differ. Instructions are: see scripts/instructions.
let benchmarks: @Sendable () -> Void = {
    Benchmark.defaultConfiguration = .init(
        metrics: [.wallClock, .throughput], scalingFactor: .kilo, maxDuration: .seconds(2))

    for kind in Workload.Kind.allCases {
        let counts = kind == .flowHit ? [1000, 100_000, 1_000_000] : [1000]
        for flows in counts {
            Benchmark("\(kind.rawValue), \(flows) flows, a batch of 1,000 frames") { benchmark in
                var workload = try Workload(kind, flows: flows)
                let turns = max(1, benchmark.scaledIterations.count * 1000 / workload.framesPerTurn)
                let most = kind == .flowMiss ? Workload.newFlowTurns : turns
                benchmark.startMeasurement()
                workload.run(turns: min(turns, most))
                benchmark.stopMeasurement()
            }
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
