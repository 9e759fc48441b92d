// SPDX-License-Identifier: Apache-2.0

import Benchmark
import Seed

// Times are shown, never gated: machines differ. Instructions are: see scripts/instructions.
let benchmarks: @Sendable () -> Void = {
    Benchmark.defaultConfiguration = .init(
        metrics: [.wallClock, .throughput], scalingFactor: .kilo, maxDuration: .seconds(2))

    for kind in Workload.Kind.allCases {
        for flows in [1000, 60_000] {
            Benchmark("\(kind.rawValue), \(flows) flows, a batch of 1,000 frames") { benchmark in
                var workload = try Workload(kind, flows: flows)
                let turns = max(1, benchmark.scaledIterations.count * 1000 / workload.framesPerTurn)
                benchmark.startMeasurement()
                workload.run(turns: turns)
                benchmark.stopMeasurement()
            }
        }
    }
}
