// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import ControlClient
import ControlMessages
import LVSModel

/// `lvsdr explain`.
struct ExplainCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain",
        abstract: "Say where a client's packets would go now, and why.",
        discussion: """
            Asks the running director about the flow of a client's address and port to a service: \
            whether the address is a VIP, which service has the port, what the flow table knows, \
            what would become of a SYN and of a further segment (of any packet, with UDP), and how \
            the service's real servers stand. Nothing changes by it: the scheduler's next pick is \
            shown, not made.

            EXAMPLES
              lvsdr explain 192.168.142.3:40000 192.168.142.100:80
              lvsdr explain 192.168.142.3:5353 192.168.142.100:53 --protocol udp
              lvsdr explain '[fd00::3]:40000' '[fd00::100]:80' --json
            """)

    @OptionGroup var director: DirectorOptions

    @Argument(
        help: ArgumentHelp("The client's address and port.", valueName: "client:port"),
        transform: ExplainCommand.endpoint)
    var client: Endpoint

    @Argument(
        help: ArgumentHelp("The address and port that it asks.", valueName: "service:port"),
        transform: ExplainCommand.endpoint)
    var service: Endpoint

    @Option(
        name: .customLong("protocol"),
        help: ArgumentHelp("tcp or udp.", valueName: "protocol"),
        transform: ExplainCommand.transport)
    var transport = TransportProtocol.tcp

    private static func endpoint(_ text: String) throws -> Endpoint {
        guard let endpoint = Endpoint(text) else {
            throw ValidationError("expected such as 192.168.142.100:80 or [fd00::100]:80")
        }
        return endpoint
    }

    private static func transport(_ text: String) throws -> TransportProtocol {
        guard let transport = TransportProtocol(rawValue: text) else {
            throw ValidationError("expected tcp or udp")
        }
        return transport
    }

    func validate() throws {
        guard client.address.family == service.address.family else {
            throw ValidationError("Client and service must both be IPv4, or both IPv6.")
        }
    }

    func run() throws {
        let flow = FlowAddress(
            client: client.address, clientPort: client.port, vip: service.address,
            port: service.port, transport: transport)
        if director.json {
            Terminal.write(
                try director.ask { client throws(ControlClientError) in
                    try client.json(at: flow.explainPath)
                })
            return
        }
        let text = try director.ask { client throws(ControlClientError) in
            ExplanationText(try client.explain(flow))
        }
        Terminal.write(text.lines.map { $0 + "\n" }.joined())
    }
}
