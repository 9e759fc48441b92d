// SPDX-License-Identifier: Apache-2.0

import HummingbirdCore
import LVSModel
import NIOCore

/// The director's figures for Prometheus, metric by metric, as that wants them; a piece at a time,
/// when the client has taken the one before.
struct MetricsStream: AnswerStream {
    /// Bytes that are written together.
    private static let portion = 64 << 10

    let status: DirectorStatus
    private let services: [Labelled]

    /// The labels are made once, though each metric has them.
    private struct Labelled {
        let service: ServiceStatus
        let labels: String
        let realServers: [String]
    }

    init(status: DirectorStatus, services: [ServiceStatus]) {
        self.status = status
        self.services = services.map { service in
            let address = service.address
            let labels = MetricLines.labels([
                "vip": "\(address.address)", "ports": "\(address.ports)",
                "protocol": address.transport.rawValue,
            ])
            return Labelled(
                service: service, labels: labels,
                realServers: service.realServers.map {
                    labels + "," + MetricLines.labels(["real_server": "\($0.address)"])
                })
        }
    }

    var mediaType: String { "text/plain; version=0.0.4; charset=utf-8" }
    var duration: Duration? { .seconds(60) }

    func write(to body: inout any ResponseBodyWriter) async throws {
        var lines = MetricLines()
        for metric in Metric<DirectorStatus>.all {
            lines.describe(metric.name, metric.kind, metric.text)
            metric.add(status, "", metric.name, &lines)
        }
        for metric in Metric<ServiceStatus>.all {
            lines.describe(metric.name, metric.kind, metric.text)
            for service in services {
                metric.add(service.service, service.labels, metric.name, &lines)
                try await flush(&lines, over: Self.portion, to: &body)
            }
        }
        for metric in Metric<RealServerStatus>.all {
            lines.describe(metric.name, metric.kind, metric.text)
            for service in services {
                for (real, labels) in zip(service.service.realServers, service.realServers) {
                    metric.add(real, labels, metric.name, &lines)
                    try await flush(&lines, over: Self.portion, to: &body)
                }
            }
        }
        try await flush(&lines, over: 0, to: &body)
    }

    private func flush(
        _ lines: inout MetricLines, over size: Int, to body: inout any ResponseBodyWriter
    ) async throws {
        guard lines.bytes.count > size else { return }
        try await body.write(ByteBuffer(bytes: lines.take()))
    }
}
