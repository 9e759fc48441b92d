// SPDX-License-Identifier: Apache-2.0

public import LVSModel

/// The answer of `GET /v1/status`: how the director is.
///
/// Words such as the phase are strings, so that a reader lives on when a newer director says one
/// that it does not know.
public struct StatusMessage: ControlMessage {
    /// The director's own version.
    public var version: String
    /// `starting`, `serving` or `stopping`.
    public var phase: String
    /// `active` or `standby`.
    public var role: String
    public var uptimeSeconds: UInt64
    /// The VIPs' interface; null while it is not there.
    @Nullable public var interface: InterfaceMessage?
    /// What the frames of the VIPs come by: `packet`, `xdp-copy` or `xdp-zero-copy`.
    public var port: String
    /// What the XDP program does for the services; null while nothing is accelerated.
    @Nullable public var acceleration: AccelerationMessage?
    /// How often a forwarding table was published.
    public var publications: UInt64
    /// How often a real server's MAC address became another one.
    public var macChanges: UInt64
    /// How often another host claimed a VIP, in ARP or neighbour discovery.
    public var arpConflicts: UInt64
    /// Of all services together.
    public var rates: RatesMessage
    public var flows: FlowTableMessage
    public var ring: RingMessage
    public var sent: SentMessage
    /// One for each exit of the pipeline, also those that nothing took.
    public var exits: [ExitMessage]
    /// What an operator should look at, a sentence each.
    public var problems: [String]

    public init(_ status: DirectorStatus) {
        version = Version.current
        phase = status.phase.rawValue
        role = status.role.rawValue
        uptimeSeconds = status.uptime
        interface = status.interface.map(InterfaceMessage.init)
        port = status.counters.port.rawValue
        acceleration = status.counters.acceleratedServices.map(AccelerationMessage.init)
        publications = status.publications
        macChanges = status.macChanges
        arpConflicts = status.arpConflicts
        rates = RatesMessage(status.rates)
        flows = FlowTableMessage(
            count: status.counters.flows, capacity: status.counters.flowCapacity,
            evicted: status.counters.flowsEvicted)
        ring = RingMessage(frames: status.counters.ringFrames, drops: status.counters.ringDrops)
        sent = SentMessage(
            frames: status.counters.framesSent, accelerated: status.counters.accelerated,
            failures: status.counters.sendFailures)
        exits = status.counters.exits.map(ExitMessage.init)
        problems = status.problems
    }
}

/// The VIPs' interface.
public struct InterfaceMessage: Codable, Hashable, Sendable {
    public var name: String
    /// null for an interface without an Ethernet address.
    @Nullable public var mac: String?
    /// Administratively up and with carrier.
    public var running: Bool
    public var mtu: UInt32

    init(_ link: HostLink) {
        name = link.name
        mac = link.mac?.description
        running = link.isRunning
        mtu = link.mtu
    }
}

/// Virtual services, by what the XDP program does for them.
public struct AccelerationMessage: Codable, Hashable, Sendable {
    /// Known flows go by the slots of their scheduler.
    public var bySlots: UInt32
    /// Each frame's flow is looked up.
    public var byLines: UInt32
    /// Of `byLines`: the scheduler has slots, for which there is no room.
    public var withoutRoom: UInt32
    /// Every frame is userspace's.
    public var inUserspace: UInt32

    init(_ services: AcceleratedServices) {
        bySlots = services.bySlots
        byLines = services.byLines
        withoutRoom = services.withoutRoom
        inUserspace = services.inUserspace
    }
}

/// Flows in the table, how many it holds, and half-open ones that made room while it was full.
public struct FlowTableMessage: Codable, Hashable, Sendable {
    public var count: UInt64
    public var capacity: UInt64
    public var evicted: UInt64
}

/// Frames that the receive ring took, and frames that it had no room for.
public struct RingMessage: Codable, Hashable, Sendable {
    public var frames: UInt64
    public var drops: UInt64
}

/// Frames that were sent, and frames that the way out refused (its queue was full, or the frame too
/// large for it).
public struct SentMessage: Codable, Hashable, Sendable {
    public var frames: UInt64
    /// By the XDP program; not among `frames`.
    public var accelerated: UInt64
    public var failures: UInt64
}

/// Frames that left the pipeline by one of its exits.
public struct ExitMessage: Codable, Hashable, Sendable {
    /// `TX`, `ANSWER`, `HOLD`, `PASS` or `DROP`.
    public var verdict: String
    /// The exit's name, such as `no-service`.
    public var reason: String
    public var frames: UInt64

    init(_ exit: ExitCount) {
        verdict = exit.verdict.rawValue
        reason = exit.reason
        frames = exit.frames
    }
}
