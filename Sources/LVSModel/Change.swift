// SPDX-License-Identifier: Apache-2.0

/// A change of what a director is asked to do. Several are made together: all, or none of them.
public enum Change: Hashable, Sendable {
    /// With its real servers.
    case addService(VirtualService)
    case editService(ServiceAddress, ServiceEdit)
    case removeService(ServiceAddress)
    case removeAllServices
    case addRealServer(RealServer, to: ServiceAddress)
    case editRealServer(IPAddress, of: ServiceAddress, RealServerEdit)
    case removeRealServer(IPAddress, of: ServiceAddress)
    /// It takes no new flows; it is removed when its flows are gone, or at `until` (seconds since
    /// 1970) with those that it has; nil: only when they are gone.
    case drain(IPAddress, of: ServiceAddress, until: UInt64?)
    /// Back from draining to enabled.
    case undrain(IPAddress, of: ServiceAddress)
    /// It takes no flows at all; those it has follow the service's on-down policy.
    case disable(IPAddress, of: ServiceAddress)
    case enable(IPAddress, of: ServiceAddress)
    case setTimeouts(FlowTimeouts)
    case setAnswers(AnswerPolicy)
    case setSourceMAC(SourceMACMode)
    /// Checks at once.
    case setCheckLimit(Int)
    /// Other directors' MAC addresses.
    case setPeers([MACAddress])
}

/// What of a service becomes other than it is; nil stays. Its real servers have changes of their own.
public struct ServiceEdit: Hashable, Sendable {
    public var scheduler: Scheduler?
    public var schedulerFlags: Set<SchedulerFlag>?
    public var persistence: Edit<Persistence?>
    public var onePacket: Bool?
    public var onDown: OnDownPolicy?
    public var arp: ARPMode?
    public var check: Edit<HealthCheck?>
    public var minimumUp: UInt32?
    public var sorryServer: Edit<IPAddress?>
    public var slowStart: UInt32?

    public init(
        scheduler: Scheduler? = nil, schedulerFlags: Set<SchedulerFlag>? = nil,
        persistence: Edit<Persistence?> = .keep, onePacket: Bool? = nil,
        onDown: OnDownPolicy? = nil, arp: ARPMode? = nil, check: Edit<HealthCheck?> = .keep,
        minimumUp: UInt32? = nil, sorryServer: Edit<IPAddress?> = .keep, slowStart: UInt32? = nil
    ) {
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
    }
}

/// What of a real server becomes other than it is; nil stays.
public struct RealServerEdit: Hashable, Sendable {
    public var weight: UInt16?
    public var upperThreshold: UInt32?
    public var lowerThreshold: UInt32?
    public var check: RealServerCheck?

    public init(
        weight: UInt16? = nil, upperThreshold: UInt32? = nil, lowerThreshold: UInt32? = nil,
        check: RealServerCheck? = nil
    ) {
        self.weight = weight
        self.upperThreshold = upperThreshold
        self.lowerThreshold = lowerThreshold
        self.check = check
    }
}

/// A new value, or the old one; for what can also be taken away.
public enum Edit<Value: Hashable & Sendable>: Hashable, Sendable {
    case keep
    case set(Value)
}
