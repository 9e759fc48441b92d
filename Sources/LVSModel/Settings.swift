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

/// All that one director is asked to do: the configuration file's content as values.
public struct DirectorSettings: Hashable, Sendable {
    /// The interface that the VIPs' frames come in by.
    public var interface: String
    public var sourceMAC: SourceMACMode
    public var timeouts: FlowTimeouts
    public var answers: AnswerPolicy
    /// How many flows the flow table holds, 1,024...67,108,864.
    public var flowCapacity: Int
    /// How many threads forward, 1...64; nil for one per core, up to four.
    public var workers: Int?
    /// Folder of the control socket and other run-time state.
    public var runtimeDirectory: String
    /// In the order of the file; no two have the same address.
    public var services: [VirtualService]

    public init(
        interface: String,
        sourceMAC: SourceMACMode = .director,
        timeouts: FlowTimeouts = FlowTimeouts(),
        answers: AnswerPolicy = AnswerPolicy(),
        flowCapacity: Int = 1_048_576,
        workers: Int? = nil,
        runtimeDirectory: String = "/run/lvsdr",
        services: [VirtualService] = []
    ) {
        self.interface = interface
        self.sourceMAC = sourceMAC
        self.timeouts = timeouts
        self.answers = answers
        self.flowCapacity = flowCapacity
        self.workers = workers
        self.runtimeDirectory = runtimeDirectory
        self.services = services
    }
}
