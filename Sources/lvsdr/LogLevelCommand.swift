// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import ControlClient
import ControlMessages
import LVSModel

/// `lvsdr log-level`.
struct LogLevelCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "log-level",
        abstract: "Show what the director logs, or let it log more or less.",
        discussion: """
            The director logs this and what is more urgent. What is set here stands until it is \
            restarted.

            EXAMPLES
              lvsdr log-level           which one is it?
              lvsdr log-level debug     more, while something is looked for
              lvsdr log-level info
            """)

    @Argument(help: "The level from now on; without it, the present one is shown.")
    var level: LogLevel?

    @OptionGroup var director: DirectorOptions

    func run() throws {
        let level = level
        let message = try director.ask { client throws(ControlClientError) in
            if let level { try client.setLogLevel(level) } else { try client.logLevel() }
        }
        try director.show(message, \.level)
    }
}
