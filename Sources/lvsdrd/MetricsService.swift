// SPDX-License-Identifier: Apache-2.0

import ControlServer
import Logging
import ServiceLifecycle

/// Figures for Prometheus over TCP. A port that somebody has is no reason not to forward: it is tried
/// again until it is free.
struct MetricsService: Service {
    private static let pause = Duration.seconds(10)

    let server: MetricsServer
    let logger: Logger

    func run() async throws {
        await cancelWhenGracefulShutdown {
            var told: ControlServerError?
            while !Task.isCancelled {
                do throws(ControlServerError) {
                    try await server.run()
                } catch {
                    if told != error { logger.error("\(error)") }
                    told = error
                }
                try? await Task.sleep(for: Self.pause)
            }
        }
    }
}
