// SPDX-License-Identifier: Apache-2.0

/// Who answers ARP and ping for a VIP.
public enum ARPMode: String, Hashable, Sendable, CaseIterable {
    /// The data plane: no interface of the host needs to hold the VIP.
    case director
    /// The host's kernel: an interface holds the VIP.
    case host
}

/// The source MAC address of a forwarded frame.
public enum SourceMACMode: String, Hashable, Sendable, CaseIterable {
    /// The egress interface's own, as a learning switch needs it.
    case director
    /// As it came in.
    case preserve
}

/// Idle time after which a flow is forgotten, in whole seconds of 1...604,800.
///
/// The three that `ipvsadm --set tcp tcpfin udp` sets; the other states have fixed ones.
public struct FlowTimeouts: Hashable, Sendable {
    /// TCP, established.
    public var tcp: UInt32
    /// TCP after the client's FIN.
    public var tcpFin: UInt32
    public var udp: UInt32

    /// IPVS's defaults: 900 s, 120 s, 300 s.
    public init(tcp: UInt32 = 900, tcpFin: UInt32 = 120, udp: UInt32 = 300) {
        self.tcp = tcp
        self.tcpFin = tcpFin
        self.udp = udp
    }
}

/// Whether a director serves, or waits to take over from another one.
public enum Role: String, Hashable, Sendable, CaseIterable {
    case active
    /// It checks health, and answers, announces and forwards nothing.
    case standby
}

/// Whether an XDP program sends what is decided already.
public enum Acceleration: String, Hashable, Sendable, CaseIterable {
    /// Where the interface is a network card whose driver runs such programs.
    case auto
    /// On virtual interfaces too.
    case on
    case off
}

/// What the frames of the VIPs come by.
public enum PortKind: String, Hashable, Sendable, CaseIterable {
    /// AF_PACKET, on any interface.
    case packet
    /// AF_XDP, where the interface's driver runs XDP programs.
    case xdp
}

/// What the frames of the VIPs do come by.
public enum PortInUse: String, Hashable, Sendable, CaseIterable {
    case packet
    /// The kernel copies them; a driver without a better way.
    case xdpCopy = "xdp-copy"
    /// The driver reads and writes our memory.
    case xdpZeroCopy = "xdp-zero-copy"
}

/// Where a TCP server listens.
public struct SocketAddress: Hashable, Sendable, CustomStringConvertible {
    public var address: IPAddress
    /// 1...65,535, host byte order.
    public var port: UInt16

    public init(address: IPAddress, port: UInt16) {
        self.address = address
        self.port = port
    }

    /// Such as `127.0.0.1:9707`, `[::1]:9707`.
    public var description: String { "\(address.beforePort):\(port)" }
}

/// All that one director is asked to do: the configuration file's content as values.
public struct DirectorSettings: Hashable, Sendable {
    /// The interface that the VIPs' frames come in by.
    public var interface: String
    public var sourceMAC: SourceMACMode
    public var port: PortKind
    public var acceleration: Acceleration
    public var timeouts: FlowTimeouts
    public var answers: AnswerPolicy
    /// How many flows the flow table holds, 1,024...67,108,864.
    public var flowCapacity: Int
    /// How many threads forward, 1...64; nil for one per core, up to four.
    public var workers: Int?
    /// How many health checks run at once at most, 1...10,000.
    public var checkLimit: Int
    /// Whether it serves as soon as it has started.
    public var start: Role
    /// MAC addresses of other directors that may hold the VIPs: what they say of them is no conflict.
    /// In the order of the file, at most `maximumPeers`, each once.
    public var peers: [MACAddress]
    /// Where Prometheus finds the figures; nil: on the sockets in the runtime directory only.
    public var metrics: SocketAddress?
    /// Folder of the control socket and other run-time state.
    public var runtimeDirectory: String
    /// In the order of the file; no two have the same address.
    public var services: [VirtualService]

    public static let maximumPeers = 16

    public init(
        interface: String,
        sourceMAC: SourceMACMode = .director,
        port: PortKind = .packet,
        acceleration: Acceleration = .auto,
        timeouts: FlowTimeouts = FlowTimeouts(),
        answers: AnswerPolicy = AnswerPolicy(),
        flowCapacity: Int = 1_048_576,
        workers: Int? = nil,
        checkLimit: Int = 256,
        start: Role = .active,
        peers: [MACAddress] = [],
        metrics: SocketAddress? = nil,
        runtimeDirectory: String = "/run/lvsdr",
        services: [VirtualService] = []
    ) {
        self.interface = interface
        self.sourceMAC = sourceMAC
        self.port = port
        self.acceleration = acceleration
        self.timeouts = timeouts
        self.answers = answers
        self.flowCapacity = flowCapacity
        self.workers = workers
        self.checkLimit = checkLimit
        self.start = start
        self.peers = peers
        self.metrics = metrics
        self.runtimeDirectory = runtimeDirectory
        self.services = services
    }
}
