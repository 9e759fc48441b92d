// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import ControlClient
import ControlMessages
import LVSModel

/// `lvsdr stats`.
struct StatsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "stats",
        abstract: "Show traffic and flows of each virtual service and real server.",
        discussion: """
            conns: flows scheduled. packets, bytes: forwarded to real servers. active: TCP flows \
            that are established or about to be; inactive: all others; persistent: clients that \
            keep their real server. Rates are n/a where it was not watched for so long. On a narrow \
            terminal numbers are cut (K is 1,000) and less is said of each real server.

            EXAMPLES
              lvsdr stats
              lvsdr stats --rate            a second's worth, on the average of the last one
              lvsdr stats --rate --over 60  on the average of the last minute
              lvsdr stats --service 192.168.142.100:80
              lvsdr stats --json            what GET /v1/services answers
              lvsdr stats --rate --json     these averages alone
            """)

    @Flag(help: "Connections, packets and bytes in a second instead of totals.")
    var rate = false

    @Option(help: "With --rate: on the average of the last 1, 10 or 60 seconds (default: 1).")
    var over: Period?

    @Option(help: "Only this service: VIP:PORTS, or with /udp behind it.")
    var service: ServiceAddress?

    @OptionGroup var director: DirectorOptions

    func validate() throws {
        if over != nil && !rate {
            throw ValidationError("--over says what a rate is an average of: add --rate.")
        }
    }

    func run() throws {
        let service = service
        let period = rate ? over ?? .second : nil
        guard !director.json else { return try writeJSON(of: service, over: period) }
        let text = try director.ask { client throws(ControlClientError) in
            StatsText(
                status: try client.status(), services: try client.services(service),
                period: period, width: Terminal.width)
        }
        Terminal.write(text.lines)
    }

    private func writeJSON(of service: ServiceAddress?, over period: Period?) throws {
        guard let period else {
            let json = try director.ask { client throws(ControlClientError) in
                try client.servicesJSON(service)
            }
            return Terminal.write(json)
        }
        let services = try director.ask { client throws(ControlClientError) in
            try client.services(service)
        }
        Terminal.write(try StatsRates(services, over: period).json())
    }
}
