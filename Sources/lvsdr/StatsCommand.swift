// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import ControlClient
import ControlMessages

/// `lvsdr stats`.
struct StatsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "stats",
        abstract: "Show traffic and flows of each virtual service and real server.",
        discussion: """
            conns: flows scheduled. packets, bytes: forwarded to real servers. active: TCP flows \
            that are established or about to be; inactive: all others; persistent: clients that \
            keep their real server. On a narrow terminal numbers are cut (K is 1,000) and less is \
            said of each real server.

            EXAMPLES
              lvsdr stats
              lvsdr stats --json            what GET /v1/services answers
              watch -n 1 lvsdr stats
            """)

    @OptionGroup var director: DirectorOptions

    func run() throws {
        if director.json {
            Terminal.write(
                try director.ask { client throws(ControlClientError) in
                    try client.json(at: ControlPath.services)
                })
            return
        }
        let text = try director.ask { client throws(ControlClientError) in
            StatsText(
                status: try client.status(), services: try client.services(),
                width: Terminal.width)
        }
        Terminal.write(text.lines.map { $0 + "\n" }.joined())
    }
}
