// SPDX-License-Identifier: Apache-2.0

/// What a service or a real server was given since the data plane started.
public struct Traffic: Hashable, Sendable {
    /// Flows scheduled.
    public var connections: UInt64
    /// Frames forwarded; a super-frame counts once, as in IPVS.
    public var packets: UInt64
    /// Their IP lengths.
    public var bytes: UInt64

    public init(connections: UInt64 = 0, packets: UInt64 = 0, bytes: UInt64 = 0) {
        self.connections = connections
        self.packets = packets
        self.bytes = bytes
    }
}

/// Flows of a real server at this moment, as ipvsadm's ActiveConn and InActConn.
public struct FlowCounts: Hashable, Sendable {
    /// TCP in SYN_RECV or ESTABLISHED.
    public var active: UInt32
    /// All others; UDP is never active.
    public var inactive: UInt32
    /// Persistence templates, which are in neither of the two.
    public var persistent: UInt32

    public init(active: UInt32 = 0, inactive: UInt32 = 0, persistent: UInt32 = 0) {
        self.active = active
        self.inactive = inactive
        self.persistent = persistent
    }
}

/// What became of a frame.
public enum Verdict: String, Hashable, Sendable, CaseIterable {
    case tx = "TX"
    case answer = "ANSWER"
    case hold = "HOLD"
    case pass = "PASS"
    case drop = "DROP"
}

/// Frames that left the pipeline by one of its exits.
public struct ExitCount: Hashable, Sendable {
    public var verdict: Verdict
    /// The exit's name, such as `no-service`.
    public var reason: String
    public var frames: UInt64

    public init(verdict: Verdict, reason: String, frames: UInt64) {
        self.verdict = verdict
        self.reason = reason
        self.frames = frames
    }
}

/// How many services the XDP program sends for.
public struct AcceleratedServices: Hashable, Sendable {
    /// Their known flows go by the slots of their scheduler.
    public var bySlots: UInt32
    /// Their flows are looked up.
    public var byLines: UInt32
    /// Of `byLines`: the scheduler has slots, for which there is no room.
    public var withoutRoom: UInt32
    /// Those whose every frame is userspace's.
    public var inUserspace: UInt32

    public init(bySlots: UInt32, byLines: UInt32, withoutRoom: UInt32, inUserspace: UInt32) {
        self.bySlots = bySlots
        self.byLines = byLines
        self.withoutRoom = withoutRoom
        self.inUserspace = inUserspace
    }
}

/// A reading of all counters of the data plane.
public struct DataPlaneCounters: Sendable {
    /// One for each exit of the pipeline, also those that nothing took.
    public var exits: [ExitCount]
    /// Frames that the receive ring took, and frames that it had no room for.
    public var ringFrames: UInt64
    public var ringDrops: UInt64
    /// Frames that were sent, and frames that the way out refused.
    public var framesSent: UInt64
    public var sendFailures: UInt64
    /// What its frames come by.
    public var port: PortInUse
    /// Flows in the table, and how many it holds.
    public var flows: UInt64
    public var flowCapacity: UInt64
    /// Frames that the XDP program sent; the figures of services and real servers have them too.
    public var accelerated: UInt64
    /// By what the XDP program does for them; nil where there is none.
    public var acceleratedServices: AcceleratedServices?
    /// Half-open flows that made room for new ones while the table was full.
    public var flowsEvicted: UInt64
    /// By the service's index in the forwarding table.
    public var services: [UInt32: Traffic]
    /// By the real server's index in the forwarding table.
    public var realServers: [UInt32: RealCounters]

    public init(
        port: PortInUse = .packet, exits: [ExitCount] = [], ringFrames: UInt64 = 0,
        ringDrops: UInt64 = 0, framesSent: UInt64 = 0, sendFailures: UInt64 = 0, flows: UInt64 = 0,
        flowCapacity: UInt64 = 0, accelerated: UInt64 = 0, flowsEvicted: UInt64 = 0,
        services: [UInt32: Traffic] = [:], realServers: [UInt32: RealCounters] = [:]
    ) {
        self.port = port
        self.exits = exits
        self.ringFrames = ringFrames
        self.ringDrops = ringDrops
        self.framesSent = framesSent
        self.sendFailures = sendFailures
        self.flows = flows
        self.flowCapacity = flowCapacity
        self.accelerated = accelerated
        self.flowsEvicted = flowsEvicted
        self.services = services
        self.realServers = realServers
    }

    public struct RealCounters: Hashable, Sendable {
        public var traffic: Traffic
        public var flows: FlowCounts

        public init(traffic: Traffic = Traffic(), flows: FlowCounts = FlowCounts()) {
            self.traffic = traffic
            self.flows = flows
        }
    }
}
