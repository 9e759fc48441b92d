// SPDX-License-Identifier: Apache-2.0

import ControlMessages
import Foundation
import LVSModel
import Lab
import Testing

/// The real daemon in the lab's network; one test at a time, for each loads the machine.
@Suite(
    .serialized,
    .enabled("needs root and the lab's programs") { Requirements.unmet().isEmpty })
struct InLab {}

/// Whether the tests run once more, with XDP acceleration: `LVSDR_ACCELERATION=on`.
let isAccelerated = ProcessInfo.processInfo.environment["LVSDR_ACCELERATION"] == "on"
/// Whether they run once more by AF_XDP, with acceleration or without: `LVSDR_PORT=xdp`.
let isByXDP = ProcessInfo.processInfo.environment["LVSDR_PORT"] == "xdp"

extension Trait where Self == ConditionTrait {
    /// Of tests of what acceleration has otherwise: super-frames, and the flow table in a file.
    static var withoutAcceleration: Self {
        .enabled(if: !isAccelerated && !isByXDP, "it is otherwise with XDP")
    }
    /// Of tests of what AF_XDP has otherwise: where it stands, nobody else sees a frame for a VIP.
    static var withoutXDPPort: Self {
        .enabled(if: !isByXDP, "it is otherwise by AF_XDP")
    }
}

/// The lab's, with what acceleration needs where it is asked for.
func withNetwork<Value: Sendable>(
    _ topology: Topology = Topology(), _ body: (Network) async throws -> Value
) async throws -> Value {
    var topology = topology
    topology.xdp = topology.xdp || isAccelerated || isByXDP
    return try await Lab.withNetwork(topology, body)
}

/// Brings the deployment up with a daemon that serves it, and takes all down again.
func withDirector<Value: Sendable>(
    _ topology: Topology = Topology(),
    _ change: @Sendable (inout DirectorSettings) -> Void = { _ in },
    _ body: (Network, DirectorDaemon) async throws -> Value
) async throws -> Value {
    try await withNetwork(topology) { network in
        let daemon = try await network.startDirector(change)
        try await daemon.waitUntilServing()
        return try await body(network, daemon)
    }
}

extension Network {
    nonisolated var vip: String { "\(topology.vip)" }

    /// Starts a daemon with the lab's settings, changed.
    func startDirector(
        on host: HostName = .director,
        _ change: @Sendable (inout DirectorSettings) -> Void = { _ in }
    ) async throws -> DirectorDaemon {
        var settings = topology.settings(runtimeDirectory: folder(of: host))
        if isByXDP {
            settings.port = .xdp
            settings.acceleration = isAccelerated ? .on : .off
        }
        change(&settings)
        return try await DirectorDaemon.start(
            in: self, on: host, programs: Programs(), settings: settings)
    }

    /// Runs a shell line on a host; a failure is an error.
    @discardableResult
    nonisolated func shell(
        _ host: HostName, _ line: String, within timeout: Duration = .seconds(30)
    ) async throws -> String {
        let result = try await run(on: host, ["sh", "-c", line], within: timeout)
        try #require(result.status.isSuccess, "`\(line)` on \(host): \(result.errors)")
        return result.output
    }

    /// The answers to requests of the client, one after the other.
    nonisolated func answers(_ count: Int) async throws -> [String] {
        let line = "for i in $(seq \(count)); do curl -sS -m 5 http://\(vip)/ || exit 1; done"
        let output = try await shell(.client, line, within: .seconds(60))
        return output.split(separator: "\n").map(String.init)
    }

    /// Kills the daemon in the midst of a client's download, and starts the next one, with which the
    /// download must come to its end.
    func downloadOverCrash(
        of daemon: DirectorDaemon, _ change: (inout DirectorSettings) -> Void = { _ in }
    ) async throws -> DirectorDaemon {
        let line = [
            "curl", "-sS", "--limit-rate", "3M", "-o", "/dev/null", "-w", "%{size_download}",
        ]
        let download = try await start(
            on: .client, line + ["http://\(vip)/large"], label: "curl")
        let isAccelerated = daemon.settings.acceleration == .on
        let known = try await eventually(within: .seconds(5)) { () throws(LabError) in
            guard let status = try? await daemon.status() else { return false }
            return status.flows.count > 0 && (!isAccelerated || status.sent.accelerated > 10)
        }
        try #require(known)
        try await daemon.end(by: SIGKILL)
        #expect(try await !shell(.director, "ip link show eth0").contains("prog/xdp"))
        var settings = daemon.settings
        change(&settings)
        let next = try await DirectorDaemon.start(
            in: self, programs: Programs(), settings: settings)
        try await next.waitUntilServing()
        #expect(try await download.ended(within: .seconds(30)) == .exited(0))
        #expect(try download.output() == "\(Topology.largeFileSize)")
        #expect(try await next.frames("reset-no-flow") == 0)
        return next
    }

    /// The filters on the director's ingress, as tc shows them.
    nonisolated func guardShown() async throws -> Bool {
        try await shell(.director, "tc filter show dev eth0 ingress").contains("lvsdr_guard")
    }
}

extension DirectorDaemon {
    func end(by signal: Int32) async throws {
        process.send(signal: signal)
        _ = try #require(try await process.ended(within: .seconds(5)))
    }

    /// The services as `lvsdr` is told them.
    func services() async throws -> [ServiceMessage] {
        let text = try #require(try await answer(to: "/v1/services"))
        return try JSONDecoder().decode(ServicesMessage.self, from: Data(text.utf8)).services
    }

    func realServer(_ index: Int) async throws -> RealServerMessage {
        try await services()[0].realServers[index]
    }

    /// How many frames took the exit.
    func frames(_ reason: String) async throws -> UInt64 {
        let text = try #require(try await answer(to: "/v1/status"))
        let status = try JSONDecoder().decode(StatusMessage.self, from: Data(text.utf8))
        return try #require(status.exits.first { $0.reason == reason }).frames
    }
}
