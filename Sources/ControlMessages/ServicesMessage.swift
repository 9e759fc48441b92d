// SPDX-License-Identifier: Apache-2.0

public import LVSModel

/// The answer of `GET /v1/services`: the virtual services with their real servers and figures.
///
/// Connections, packets and bytes are incoming; replies do not pass the director.
public struct ServicesMessage: ControlMessage {
    public var services: [ServiceMessage]

    public init(_ services: [ServiceStatus]) {
        self.services = services.map(ServiceMessage.init)
    }
}

/// A virtual service.
public struct ServiceMessage: Codable, Hashable, Sendable {
    /// The VIP.
    public var address: String
    /// Ascending: `80`, `80,443`, `8000-8100` or `any`.
    public var ports: String
    /// The only one; null when there are several.
    @Nullable public var port: UInt16?
    /// `tcp` or `udp`.
    public var `protocol`: String
    /// ipvsadm's name, such as `rr`.
    public var scheduler: String
    /// Its variations, such as `sh-port`, in alphabetical order.
    public var schedulerFlags: [String]
    /// Seconds that a client keeps its real server after its last new flow; null for none.
    @Nullable public var persistence: UInt32?
    /// Leading bits of a client's address that count for it, 1...32, IPv6 1...128; null for none.
    @Nullable public var persistenceMask: UInt8?
    /// Each packet is scheduled by itself, and no flow is kept.
    public var onePacket: Bool
    /// What becomes of a real server's flows when it is down or removed: `reschedule`, `reset`,
    /// `keep` or `drop`.
    public var onDown: String
    /// Who answers ARP for the VIP: `director` or `host`.
    public var arp: String
    /// Whether the floor of real servers holds some in that checks would take out.
    public var atFloor: Bool
    /// Whether the sorry server serves, because nobody else does.
    public var sorry: Bool
    /// Flows scheduled.
    public var connections: UInt64
    /// Frames forwarded.
    public var packets: UInt64
    /// Their IP lengths.
    public var bytes: UInt64
    public var activeFlows: UInt32
    public var inactiveFlows: UInt32
    /// Clients, or their networks, that keep a real server; in neither of the two above.
    public var persistentFlows: UInt32
    public var rates: RatesMessage
    /// In the order in which they were added.
    public var realServers: [RealServerMessage]

    init(_ service: ServiceStatus) {
        address = service.address.address.description
        ports = service.address.ports.description
        port = service.address.ports.single
        `protocol` = service.address.transport.rawValue
        scheduler = service.scheduler.rawValue
        schedulerFlags = service.schedulerFlags.map(\.rawValue).sorted()
        persistence = service.persistence?.timeout
        persistenceMask = service.persistence?.prefixLength
        onePacket = service.onePacket
        onDown = service.onDown.rawValue
        arp = service.arp.rawValue
        atFloor = service.isAtFloor
        sorry = service.isSorry
        connections = service.traffic.connections
        packets = service.traffic.packets
        bytes = service.traffic.bytes
        activeFlows = service.flows.active
        inactiveFlows = service.flows.inactive
        persistentFlows = service.flows.persistent
        rates = RatesMessage(service.rates)
        realServers = service.realServers.map {
            RealServerMessage($0, port: service.address.ports.single)
        }
    }
}

/// A real server of a virtual service.
public struct RealServerMessage: Codable, Hashable, Sendable {
    /// The RIP.
    public var address: String
    /// The service's own, null when it has several: direct routing does not translate ports.
    @Nullable public var port: UInt16?
    /// 0 takes no new flows.
    public var weight: UInt16
    /// As it is in force: less while it starts slowly, 0 while it is draining or down.
    public var effectiveWeight: UInt16
    /// At so many flows it takes no new ones; 0 for none.
    public var upperThreshold: UInt32
    /// It takes new ones again when it has fewer; 0 for three quarters of the upper one.
    public var lowerThreshold: UInt32
    /// `enabled`, `draining` or `disabled`.
    public var administrativeState: String
    /// While it is draining: when it is removed at the latest, seconds since 1970; null for no limit.
    @Nullable public var drainEnd: UInt64?
    /// `up`, `down` or `unknown`.
    public var health: String
    /// Why it is not up; null when it is.
    @Nullable public var reason: String?
    /// null when it has none.
    @Nullable public var check: CheckMessage?
    @Nullable public var mac: String?
    /// The interface that its frames leave by.
    @Nullable public var interface: String?
    public var activeFlows: UInt32
    public var inactiveFlows: UInt32
    public var persistentFlows: UInt32
    public var connections: UInt64
    public var packets: UInt64
    public var bytes: UInt64
    public var rates: RatesMessage

    init(_ real: RealServerStatus, port: UInt16?) {
        address = real.address.description
        self.port = port
        weight = real.weight
        effectiveWeight = real.effectiveWeight
        upperThreshold = real.upperThreshold
        lowerThreshold = real.lowerThreshold
        administrativeState = real.administrativeState.rawValue
        drainEnd = real.drainEnd
        health = real.health.rawValue
        reason = real.reason
        check = real.check.map { CheckMessage($0, real.checkFigures) }
        mac = real.mac?.description
        interface = real.egress
        activeFlows = real.flows.active
        inactiveFlows = real.flows.inactive
        persistentFlows = real.flows.persistent
        connections = real.traffic.connections
        packets = real.traffic.packets
        bytes = real.traffic.bytes
        rates = RatesMessage(real.rates)
    }
}
