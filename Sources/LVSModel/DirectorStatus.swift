// SPDX-License-Identifier: Apache-2.0

/// The director's state as it is shown to people and programs.
public struct DirectorStatus: Sendable {
    public enum Phase: String, Sendable {
        case starting
        case serving
        case stopping
    }

    public var phase: Phase
    /// Seconds since the director started.
    public var uptime: UInt64
    public var interface: HostLink?
    /// How often a forwarding table was published.
    public var publications: UInt64
    public var counters: DataPlaneCounters
    /// What an operator should look at, a sentence each.
    public var problems: [String]

    public init(
        phase: Phase, uptime: UInt64, interface: HostLink?, publications: UInt64,
        counters: DataPlaneCounters, problems: [String]
    ) {
        self.phase = phase
        self.uptime = uptime
        self.interface = interface
        self.publications = publications
        self.counters = counters
        self.problems = problems
    }
}

/// A virtual service with its figures.
public struct ServiceStatus: Sendable {
    public var address: ServiceAddress
    public var scheduler: Scheduler
    public var persistence: Persistence?
    public var onePacket: Bool
    public var onDown: OnDownPolicy
    public var arp: ARPMode
    public var traffic: Traffic
    public var realServers: [RealServerStatus]

    public init(
        address: ServiceAddress, scheduler: Scheduler, persistence: Persistence? = nil,
        onePacket: Bool = false, onDown: OnDownPolicy = .reschedule, arp: ARPMode,
        traffic: Traffic, realServers: [RealServerStatus]
    ) {
        self.address = address
        self.scheduler = scheduler
        self.persistence = persistence
        self.onePacket = onePacket
        self.onDown = onDown
        self.arp = arp
        self.traffic = traffic
        self.realServers = realServers
    }

    /// The sum over the real servers.
    public var flows: FlowCounts {
        realServers.reduce(into: FlowCounts()) { sum, real in
            sum.active += real.flows.active
            sum.inactive += real.flows.inactive
            sum.persistent += real.flows.persistent
        }
    }
}

/// A real server with its state and figures.
public struct RealServerStatus: Sendable {
    public var address: IPAddress
    public var weight: UInt16
    /// 0 for none.
    public var upperThreshold: UInt32
    /// 0 for three quarters of the upper one.
    public var lowerThreshold: UInt32
    public var administrativeState: AdministrativeState
    public var health: Health
    /// Why it is down or unknown, such as `no MAC address`; nil when it is up.
    public var reason: String?
    public var mac: MACAddress?
    /// The name of the interface that its frames leave by; nil while that is not known.
    public var egress: String?
    public var traffic: Traffic
    public var flows: FlowCounts

    public init(
        address: IPAddress, weight: UInt16, upperThreshold: UInt32 = 0,
        lowerThreshold: UInt32 = 0, administrativeState: AdministrativeState, health: Health,
        reason: String?, mac: MACAddress?, egress: String?, traffic: Traffic, flows: FlowCounts
    ) {
        self.address = address
        self.weight = weight
        self.upperThreshold = upperThreshold
        self.lowerThreshold = lowerThreshold
        self.administrativeState = administrativeState
        self.health = health
        self.reason = reason
        self.mac = mac
        self.egress = egress
        self.traffic = traffic
        self.flows = flows
    }
}
