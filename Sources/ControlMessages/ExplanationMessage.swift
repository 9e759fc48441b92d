// SPDX-License-Identifier: Apache-2.0

public import LVSModel

/// The answer of `GET /v1/explain`: where a flow's packets would go now, and what decides it.
public struct ExplanationMessage: ControlMessage {
    /// Address and port, such as `192.168.142.3:40000`.
    public var client: String
    /// The address and port that the client asks, such as `192.168.142.100:80`.
    public var asked: String
    /// `tcp` or `udp`.
    public var `protocol`: String
    /// Who answers ARP for the VIP, `director` or `host`; null when the address is no VIP.
    @Nullable public var arp: String?
    /// The virtual service that has the port, such as `TCP 192.168.142.100:80`.
    @Nullable public var service: String?
    @Nullable public var scheduler: String?
    /// What the flow table has; null when it does not know the flow.
    @Nullable public var flow: Flow?
    /// The persistence template of the client's network; null when there is none.
    @Nullable public var template: Flow?
    /// What becomes of a packet that opens a flow: a SYN, or any of UDP.
    public var opening: Exit
    /// What becomes of a further TCP segment; null for UDP.
    @Nullable public var segment: Exit?
    /// The flow table has no room, or had none within the last minute.
    public var flowTableFull: Bool
    /// The service's, in the order in which they were added.
    public var realServers: [Candidate]

    public struct Flow: Codable, Hashable, Sendable {
        /// As ipvsadm has it: `ESTABLISHED`, of a template `NONE`.
        public var state: String
        @Nullable public var realServer: String?
        /// Since its last packet.
        public var idleMilliseconds: UInt32
        /// Until it is forgotten, when no packet comes.
        public var expiresMilliseconds: UInt32

        init(_ flow: Explanation.KnownFlow) {
            state = flow.state
            realServer = flow.realServer?.description
            idleMilliseconds = flow.idle
            expiresMilliseconds = flow.expires
        }
    }

    public struct Exit: Codable, Hashable, Sendable {
        /// `TX`, `ANSWER`, `HOLD`, `PASS` or `DROP`.
        public var verdict: String
        /// The exit's name, such as `scheduled`.
        public var reason: String
        /// The one that gets it, or would if it could.
        @Nullable public var realServer: String?

        init(_ exit: Explanation.Exit) {
            verdict = exit.verdict.rawValue
            reason = exit.reason
            realServer = exit.realServer?.description
        }
    }

    public struct Candidate: Codable, Hashable, Sendable {
        public var address: String
        public var weight: UInt16
        public var activeFlows: UInt32
        public var inactiveFlows: UInt32
        /// 0: none.
        public var upperThreshold: UInt32
        /// Why it takes no new flows, such as `weight 0`; null when it takes them.
        @Nullable public var refusal: String?
    }

    public init(_ explanation: Explanation) {
        let flow = explanation.flow
        client = "\(flow.client.beforePort):\(flow.clientPort)"
        asked = "\(flow.vip.beforePort):\(flow.port)"
        `protocol` = flow.transport.rawValue
        arp = explanation.arp?.rawValue
        service = explanation.service?.description
        scheduler = explanation.scheduler?.rawValue
        self.flow = explanation.known.map(Flow.init)
        template = explanation.template.map(Flow.init)
        opening = Exit(explanation.opening)
        segment = explanation.segment.map(Exit.init)
        flowTableFull = explanation.isFull
        realServers = explanation.realServers.map {
            Candidate(
                address: $0.address.description, weight: $0.weight,
                activeFlows: $0.flows.active, inactiveFlows: $0.flows.inactive,
                upperThreshold: $0.upperThreshold, refusal: $0.refusal)
        }
    }
}
