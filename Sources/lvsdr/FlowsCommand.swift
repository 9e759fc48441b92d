// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import ControlClient
import ControlMessages
import Glibc
import LVSModel

/// `lvsdr flows`.
struct FlowsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "flows",
        abstract: "Show the flows that the director knows.",
        discussion: """
            In the flow table's order, which means nothing. NONE is no flow, but what persistence \
            remembers of a client.

            EXAMPLES
              lvsdr flows
              lvsdr flows --service 192.168.142.100:80 --state ESTABLISHED
              lvsdr flows --client 10.0.0.0/8 --real 192.168.142.5
              lvsdr flows --json                 a line of JSON for each
            """)

    @Option(help: "Of this service: VIP:PORTS, or with /udp behind it.")
    var service: ServiceAddress?

    @Option(help: "To this real server (RIP).")
    var real: IPAddress?

    @Option(help: "Of this client, or this network of clients such as 10.0.0.0/8.")
    var client: FlowFilter.Clients?

    @Option(help: "tcp or udp.")
    var `protocol`: TransportProtocol?

    @Option(help: "SYN_RECV, ESTABLISHED, FIN_WAIT, TIME_WAIT, CLOSE, UDP or NONE.")
    var state: FlowState?

    @OptionGroup var director: DirectorOptions

    func run() throws {
        let interruption = try Interruption()
        let filter = FlowFilter(
            service: service, realServer: real, clients: client, transport: `protocol`,
            state: state)
        let lines = FlowLines(isJSON: director.json)
        try director.ask { client throws(ControlClientError) in
            try client.streamFlows(
                filter, stopDescriptor: interruption.descriptor, receive: lines.add)
        }
    }
}

/// Lines of JSON in pieces of any size to lines for people; on the command's thread.
private final class FlowLines {
    private let isJSON: Bool
    private var rest: [UInt8] = []
    private var hasHead = false

    init(isJSON: Bool) {
        self.isJSON = isJSON
    }

    func add(_ piece: [UInt8]) -> Bool {
        if isJSON {
            Terminal.write(piece)
            return true
        }
        rest += piece
        guard let end = rest.lastIndex(of: UInt8(ascii: "\n")) else { return true }
        let lines = rest[..<end].split(separator: UInt8(ascii: "\n"))
        rest.removeSubrange(...end)
        let flows = lines.compactMap { try? FlowMessage(json: Array($0)) }
        Terminal.write((hasHead ? "" : Self.head) + flows.map(Self.line).joined())
        hasHead = true
        return true
    }

    private static let head = cells(
        ["proto", "state", "expires", "client", "service", "real server"])

    private static func line(_ flow: FlowMessage) -> String {
        let service = endpoint(flow.address, flow.port)
        return cells([
            flow.protocol, flow.state, "\(flow.expires) s", endpoint(flow.client, flow.clientPort),
            service, flow.realServer ?? "n/a",
        ])
    }

    private static func endpoint(_ address: String, _ port: UInt16) -> String {
        address.contains(":") ? "[\(address)]:\(port)" : "\(address):\(port)"
    }

    private static func cells(_ cells: [String]) -> String {
        let widths = [5, 11, 7, 23, 23]
        let padded = zip(cells, widths).map { cell, width in
            cell + String(repeating: " ", count: max(0, width - cell.count))
        }
        return (padded + cells.suffix(1)).joined(separator: "  ") + "\n"
    }
}
