// SPDX-License-Identifier: Apache-2.0

// forward-frames KIND TURNS: forwards 1,000 flows' frames TURNS times on the memory port. Run under
// callgrind with two numbers of turns, the difference is what a frame costs.

import Glibc
import Seed

let arguments = CommandLine.arguments
guard arguments.count == 3, let kind = Workload.Kind(rawValue: arguments[1]),
    let turns = Int(arguments[2])
else {
    let kinds = Workload.Kind.allCases.map(\.rawValue).joined(separator: "|")
    print("usage: forward-frames (\(kinds)) TURNS")
    exit(64)
}
var workload = try Workload(kind, flows: 1000)
workload.run(turns: turns)
