// swift-tools-version: 6.2
// SPDX-License-Identifier: Apache-2.0

import PackageDescription

/// Swift habits that every target of ours keeps.
let swift: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .strictMemorySafety(),
    .treatAllWarnings(as: .error),
]

/// C habits: the same strictness for the data plane and the shims.
let c: [CSetting] = [
    .define("_GNU_SOURCE"),
    .enableWarning("all"),
    .enableWarning("extra"),
    .enableWarning("conversion"),
    .enableWarning("shadow"),
    .enableWarning("vla"),
    .disableWarning("c23-extensions"),
    .treatAllWarnings(as: .error),
]

let argumentParser = Target.Dependency.product(
    name: "ArgumentParser", package: "swift-argument-parser")
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let subprocess = Target.Dependency.product(name: "Subprocess", package: "swift-subprocess")
let systemPackage = Target.Dependency.product(name: "SystemPackage", package: "swift-system")

let package = Package(
    name: "lvsdr",
    products: [
        .executable(name: "lvsdrd", targets: ["lvsdrd"]),
        .executable(name: "lvsdr", targets: ["lvsdr"]),
        .executable(name: "lvs-ipvsadm", targets: ["lvs-ipvsadm"]),
        .executable(name: "lvsdr-lab", targets: ["lvsdr-lab"]),
        .library(name: "DataPlane", targets: ["DataPlane", "LVSModel"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
        // Without its traits: no swift-configuration (a module of that name is ours), no Foundation.
        .package(
            url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.0", traits: []),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.0"),
        .package(url: "https://github.com/swiftlang/swift-subprocess", from: "1.0.0"),
        // What Hummingbird's and Subprocess' own interfaces speak of.
        .package(url: "https://github.com/apple/swift-nio", from: "2.100.0"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-system", from: "1.8.0"),
    ],
    targets: [
        .systemLibrary(
            name: "CLibpcap", pkgConfig: "libpcap", providers: [.apt(["libpcap-dev"])]),
        .systemLibrary(name: "CLibbpf", pkgConfig: "libbpf", providers: [.apt(["libbpf-dev"])]),
        .systemLibrary(name: "CLibxdp", pkgConfig: "libxdp", providers: [.apt(["libxdp-dev"])]),
        .systemLibrary(
            name: "CLibnl", pkgConfig: "libnl-route-3.0", providers: [.apt(["libnl-route-3-dev"])]),
        .systemLibrary(
            name: "CLibcurl", pkgConfig: "libcurl", providers: [.apt(["libcurl4-openssl-dev"])]),
        .systemLibrary(
            name: "CLibcrypto", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),
        .systemLibrary(
            name: "CLibpcre2", pkgConfig: "libpcre2-8", providers: [.apt(["libpcre2-dev"])]),

        .target(
            name: "CDataPlane", dependencies: ["CLibpcap", "CLibbpf", "CLibxdp"],
            exclude: [
                "bpf/accelerate.bpf.c", "bpf/accelerate.bpf.o", "bpf/check.bpf.c",
                "bpf/check.bpf.o", "bpf/tap.bpf.c", "bpf/tap.bpf.o", "bpf/xdp_port.bpf.c",
                "bpf/xdp_port.bpf.o",
            ],
            cSettings: c),
        .target(name: "CHostNetwork", dependencies: ["CLibnl"], cSettings: c),
        .target(
            name: "CTransfer", dependencies: ["CLibcrypto", "CLibcurl"], cSettings: c),

        .target(name: "CPattern", dependencies: ["CLibpcre2"], cSettings: c),

        .target(name: "LVSModel", swiftSettings: swift),
        .target(name: "Patterns", dependencies: ["CPattern"], swiftSettings: swift),
        .target(name: "DataPlane", dependencies: ["CDataPlane", "LVSModel"], swiftSettings: swift),
        .target(
            name: "HostNetwork", dependencies: ["CHostNetwork", "LVSModel"], swiftSettings: swift),
        .target(
            name: "HostSetup", dependencies: ["HostNetwork", "LVSModel"], swiftSettings: swift),
        .target(
            name: "Doctor", dependencies: ["HostNetwork", "HostSetup", "LVSModel"],
            swiftSettings: swift),
        .target(
            name: "HealthChecks",
            dependencies: [
                "CTransfer", "LVSModel", "Patterns",
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ],
            swiftSettings: swift),
        .target(name: "ControlPlane", dependencies: ["LVSModel"], swiftSettings: swift),
        .target(
            name: "LVSConfiguration",
            dependencies: [
                "LVSModel", "Patterns", .product(name: "Yams", package: "Yams"),
            ],
            swiftSettings: swift),
        .target(name: "IPVSCompatibility", dependencies: ["LVSModel"], swiftSettings: swift),
        .target(name: "ControlMessages", dependencies: ["LVSModel"], swiftSettings: swift),
        .target(
            name: "ControlServer",
            dependencies: [
                "ControlMessages", "LVSModel", logging,
                .product(name: "HummingbirdCore", package: "hummingbird"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ],
            resources: [.embedInCode("openapi.json")], swiftSettings: swift),
        .target(
            name: "ControlClient", dependencies: ["ControlMessages", "CTransfer", "LVSModel"],
            swiftSettings: swift),
        .target(
            name: "Lab",
            dependencies: ["LVSConfiguration", "LVSModel", subprocess, systemPackage],
            swiftSettings: swift),

        // What the comparison of throughput measures with: generator, sink, minimal forwarders.
        .executableTarget(
            name: "lvsdr-traffic", dependencies: ["CLibbpf"],
            exclude: [
                "bpf/count.bpf.c", "bpf/count.bpf.o", "bpf/forward.bpf.c", "bpf/forward.bpf.o",
                "bpf/send.bpf.c", "bpf/send.bpf.o",
            ],
            cSettings: c),
        .target(name: "Throughput", dependencies: ["LVSModel", "Lab"], swiftSettings: swift),

        .executableTarget(
            name: "lvsdrd",
            dependencies: [
                "LVSConfiguration", "ControlMessages", "ControlPlane", "ControlServer", "DataPlane",
                "HealthChecks", "HostNetwork", "LVSModel", argumentParser, logging,
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
            ],
            swiftSettings: swift),
        .executableTarget(
            name: "lvsdr",
            dependencies: [
                "ControlClient", "ControlMessages", "DataPlane", "Doctor", "HostSetup",
                "IPVSCompatibility", "LVSConfiguration", "LVSModel", argumentParser,
            ],
            swiftSettings: swift),
        .executableTarget(
            name: "lvs-ipvsadm",
            dependencies: [
                "ControlClient", "ControlMessages", "IPVSCompatibility", "LVSConfiguration",
                "LVSModel",
            ],
            swiftSettings: swift),
        .executableTarget(
            name: "lvsdr-lab", dependencies: ["Lab", "LVSModel", "Throughput", argumentParser],
            swiftSettings: swift),

        .testTarget(
            name: "DoctorTests", dependencies: ["Doctor", "HostNetwork", "HostSetup", "LVSModel"],
            swiftSettings: swift),
        .testTarget(
            name: "HostSetupTests", dependencies: ["HostSetup", "LVSModel"], swiftSettings: swift),
        .testTarget(name: "PatternsTests", dependencies: ["Patterns"], swiftSettings: swift),
        .testTarget(
            name: "LVSModelTests", dependencies: ["LVSModel"], swiftSettings: swift),
        .testTarget(
            name: "DataPlaneTests", dependencies: ["DataPlane", "LVSModel"],
            exclude: ["Captures"], swiftSettings: swift),
        .testTarget(
            name: "HostNetworkTests",
            dependencies: ["CHostNetwork", "HostNetwork", "LVSModel", subprocess],
            swiftSettings: swift),
        .testTarget(
            name: "HealthChecksTests",
            dependencies: [
                "HealthChecks", "LVSModel", subprocess, systemPackage,
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ],
            swiftSettings: swift),
        .testTarget(
            name: "ControlPlaneTests", dependencies: ["ControlPlane", "LVSModel"],
            swiftSettings: swift),
        .testTarget(
            name: "LabTests",
            dependencies: ["LVSModel", "Lab", "lvsdr-lab"],
            swiftSettings: swift),
        .testTarget(
            name: "ThroughputTests",
            dependencies: ["Lab", "Throughput", "lvsdr-lab", "lvsdr-traffic", "lvsdrd"],
            swiftSettings: swift),
        // A director to ask, for the tests of the control socket's parts.
        .target(
            name: "ControlTesting",
            dependencies: [
                "ControlMessages", "ControlServer", "LVSModel", logging, subprocess, systemPackage,
            ],
            path: "Tests/ControlTesting", swiftSettings: swift),
        .testTarget(
            name: "ControlMessagesTests", dependencies: ["ControlMessages", "LVSModel"],
            swiftSettings: swift),
        .testTarget(
            name: "ControlServerTests",
            dependencies: [
                "ControlClient", "ControlMessages", "ControlServer", "ControlTesting", "LVSModel",
                logging,
            ],
            swiftSettings: swift),
        .testTarget(
            name: "ControlClientTests",
            dependencies: ["ControlClient", "ControlMessages", "ControlTesting"],
            swiftSettings: swift),
        .testTarget(
            name: "lvsdrTests",
            dependencies: [
                "ControlMessages", "ControlTesting", "Doctor", "LVSConfiguration", "LVSModel",
                "lvsdr", argumentParser,
            ],
            exclude: ["Golden"], swiftSettings: swift),
        .testTarget(
            name: "LVSConfigurationTests",
            dependencies: [
                "LVSConfiguration", "LVSModel", .product(name: "Yams", package: "Yams"),
            ],
            swiftSettings: swift),
        .testTarget(
            name: "IPVSCompatibilityTests", dependencies: ["IPVSCompatibility", "LVSModel"],
            swiftSettings: swift),
        .testTarget(name: "TidyTests", swiftSettings: swift),
        // The real daemon in the lab.
        .testTarget(
            name: "lvsdrdTests",
            dependencies: [
                "CHostNetwork", "CLibbpf", "ControlMessages", "ControlPlane", "LVSConfiguration",
                "LVSModel", "Lab", "lvsdrd",
            ],
            swiftSettings: swift),
    ],
    swiftLanguageModes: [.v6],
    cLanguageStandard: .c17
)

// The sanitizer runs build the data plane alone: it needs no dependency, and they no other tests.
if Context.environment["LVSDR_DATA_PLANE_ONLY"] != nil {
    let kept: Set = [
        "CDataPlane", "CLibbpf", "CLibpcap", "CLibxdp", "DataPlane", "DataPlaneTests", "LVSModel",
    ]
    package.targets.removeAll { !kept.contains($0.name) }
    package.products.removeAll { !kept.contains($0.name) }
    package.dependencies = []
}
