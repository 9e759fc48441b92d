// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import ControlClient
import ControlMessages
import Glibc
import LVSModel

/// `lvsdr top`.
struct TopCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "top",
        abstract: "Watch the real servers: sorted, drawn anew each second, with keys.",
        discussion: """
            Keys: c, p, b, a, n sort by connections, packets, bytes, active flows and name; r turns \
            the order round; o averages over 1, 10 or 60 seconds; up and down move the selection; d \
            drains the selected real server (it asks first), u takes the drain back, w sets its \
            weight; ? shows all keys; q quits.

            Without a terminal, or with --batch, it prints a table each second.

            EXAMPLES
              lvsdr top
              lvsdr top --sort bytes --over 10
              lvsdr top --service 192.168.142.100:80
              lvsdr top --batch --count 1
              lvsdr top --batch --count 60 > minute.txt
            """)

    @Option(help: "connections, packets, bytes, active or name.")
    var sort = TopOrder.connections

    @Flag(name: .shortAndLong, help: "The least first.")
    var reverse = false

    @Option(help: "Rates on the average of the last 1, 10 or 60 seconds.")
    var over = Period.second

    @Option(help: "Only this service: VIP:PORTS, or with /udp behind it.")
    var service: ServiceAddress?

    @Flag(name: .shortAndLong, help: "Print plain tables, one a second.")
    var batch = false

    @Option(
        name: [.customShort("n"), .long], help: "End after so many tables; without it: Ctrl-C.")
    var count: Int?

    @OptionGroup var director: DirectorSocket

    func validate() throws {
        if let count, count < 1 { throw ValidationError("--count is 1 or more.") }
    }

    func run() throws {
        let state = try state()
        let interruption = try Interruption()
        guard !batch, count == nil, let terminal = TopTerminal() else {
            return try printTables(first: state, until: interruption)
        }
        let pipe = try Interruption.pipe()
        let feed = TopFeed(
            client: director.client(timeoutMilliseconds: TopFeed.patience), service: service,
            wakeEnd: pipe.writing)
        var session = TopSession(
            terminal, state: state, feed: feed, wakeDescriptor: pipe.reading,
            interruption: interruption)
        session.run()
    }

    private func state() throws -> TopState {
        let (order, isReversed, period, service) = (sort, reverse, over, service)
        return try director.ask { client throws(ControlClientError) in
            TopState(
                status: try client.status(), services: try client.services(service), order: order,
                isReversed: isReversed, period: period)
        }
    }

    private func printTables(first: TopState, until interruption: Interruption) throws {
        var (state, printed) = (first, 0)
        while true {
            Terminal.write(TopScreen(state: state).plainLines(width: Terminal.width))
            printed += 1
            guard printed != count, interruption.wait(milliseconds: 1_000) else { return }
            Terminal.write("\n")
            state = try self.state()
        }
    }
}
