// SPDX-License-Identifier: Apache-2.0

/// What names a flow: client, client port, VIP, port, protocol.
public struct FlowAddress: Hashable, Sendable {
    public var client: IPAddress
    /// Host byte order, as `port`.
    public var clientPort: UInt16
    public var vip: IPAddress
    public var port: UInt16
    public var transport: TransportProtocol

    /// - Parameters:
    ///   - client: of the VIP's family.
    public init(
        client: IPAddress, clientPort: UInt16, vip: IPAddress, port: UInt16,
        transport: TransportProtocol
    ) {
        self.client = client
        self.clientPort = clientPort
        self.vip = vip
        self.port = port
        self.transport = transport
    }
}

extension FlowAddress: CustomStringConvertible {
    /// Such as `TCP 192.168.142.3:40000 > 192.168.142.100:80`.
    public var description: String {
        "\(transport.rawValue.uppercased()) \(client.beforePort):\(clientPort) > "
            + "\(vip.beforePort):\(port)"
    }
}

/// Where the packets of a flow would go at a moment, and what decides it.
public struct Explanation: Hashable, Sendable {
    public var flow: FlowAddress
    /// Who answers ARP for the VIP; nil when the address is none.
    public var arp: ARPMode?
    /// The virtual service that has the port.
    public var service: ServiceAddress?
    public var scheduler: Scheduler?
    /// What the flow table has; nil when it does not know the flow.
    public var known: KnownFlow?
    /// The persistence template of the client's network; nil when there is none.
    public var template: KnownFlow?
    /// What becomes of a packet that opens a flow: a SYN, or any of UDP.
    public var opening: Exit
    /// What becomes of a further TCP segment; nil for UDP.
    public var segment: Exit?
    /// The flow table has no room, or had none within the last minute.
    public var isFull: Bool
    /// The service's, in the order in which they were added.
    public var realServers: [Candidate]

    public init(
        flow: FlowAddress, arp: ARPMode?, service: ServiceAddress?, scheduler: Scheduler?,
        known: KnownFlow?, template: KnownFlow? = nil, opening: Exit, segment: Exit?, isFull: Bool,
        realServers: [Candidate]
    ) {
        self.flow = flow
        self.arp = arp
        self.service = service
        self.scheduler = scheduler
        self.known = known
        self.template = template
        self.opening = opening
        self.segment = segment
        self.isFull = isFull
        self.realServers = realServers
    }

    /// A flow of the flow table.
    public struct KnownFlow: Hashable, Sendable {
        /// As ipvsadm has it: `ESTABLISHED`, of a template `NONE`.
        public var state: String
        /// nil when its real server's name is not known any more.
        public var realServer: IPAddress?
        /// Milliseconds since its last packet.
        public var idle: UInt32
        /// Milliseconds until it is forgotten, when no packet comes.
        public var expires: UInt32

        public init(state: String, realServer: IPAddress?, idle: UInt32, expires: UInt32) {
            self.state = state
            self.realServer = realServer
            self.idle = idle
            self.expires = expires
        }
    }

    /// What becomes of a packet.
    public struct Exit: Hashable, Sendable {
        public var verdict: Verdict
        /// The exit's name, such as `scheduled`.
        public var reason: String
        /// The one that gets it, or would if it could.
        public var realServer: IPAddress?

        public init(verdict: Verdict, reason: String, realServer: IPAddress?) {
            self.verdict = verdict
            self.reason = reason
            self.realServer = realServer
        }
    }

    /// A real server as the scheduler sees it.
    public struct Candidate: Hashable, Sendable {
        public var address: IPAddress
        public var weight: UInt16
        public var flows: FlowCounts
        /// 0: none.
        public var upperThreshold: UInt32
        /// Why it takes no new flows, such as `weight 0`; nil when it takes them.
        public var refusal: String?

        public init(
            address: IPAddress, weight: UInt16, flows: FlowCounts, upperThreshold: UInt32,
            refusal: String?
        ) {
            self.address = address
            self.weight = weight
            self.flows = flows
            self.upperThreshold = upperThreshold
            self.refusal = refusal
        }
    }
}

/// Why nothing can be explained now; the text says what failed.
public struct ExplanationFailure: Error, Hashable, Sendable, CustomStringConvertible {
    public let description: String

    public init(_ description: String) {
        self.description = description
    }
}
