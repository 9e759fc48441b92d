// SPDX-License-Identifier: Apache-2.0

import LVSModel

/// A metric with all of its figures, of one thing after the other.
struct Metric<Thing: SendableMetatype>: Sendable {
    let name: String
    let kind: String
    let text: String
    /// Adds a thing's figures to the lines, with these labels.
    let add: @Sendable (Thing, _ labels: String, _ name: String, inout MetricLines) -> Void

    /// It falls only when the director starts again, or is told to count from 0.
    static func counter(
        _ name: String, _ text: String, _ value: @escaping @Sendable (Thing) -> UInt64
    ) -> Metric {
        Metric(name: name, kind: "counter", text: text) { thing, labels, name, lines in
            lines.add(name, labels, value: value(thing))
        }
    }

    static func gauge<Value: MetricValue>(
        _ name: String, _ text: String, _ value: @escaping @Sendable (Thing) -> Value
    ) -> Metric {
        Metric(name: name, kind: "gauge", text: text) { thing, labels, name, lines in
            lines.add(name, labels, value: value(thing))
        }
    }

    /// Several figures of one thing, told apart by labels.
    static func labelled<Value: MetricValue>(
        _ kind: String, _ name: String, _ text: String,
        _ values: @escaping @Sendable (Thing) -> [(labels: String, value: Value)]
    ) -> Metric {
        Metric(name: name, kind: kind, text: text) { thing, labels, name, lines in
            for figure in values(thing) {
                lines.add(name, labels, figure.labels, value: figure.value)
            }
        }
    }
}

extension Metric<DirectorStatus> {
    static let all: [Metric] = [
        labelled("gauge", "lvsdr_build_info", "The version that runs; always 1.") { _ in
            [(MetricLines.labels(["version": Version.current]), 1)]
        },
        gauge("lvsdr_uptime_seconds", "Time since the director started.") { $0.uptime },
        gauge("lvsdr_serving", "Whether a forwarding table is in force.") { $0.phase == .serving },
        gauge("lvsdr_active", "1 while it is active, 0 while it is standby.") {
            $0.role == .active
        },
        gauge("lvsdr_problems", "What an operator should look at: see lvsdr status.") {
            $0.problems.count
        },
        labelled("gauge", "lvsdr_interface_running", "Whether the VIPs' interface is running.") {
            status in
            status.interface.map {
                [(MetricLines.labels(["interface": $0.name]), $0.isRunning)]
            } ?? []
        },
        counter("lvsdr_publications_total", "Forwarding tables published.") { $0.publications },
        labelled(
            "counter", "lvsdr_publication_seconds_total",
            "Time until the forwarding tables published were in force, in all."
        ) { [("", $0.publicationTime / .seconds(1))] },
        counter("lvsdr_mac_changes_total", "Changes of real servers' MAC addresses.") {
            $0.macChanges
        },
        counter("lvsdr_arp_conflicts_total", "Times that another host claimed a VIP, in ARP or ND.")
        {
            $0.arpConflicts
        },
        gauge("lvsdr_flows", "Flows in the flow table.") { $0.counters.flows },
        gauge("lvsdr_flows_capacity", "Flows that the flow table can hold.") {
            $0.counters.flowCapacity
        },
        counter("lvsdr_flows_evicted_total", "Half-open flows that made room in a full table.") {
            $0.counters.flowsEvicted
        },
        labelled("counter", "lvsdr_frames_total", "Frames by what became of them, and why.") {
            $0.counters.exits.map {
                (
                    MetricLines.labels(["verdict": $0.verdict.rawValue, "reason": $0.reason]),
                    $0.frames
                )
            }
        },
        counter("lvsdr_ring_frames_total", "Frames that the receive ring took.") {
            $0.counters.ringFrames
        },
        counter("lvsdr_ring_drops_total", "Frames that the receive ring had no room for.") {
            $0.counters.ringDrops
        },
        counter("lvsdr_sent_frames_total", "Frames sent.") { $0.counters.framesSent },
        counter("lvsdr_accelerated_frames_total", "Frames that the XDP program sent.") {
            $0.counters.accelerated
        },
        counter("lvsdr_send_failures_total", "Frames that the way out refused.") {
            $0.counters.sendFailures
        },
    ]
}

extension Metric<ServiceStatus> {
    static let all: [Metric] = [
        counter("lvsdr_service_connections_total", "Flows scheduled.") { $0.traffic.connections },
        counter("lvsdr_service_packets_total", "Frames forwarded.") { $0.traffic.packets },
        counter("lvsdr_service_bytes_total", "IP lengths of the frames forwarded.") {
            $0.traffic.bytes
        },
        gauge("lvsdr_service_real_servers", "Real servers, whatever their state.") {
            $0.realServers.count
        },
        gauge("lvsdr_service_usable_real_servers", "Real servers that take new flows.") {
            $0.realServers.count { $0.health == .up && $0.effectiveWeight > 0 }
        },
        gauge("lvsdr_service_at_floor", "Whether checks would leave too few real servers in.") {
            $0.isAtFloor
        },
        gauge("lvsdr_service_sorry", "Whether the sorry server serves.") { $0.isSorry },
    ]
}

extension Metric<RealServerStatus> {
    private static let states = ["active", "inactive", "persistent"].map {
        MetricLines.labels(["state": $0])
    }
    private static let results = ["passed", "failed"].map { MetricLines.labels(["result": $0]) }

    static let all: [Metric] = [
        gauge("lvsdr_real_server_up", "Whether it is up; 0 also while that is unknown.") {
            $0.health == .up
        },
        gauge("lvsdr_real_server_enabled", "1 when enabled, 0 when draining or disabled.") {
            $0.administrativeState == .enabled
        },
        gauge("lvsdr_real_server_weight", "As it is asked for.") { $0.weight },
        gauge("lvsdr_real_server_effective_weight", "As it is in force.") { $0.effectiveWeight },
        labelled(
            "gauge", "lvsdr_real_server_flows",
            "Flows by state; persistent ones are clients that keep a real server."
        ) { Array(zip(states, [$0.flows.active, $0.flows.inactive, $0.flows.persistent])) },
        counter("lvsdr_real_server_connections_total", "Flows scheduled.") {
            $0.traffic.connections
        },
        counter("lvsdr_real_server_packets_total", "Frames forwarded.") { $0.traffic.packets },
        counter("lvsdr_real_server_bytes_total", "IP lengths of the frames forwarded.") {
            $0.traffic.bytes
        },
        labelled("counter", "lvsdr_real_server_checks_total", "Health checks by result.") {
            $0.check == nil
                ? [] : Array(zip(results, [$0.checkFigures.passed, $0.checkFigures.failed]))
        },
        Metric(
            name: "lvsdr_real_server_check_duration_seconds", kind: "summary",
            text: "Time that health checks took."
        ) { real, labels, name, lines in
            guard real.check != nil else { return }
            let figures = real.checkFigures
            let seconds = Double(figures.totalDuration) / 1_000_000
            lines.add(name + "_sum", labels, value: seconds)
            lines.add(name + "_count", labels, value: figures.passed + figures.failed)
        },
    ]
}
