// SPDX-License-Identifier: Apache-2.0

public import LVSModel

/// Figures of a service or a real server as ipvsadm lists them; in direct routing nothing is known
/// of what goes out, and ipvsadm shows 0.
public struct IPVSFigures: Hashable, Sendable {
    /// Since the start, or since `-Z`.
    public var total: Traffic
    /// In a second.
    public var rate: Traffic

    public init(total: Traffic = Traffic(), rate: Traffic = Traffic()) {
        self.total = total
        self.rate = rate
    }
}

/// A virtual service as ipvsadm lists it.
public struct IPVSServiceRow: Hashable, Sendable {
    public var address: ServiceAddress
    /// Its name, such as `rr`.
    public var scheduler: String
    /// Their names, such as `sh-port`.
    public var schedulerFlags: [String]
    public var persistence: Persistence?
    public var onePacket: Bool
    public var figures: IPVSFigures
    /// In the order in which they were added.
    public var realServers: [IPVSRealServerRow]

    public init(
        address: ServiceAddress, scheduler: String, schedulerFlags: [String] = [],
        persistence: Persistence? = nil, onePacket: Bool = false,
        figures: IPVSFigures = IPVSFigures(), realServers: [IPVSRealServerRow] = []
    ) {
        self.address = address
        self.scheduler = scheduler
        self.schedulerFlags = schedulerFlags
        self.persistence = persistence
        self.onePacket = onePacket
        self.figures = figures
        self.realServers = realServers
    }
}

/// A real server as ipvsadm lists it.
public struct IPVSRealServerRow: Hashable, Sendable {
    public var address: IPAddress
    public var weight: UInt16
    public var upperThreshold: UInt32
    public var lowerThreshold: UInt32
    public var flows: FlowCounts
    public var figures: IPVSFigures

    public init(
        address: IPAddress, weight: UInt16, upperThreshold: UInt32 = 0,
        lowerThreshold: UInt32 = 0, flows: FlowCounts = FlowCounts(),
        figures: IPVSFigures = IPVSFigures()
    ) {
        self.address = address
        self.weight = weight
        self.upperThreshold = upperThreshold
        self.lowerThreshold = lowerThreshold
        self.flows = flows
        self.figures = figures
    }
}

/// A flow as ipvsadm lists it.
public struct IPVSConnectionRow: Hashable, Sendable {
    public var transport: TransportProtocol
    /// Seconds until it is forgotten.
    public var remaining: UInt32
    /// Such as `ESTABLISHED`.
    public var state: String
    public var client: IPAddress
    public var clientPort: UInt16
    public var vip: IPAddress
    public var vipPort: UInt16
    /// nil when it is not known any more.
    public var realServer: IPAddress?

    public init(
        transport: TransportProtocol, remaining: UInt32, state: String, client: IPAddress,
        clientPort: UInt16, vip: IPAddress, vipPort: UInt16, realServer: IPAddress?
    ) {
        self.transport = transport
        self.remaining = remaining
        self.state = state
        self.client = client
        self.clientPort = clientPort
        self.vip = vip
        self.vipPort = vipPort
        self.realServer = realServer
    }
}
