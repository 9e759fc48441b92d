// SPDX-License-Identifier: Apache-2.0

import ControlMessages
import ControlPlane
import LVSModel
import Logging

/// What a daemon begins with: the configuration file, and what a process that was killed had come to.
struct Start {
    let settings: DirectorSettings
    let health: [CheckedName: HealthReport]
    /// Whom floors kept in; nil where that is not known.
    let kept: [ServiceAddress: [IPAddress]]?

    init(file: DirectorSettings, journal: JournalFile, logger: Logger) {
        do {
            if let state = try journal.read() {
                let reload = try state.resumed(with: file)
                var settings = reload.settings
                settings.start = Self.role(file, state.role)
                self.settings = settings
                health = state.health
                kept = state.kept
                if settings.services != file.services {
                    logger.info("going on with what was changed at run time before")
                }
                for skipped in reload.skipped {
                    logger.warning("left as it is: \(skipped.change): \(skipped.reason)")
                }
                return
            }
        } catch {
            logger.warning("what was changed at run time before is forgotten: \(error)")
        }
        var settings = file
        settings.start = Self.role(file, file.start)
        self.settings = settings
        health = [:]
        kept = nil
    }

    private static func role(_ file: DirectorSettings, _ role: Role) -> Role {
        StandbyMark(runtimeDirectory: file.runtimeDirectory).isThere ? .standby : role
    }
}
