// SPDX-License-Identifier: Apache-2.0

import ControlMessages
import LVSModel

/// What `lvsdr explain` prints for eyes.
struct ExplanationText {
    let lines: [String]

    init(_ message: ExplanationMessage) {
        let isTCP = message.protocol == "tcp"
        var lines = [
            "\(message.protocol.uppercased()) \(message.client) > \(message.asked)", "",
            Self.address(message), Self.service(message), Self.flow(message),
        ]
        if let template = message.template {
            let real = template.realServer ?? "a real server that was removed"
            lines.append(
                "The client's network has a persistence template to \(real), which lasts "
                    + "\(Self.seconds(template.expiresMilliseconds)) s, and as long as a flow of it."
            )
        }
        if message.flowTableFull {
            lines.append("The flow table is full, or was within the last minute.")
        }
        lines.append(
            "\(isTCP ? "A SYN" : "A packet") \(Self.words(for: message.opening, message))")
        if let segment = message.segment {
            lines.append("A further segment \(Self.words(for: segment, message))")
        }
        if message.service != nil { lines += [""] + Self.realServers(message) }
        self.lines = lines
    }

    private static func address(_ message: ExplanationMessage) -> String {
        let address = Endpoint(message.asked)?.address.description ?? message.asked
        return switch message.arp {
        case "director": "\(address) is a VIP, and the director answers ARP for it."
        case "host": "\(address) is a VIP, and the host's kernel answers ARP for it."
        default: "\(address) is no VIP of this director."
        }
    }

    private static func service(_ message: ExplanationMessage) -> String {
        guard let service = message.service else { return "No virtual service has the port." }
        return "\(service) has the port; its scheduler is \(message.scheduler ?? "not known")."
    }

    private static func flow(_ message: ExplanationMessage) -> String {
        guard let flow = message.flow else { return "The flow table does not know the flow." }
        let real = flow.realServer.map { "to \($0)" } ?? "to a real server that was removed"
        return "The flow is \(flow.state), \(real); it was silent for "
            + "\(seconds(flow.idleMilliseconds)) s and is forgotten in "
            + "\(seconds(flow.expiresMilliseconds)) s."
    }

    /// With three places: `1.136`.
    private static func seconds(_ milliseconds: UInt32) -> String {
        ReplayText.seconds(Int64(milliseconds))
    }

    /// Who decides on a new flow's real server.
    private static func chooser(
        of exit: ExplanationMessage.Exit, _ message: ExplanationMessage
    ) -> String {
        message.template != nil && message.template?.realServer == exit.realServer
            ? "the template names" : "the scheduler picks"
    }

    /// What becomes of a packet, and in brackets as the statistics name it.
    private static func words(
        for exit: ExplanationMessage.Exit, _ message: ExplanationMessage
    ) -> String {
        let real = exit.realServer ?? "a real server"
        let sentence =
            switch (exit.verdict, exit.reason) {
            case (_, "flow"): "goes to \(real), as the flow before it"
            case (_, "scheduled"): "goes to \(real), which \(chooser(of: exit, message)) now"
            case (_, "taken-over"):
                "goes to \(real), where another director's flow would go: this one has just taken over"
            case (_, "one-packet"):
                "goes to \(real), which \(chooser(of: exit, message)) now; no flow is kept"
            case (_, "stateless"): "goes to \(real) by its hash, for want of room in the flow table"
            case ("TX", _): "goes to \(real)"
            case (_, "reset-no-flow"): "is answered with a reset: it opens no flow and is of none"
            case (_, "reset-no-service"): "is answered with a reset: no service has the port"
            case (_, "reset-no-real-server"):
                "is answered with a reset: no real server takes new flows"
            case (_, "reset-real-server-down"):
                "is answered with a reset: \(real), where its flow goes, is down"
            case (_, "port-unreachable") where message.service == nil:
                "is answered with an ICMP port unreachable: no service has the port"
            case (_, "port-unreachable"):
                "is answered with an ICMP port unreachable: no real server takes new flows"
            case ("ANSWER", _): "is answered by the director"
            case (_, "not-a-vip"): "is left to the host's kernel: the address is no VIP"
            case (_, "no-service"): "is left to the host's kernel: no service has the port"
            case ("PASS", _): "is left to the host's kernel"
            case (_, "no-flow"): "is dropped: it opens no flow and is of none"
            case (_, "standby"): "is dropped: this director is standby, and another one serves it"
            case (_, "no-real-server"): "is dropped: no real server takes new flows"
            case (_, "real-server-down"): "is dropped: \(real), where its flow goes, is down"
            case (_, "closed-port"): "is dropped: no service has the port"
            default: "is dropped"
            }
        return "\(sentence) (\(exit.verdict) \(exit.reason))."
    }

    private static func realServers(_ message: ExplanationMessage) -> [String] {
        guard !message.realServers.isEmpty else { return ["It has no real servers."] }
        var table = Table(columns: [
            .init(title: "  real server"), .init(title: "weight", alignment: .right),
            .init(title: "active", alignment: .right), .init(title: "inactive", alignment: .right),
            .init(title: "new flows"),
        ])
        for real in message.realServers {
            table.add([
                "  \(real.address)", "\(real.weight)", Figures.grouped(UInt64(real.activeFlows)),
                Figures.grouped(UInt64(real.inactiveFlows)),
                real.refusal.map { "no: \($0)" } ?? "yes",
            ])
        }
        return table.lines
    }
}
