// SPDX-License-Identifier: Apache-2.0

import ControlPlane
import DataPlane
import LVSModel
import Logging
import ServiceLifecycle

/// Tells the service systemd how the director is, and stops telling when the data plane stands
/// still, so that the watchdog starts the daemon anew.
struct Watch: Service {
    /// The worker comes round once a second at least.
    private static let longestSilence = Duration.seconds(5)
    private static let statusInterval = Duration.seconds(10)
    /// How often it looks whether serving has begun.
    private static let startInterval = Duration.milliseconds(20)

    let systemd: Systemd
    let director: Director
    let plane: LiveDataPlane
    let logger: Logger

    func run() async throws {
        await cancelWhenGracefulShutdown {
            await becomeReady()
            await watch()
        }
        systemd.stopping()
    }

    private func becomeReady() async {
        while !Task.isCancelled, await director.status().phase == .starting {
            try? await Task.sleep(for: Self.startInterval)
        }
        systemd.ready()
        logger.info("ready")
    }

    private func watch() async {
        let interval = min(
            systemd.watchdogInterval.map { $0 / 2 } ?? Self.statusInterval, Self.statusInterval)
        while !Task.isCancelled {
            systemd.status(await line())
            if let silence = await plane.silence, silence > Self.longestSilence {
                logger.critical("the data plane's worker has stood still for \(silence)")
            } else {
                systemd.alive()
            }
            try? await Task.sleep(for: interval)
        }
    }

    private func line() async -> String {
        let services = await director.services()
        let reals = services.flatMap(\.realServers)
        let up = reals.count { $0.health == .up }
        let word = services.count == 1 ? "service" : "services"
        return "serving \(services.count) virtual \(word), \(up) of \(reals.count) real servers up"
    }
}
