// SPDX-License-Identifier: Apache-2.0

/// The director's state as it is shown to people and programs.
public struct DirectorStatus: Sendable {
    public enum Phase: String, Sendable {
        case starting
        case serving
        case stopping
    }

    public var phase: Phase
    public var role: Role
    /// Seconds since the director started.
    public var uptime: UInt64
    public var interface: HostLink?
    /// How often a forwarding table was published.
    public var publications: UInt64
    /// How long that took in all, until the table was in force.
    public var publicationTime: Duration
    /// How often a real server's MAC address became another one.
    public var macChanges: UInt64
    /// How often another host claimed a VIP, in ARP or neighbour discovery.
    public var arpConflicts: UInt64
    public var counters: DataPlaneCounters
    /// Of all services together.
    public var rates: Rates
    /// What an operator should look at, a sentence each.
    public var problems: [String]

    public init(
        phase: Phase, role: Role = .active, uptime: UInt64, interface: HostLink?,
        publications: UInt64, publicationTime: Duration = .zero, macChanges: UInt64 = 0,
        arpConflicts: UInt64 = 0,
        counters: DataPlaneCounters, rates: Rates = Rates(), problems: [String]
    ) {
        self.phase = phase
        self.role = role
        self.uptime = uptime
        self.interface = interface
        self.publications = publications
        self.publicationTime = publicationTime
        self.macChanges = macChanges
        self.arpConflicts = arpConflicts
        self.counters = counters
        self.rates = rates
        self.problems = problems
    }
}

/// A virtual service with its figures.
public struct ServiceStatus: Sendable {
    public var address: ServiceAddress
    public var scheduler: Scheduler
    public var schedulerFlags: Set<SchedulerFlag>
    public var persistence: Persistence?
    public var onePacket: Bool
    public var onDown: OnDownPolicy
    public var arp: ARPMode
    /// Whether the floor of real servers that stay in holds some in that checks would take out.
    public var isAtFloor: Bool
    /// Whether the sorry server serves, because nobody else does.
    public var isSorry: Bool
    /// Since the data plane started, or since it was last set to zero.
    public var traffic: Traffic
    public var rates: Rates
    public var realServers: [RealServerStatus]

    public init(
        address: ServiceAddress, scheduler: Scheduler,
        schedulerFlags: Set<SchedulerFlag> = [], persistence: Persistence? = nil,
        onePacket: Bool = false, onDown: OnDownPolicy = .reschedule, arp: ARPMode,
        isAtFloor: Bool = false, isSorry: Bool = false, traffic: Traffic, rates: Rates = Rates(),
        realServers: [RealServerStatus]
    ) {
        self.address = address
        self.scheduler = scheduler
        self.schedulerFlags = schedulerFlags
        self.persistence = persistence
        self.onePacket = onePacket
        self.onDown = onDown
        self.arp = arp
        self.isAtFloor = isAtFloor
        self.isSorry = isSorry
        self.traffic = traffic
        self.rates = rates
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
    /// As it is asked for.
    public var weight: UInt16
    /// As it is in force: less while it starts slowly, 0 while it is draining or down.
    public var effectiveWeight: UInt16
    /// 0 for none.
    public var upperThreshold: UInt32
    /// 0 for three quarters of the upper one.
    public var lowerThreshold: UInt32
    public var administrativeState: AdministrativeState
    /// While it is draining: when it is removed at the latest, seconds since 1970; nil for no limit.
    public var drainEnd: UInt64?
    public var health: Health
    /// Why it is down or unknown, such as `no MAC address`; nil when it is up.
    public var reason: String?
    public var mac: MACAddress?
    /// The name of the interface that its frames leave by; nil while that is not known.
    public var egress: String?
    /// The kind of check that it has, such as `http`; nil for none.
    public var check: String?
    public var checkFigures: CheckFigures
    /// Since the data plane started, or since it was last set to zero.
    public var traffic: Traffic
    public var rates: Rates
    public var flows: FlowCounts

    public init(
        address: IPAddress, weight: UInt16, effectiveWeight: UInt16? = nil,
        upperThreshold: UInt32 = 0, lowerThreshold: UInt32 = 0,
        administrativeState: AdministrativeState, drainEnd: UInt64? = nil, health: Health,
        reason: String?, mac: MACAddress?, egress: String?, check: String? = nil,
        checkFigures: CheckFigures = CheckFigures(), traffic: Traffic, rates: Rates = Rates(),
        flows: FlowCounts
    ) {
        self.address = address
        self.weight = weight
        self.effectiveWeight = effectiveWeight ?? weight
        self.upperThreshold = upperThreshold
        self.lowerThreshold = lowerThreshold
        self.administrativeState = administrativeState
        self.drainEnd = drainEnd
        self.health = health
        self.reason = reason
        self.mac = mac
        self.egress = egress
        self.check = check
        self.checkFigures = checkFigures
        self.traffic = traffic
        self.rates = rates
        self.flows = flows
    }
}
