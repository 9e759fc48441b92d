// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import ControlClient
import ControlMessages
import Glibc

/// `lvsdr status`.
struct StatusCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "Show how the director and its real servers are.",
        discussion: """
            Problems come first, and within a service the real servers that are not up. Of each: its \
            state, its weight, its check, and why it is so. held in: its check fails, and it stays \
            because fewer than minimum-up would be left.

            EXAMPLES
              lvsdr status
              lvsdr status --json                         what GET /v1/status answers
              lvsdr status --socket /tmp/demo/control.sock
            """)

    @OptionGroup var director: DirectorOptions

    func run() throws {
        if director.json {
            Terminal.write(
                try director.ask { client throws(ControlClientError) in
                    try client.json(at: ControlPath.status)
                })
            return
        }
        let text = try director.ask { client throws(ControlClientError) in
            StatusText(
                status: try client.status(), services: try client.services(),
                width: Terminal.width, now: UInt64(time(nil)))
        }
        Terminal.write(text.lines)
    }
}
