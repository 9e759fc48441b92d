// SPDX-License-Identifier: Apache-2.0

import Benchmark
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
}
