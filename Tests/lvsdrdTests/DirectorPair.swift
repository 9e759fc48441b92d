// SPDX-License-Identifier: Apache-2.0

import ControlMessages
import Foundation
import Glibc
import LVSModel
import Lab
import Testing

/// Two directors of one service under VRRP: the first one is active, the second one standby.
struct DirectorPair {
    let network: Network
    let first, second: DirectorDaemon
    /// The first director's, and the second one's.
    let keepalived, keepalived2: Keepalived
    private let change: @Sendable (inout DirectorSettings) -> Void

    /// How an active director is lost.
    enum Loss: CaseIterable, Sendable {
        /// The whole host: nothing comes from it any more.
        case host
        /// lvsdrd alone: keepalived's check finds out.
        case daemon
    }

    /// What the other one needs at most, in seconds: VRRP's master-down interval (RFC 9568 section
    /// 6.1) at 0.2 s and priority 100; or the check's interval and the skew time.
    static func deadTime(_ loss: Loss) -> Double {
        let skew = 0.2 * (256 - 100) / 256
        return switch loss {
        case .host: 3 * 0.2 + skew
        case .daemon: 1 + skew
        }
    }

    /// Loses the first director; returns when that was, in seconds since 1970.
    func lose(_ loss: Loss) async throws -> Double {
        switch loss {
        case .host: try await network.shell(.switch, "ip link set director-eth0 down")
        case .daemon:
            first.process.send(signal: SIGKILL)
            _ = try #require(try await first.process.ended(within: .seconds(5)))
        }
        return Requests.now
    }

    /// Starts the first director's daemon again, as systemd does.
    func startFirstAgain() async throws -> DirectorDaemon {
        try await network.startDirector(on: .director, change)
    }

    static func start(
        in network: Network, arp: ARPMode, preempts: Bool,
        _ change: @escaping @Sendable (inout DirectorSettings) -> Void
    ) async throws -> DirectorPair {
        let macs = network.topology.directorHosts.map(\.mac)
        let change: @Sendable (inout DirectorSettings) -> Void = {
            change(&$0)
            $0.peers = macs
        }
        let first = try await network.startDirector(on: .director, change)
        let second = try await network.startDirector(on: .director2, change)
        try await first.waitUntilServing()
        try await second.waitUntilServing()
        let example = arp == .director ? "arp-director.conf" : "arp-host.conf"
        let keepalived = try await Keepalived.start(
            first, in: network, example: example, preempts: preempts)
        _ = try await eventually(within: .seconds(10)) { () throws(LabError) in
            try await network.ask() != nil
        }
        let keepalived2 = try await Keepalived.start(
            second, in: network, example: example, preempts: preempts)
        let waits = try await eventually(within: .seconds(10)) { () throws(LabError) in
            try keepalived2.process.errors().contains("Entering BACKUP STATE")
        }
        try #require(waits, "the second keepalived does not wait")
        #expect(try await network.owner() == .director)
        return DirectorPair(
            network: network, first: first, second: second, keepalived: keepalived,
            keepalived2: keepalived2, change: change)
    }
}

/// - Parameter preempts: whether the first director takes over again when it comes back.
func withDirectorPair<Value: Sendable>(
    arp: ARPMode, scheduler: Scheduler = .sh, preempts: Bool = false,
    _ body: (DirectorPair) async throws -> Value
) async throws -> Value {
    try await withNetwork(Topology(secondDirector: true)) { network in
        let pair = try await DirectorPair.start(in: network, arp: arp, preempts: preempts) {
            $0.standBy(arp: arp, scheduler: scheduler)
        }
        return try await body(pair)
    }
}

extension DirectorSettings {
    /// Waits for what VRRP says, and checks the real servers by the VIP meanwhile.
    mutating func standBy(arp: ARPMode, scheduler: Scheduler = .sh) {
        start = .standby
        services[0].arp = arp
        services[0].scheduler = scheduler
        services[0].check = HealthCheck(kind: .tcp, interval: 1000)
    }
}

extension Network {
    /// What a request of the client is answered; nil for nothing.
    nonisolated func ask() async throws(LabError) -> String? {
        let result = try await run(
            on: .client, ["curl", "-s", "-m", "0.5", "http://\(topology.vip)/"])
        return result.status.isSuccess ? String(result.output.dropLast()) : nil
    }

    /// The director that the client sends its frames for the VIP to; nil where it does not know.
    nonisolated func owner() async throws(LabError) -> HostName? {
        let shown = try await run(
            on: .client, ["ip", "neighbour", "show", "\(topology.vip)", "dev", "eth0"]
        ).output
        return topology.directorHosts.first { shown.contains("\($0.mac)") }?.name
    }
}

extension DirectorDaemon {
    func status() async throws -> StatusMessage {
        let text = try #require(try await answer(to: "/v1/status"))
        return try JSONDecoder().decode(StatusMessage.self, from: Data(text.utf8))
    }

    /// Whether it has the role within some seconds.
    func becomes(_ role: Role) async throws -> Bool {
        try await eventually(within: .seconds(10)) { () throws(LabError) in
            try await answer(to: "/v1/status")?.contains("\"role\":\"\(role.rawValue)\"") == true
        }
    }

    /// What this director's host must not send while it is standby: all with the VIP, apart from the
    /// packets of its own checks.
    func framesForVIP(of network: Network) async throws -> Capture {
        let own = network.topology[host].address
        return try await Capture.start(
            in: network, on: host, "host \(network.vip) and not (ip and src host \(own))",
            direction: "out")
    }
}
