// SPDX-License-Identifier: Apache-2.0

package import ControlServer
package import LVSModel
package import Synchronization

/// A director that always says the same: two virtual services, one real server down, one draining.
package final class SampleDirector: ControlSource {
    private let copies: Int
    private let session: SampleCapture
    let eventCount: UInt64
    let level = Mutex(LogLevel.info)
    /// Who had the role changed last.
    package let author = Mutex<Author?>(nil)
    let bodies = Mutex<[String]>([])

    /// What changes it was asked for, in their own words.
    package var changes: [String] { bodies.withLock(\.self) }

    /// - Parameters:
    ///   - copies: How often each service is listed, for answers of any size.
    ///   - session: The capture that is running, or will be.
    ///   - eventCount: How many events a follower sees.
    package init(
        copies: Int = 1, session: SampleCapture = SampleCapture(), eventCount: UInt64 = 3
    ) {
        self.copies = copies
        self.session = session
        self.eventCount = eventCount
    }

    package func status() async -> DirectorStatus {
        Self.status
    }

    package func services() async -> [ServiceStatus] {
        (0..<copies).flatMap { _ in [Self.web, Self.names] }
    }

    package func explain(
        _ flow: FlowAddress
    ) async throws(ExplanationFailure) -> Explanation {
        guard flow.clientPort != 1 else { throw ExplanationFailure("there is no table yet") }
        return Self.explanation(of: flow)
    }

    package func capture(
        _ request: CaptureRequest
    ) async throws(CaptureRefusal) -> any CaptureSession {
        if let service = request.service, !service.ports.contains(80) {
            throw .noSuchService(service, existing: [Self.web.address, Self.names.address])
        }
        guard await session.begin() else { throw .isRunning }
        return session
    }

    package static func explanation(of flow: FlowAddress) -> Explanation {
        let real = IPAddress(ipv4: 0xC0A8_8E05)
        return Explanation(
            flow: flow, arp: .director, service: web.address, scheduler: .rr,
            known: Explanation.KnownFlow(
                state: "ESTABLISHED", realServer: real, idle: 3_250, expires: 896_750),
            opening: Explanation.Exit(verdict: .tx, reason: "scheduled", realServer: real),
            segment: flow.transport == .tcp
                ? Explanation.Exit(verdict: .tx, reason: "flow", realServer: real) : nil,
            isFull: false,
            realServers: [
                Explanation.Candidate(
                    address: real, weight: 1, flows: FlowCounts(active: 12, inactive: 5_000),
                    upperThreshold: 0, refusal: nil),
                Explanation.Candidate(
                    address: IPAddress(ipv4: 0xC0A8_8E06), weight: 1, flows: FlowCounts(),
                    upperThreshold: 0, refusal: "down: no MAC address"),
            ])
    }

    package static let status = DirectorStatus(
        phase: .serving, uptime: 273_610,
        interface: HostLink(
            index: 2, name: "eth0", mac: MACAddress(rawValue: 0x0200_c0a8_8e04), isRunning: true,
            mtu: 1_500),
        publications: 3,
        counters: DataPlaneCounters(
            exits: [
                ExitCount(verdict: .tx, reason: "flow", frames: 1_234_567),
                ExitCount(verdict: .answer, reason: "arp", frames: 42),
                ExitCount(verdict: .drop, reason: "short", frames: 0),
                ExitCount(verdict: .drop, reason: "no-real-server", frames: 7),
            ],
            ringFrames: 1_234_616, ringDrops: 0, framesSent: 1_234_609, flows: 5_012,
            flowCapacity: 1_048_576,
            services: [:], realServers: [:]),
        problems: [
            "real server 192.168.142.6 of TCP 192.168.142.100:80 is down: no MAC address"
        ])

    package static let web = ServiceStatus(
        address: ServiceAddress(
            address: IPAddress(ipv4: 0xC0A8_8E64), port: 80, transport: .tcp),
        scheduler: .rr, arp: .director,
        traffic: Traffic(connections: 12_345, packets: 1_234_000, bytes: 98_765_432),
        realServers: [
            RealServerStatus(
                address: IPAddress(ipv4: 0xC0A8_8E05), weight: 1, administrativeState: .enabled,
                health: .up, reason: nil, mac: MACAddress(rawValue: 0x0200_c0a8_8e05),
                egress: "eth0", check: "tcp",
                checkFigures: CheckFigures(
                    passed: 99, failed: 1, lastDuration: 4_000, totalDuration: 500_000),
                traffic: Traffic(connections: 12_345, packets: 1_234_000, bytes: 98_765_432),
                flows: FlowCounts(active: 12, inactive: 5_000)),
            RealServerStatus(
                address: IPAddress(ipv4: 0xC0A8_8E06), weight: 1, administrativeState: .enabled,
                health: .down, reason: "no MAC address", mac: nil, egress: nil,
                traffic: Traffic(), flows: FlowCounts()),
        ])

    package static let names = ServiceStatus(
        address: ServiceAddress(
            address: IPAddress(ipv4: 0xC0A8_8E65), port: 53, transport: .udp),
        scheduler: .wrr, arp: .host,
        traffic: Traffic(connections: 567, packets: 567, bytes: 36_288),
        realServers: [
            RealServerStatus(
                address: IPAddress(ipv4: 0xC0A8_8E07), weight: 0, administrativeState: .draining,
                health: .up, reason: nil, mac: MACAddress(rawValue: 0x0200_c0a8_8e07),
                egress: "eth1", traffic: Traffic(connections: 567, packets: 567, bytes: 36_288),
                flows: FlowCounts(active: 0, inactive: 0))
        ])
}
