// swift-tools-version: 6.2
// SPDX-License-Identifier: Apache-2.0

import PackageDescription

let package = Package(
    name: "lvsdr-benchmarks",
    dependencies: [
        .package(name: "lvsdr", path: ".."),
        .package(url: "https://github.com/ordo-one/benchmark", from: "1.38.0", traits: []),
    ],
    targets: [
        .target(name: "Seed", dependencies: [.product(name: "DataPlane", package: "lvsdr")]),
        // For counting instructions: valgrind runs it with two numbers of frames.
        .executableTarget(name: "forward-frames", dependencies: ["Seed"]),
        .executableTarget(
            name: "DataPlaneBenchmarks",
            dependencies: ["Seed", .product(name: "Benchmark", package: "benchmark")],
            path: "Benchmarks/DataPlaneBenchmarks",
            plugins: [.plugin(name: "BenchmarkPlugin", package: "benchmark")]),
    ],
    swiftLanguageModes: [.v6]
)
