// SPDX-License-Identifier: Apache-2.0

import ControlMessages
import ControlServer
import LVSModel
import Logging
import ServiceLifecycle
import UnixSignals

/// Reads the configuration file again at SIGHUP.
struct ReloadOnSignal: Service {
    let source: ControlAdapter
    let logger: Logger

    func run() async throws {
        await cancelWhenGracefulShutdown {
            for await _ in await UnixSignalsSequence(trapping: .sighup) { await reload() }
        }
    }

    private func reload() async {
        do {
            let message = try await source.reload(ReloadQuery(), by: .signal("SIGHUP"))
            for skipped in message.skipped {
                logger.warning("left as it is: \(skipped.change): \(skipped.reason)")
            }
            for line in message.needsRestart { logger.warning("only after a restart: \(line)") }
            logger.notice("reloaded \(source.store.path): \(message.applied.count) changes")
        } catch {
            logger.error("not reloaded, and nothing changed: \(error)")
        }
    }
}
