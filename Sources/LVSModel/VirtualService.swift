// SPDX-License-Identifier: Apache-2.0

/// A virtual service as it is asked for.
public struct VirtualService: Hashable, Sendable {
    public var address: ServiceAddress
    public var scheduler: Scheduler
    /// Of those that the scheduler knows.
    public var schedulerFlags: Set<SchedulerFlag>
    /// Whether a client's later flows go where its first went; nil: each flow by itself.
    public var persistence: Persistence?
    /// UDP: each packet is scheduled by itself, no flow is kept.
    public var onePacket: Bool
    public var onDown: OnDownPolicy
    /// The same for all services of one VIP.
    public var arp: ARPMode
    /// Of its real servers, unless they have their own.
    public var check: HealthCheck?
    /// When checks would leave fewer real servers than this, the last ones stay as they were: that
    /// all are down is more often the checker's fault. 0 for no such floor.
    public var minimumUp: UInt32
    /// Serves when no real server does; nil for none. The VIP is on its `lo` too.
    public var sorryServer: IPAddress?
    /// Seconds in which a real server that comes up grows to its weight, 0...86,400; 0: at once.
    public var slowStart: UInt32
    /// In the order in which they were added; the schedulers walk it newest first, as IPVS does.
    public var realServers: [RealServer]

    public init(
        address: ServiceAddress, scheduler: Scheduler,
        schedulerFlags: Set<SchedulerFlag> = [], persistence: Persistence? = nil,
        onePacket: Bool = false, onDown: OnDownPolicy = .reschedule, arp: ARPMode = .director,
        check: HealthCheck? = nil, minimumUp: UInt32 = 0, sorryServer: IPAddress? = nil,
        slowStart: UInt32 = 0, realServers: [RealServer] = []
    ) {
        self.address = address
        self.scheduler = scheduler
        self.schedulerFlags = schedulerFlags
        self.persistence = persistence
        self.onePacket = onePacket
        self.onDown = onDown
        self.arp = arp
        self.check = check
        self.minimumUp = minimumUp
        self.sorryServer = sorryServer
        self.slowStart = slowStart
        self.realServers = realServers
    }
}

/// A real server of a virtual service as it is asked for; its port is the service's.
public struct RealServer: Hashable, Sendable {
    public var address: IPAddress
    /// 0...65,535; 0 takes no new flows.
    public var weight: UInt16
    /// At so many flows, active and inactive, it takes no new ones...
    public var upperThreshold: UInt32
    /// ...until it has fewer than this; 0: fewer than three quarters of the upper one.
    public var lowerThreshold: UInt32
    public var check: RealServerCheck
    public var administrativeState: AdministrativeState
    /// While it is draining: when it is removed with the flows that it has then, seconds since 1970;
    /// nil: only when they are gone.
    public var drainEnd: UInt64?

    /// - Parameter upperThreshold: 0 for none.
    public init(
        address: IPAddress, weight: UInt16 = 1, upperThreshold: UInt32 = 0,
        lowerThreshold: UInt32 = 0, check: RealServerCheck = .services,
        administrativeState: AdministrativeState = .enabled, drainEnd: UInt64? = nil
    ) {
        self.address = address
        self.weight = weight
        self.upperThreshold = upperThreshold
        self.lowerThreshold = lowerThreshold
        self.check = check
        self.administrativeState = administrativeState
        self.drainEnd = drainEnd
    }
}

extension VirtualService {
    /// The check that the real server has; nil for none.
    public func check(of realServer: RealServer) -> HealthCheck? {
        switch realServer.check {
        case .services: check
        case .none: nil
        case .own(let check): check
        }
    }
}

/// A client, or its network, keeps its real server over all ports of the service (`ipvsadm -p`).
public struct Persistence: Hashable, Sendable {
    /// Seconds after the client's last new flow, 1...2,678,400; longer while one of its flows lives.
    public var timeout: UInt32
    /// How many leading bits of the client's address count: 1...32, with IPv6 1...128. `-M`'s mask
    /// 255.255.255.0 is 24.
    public var prefixLength: UInt8

    public init(timeout: UInt32 = 300, prefixLength: UInt8) {
        self.timeout = timeout
        self.prefixLength = prefixLength
    }
}

/// What becomes of the flows of a real server that is down or was removed.
public enum OnDownPolicy: String, Hashable, Sendable, CaseIterable {
    /// The flow's next packet is scheduled anew.
    case reschedule
    /// TCP gets a RST in the VIP's name, and the flow is forgotten; UDP is scheduled anew.
    case reset
    /// They go on to it as long as it has a MAC address.
    case keep
    /// Silence, until the flow times out.
    case drop
}
