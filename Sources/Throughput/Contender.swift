// SPDX-License-Identifier: Apache-2.0

import Lab

/// Something that brings frames from the client to the real server, to be compared with others.
public struct Contender: Sendable {
    /// Short, and no other's.
    public let name: String
    /// What it is, for the results page.
    public let summary: String
    let way: Way
    /// Whether it has a flow table, which is filled before many flows are measured.
    var keepsFlows = false
    var services = ServiceSet.usual
    /// What `ethtool -K` sets at the director's interface towards the client, beside what it sets for
    /// all.
    var features: [String] = []
    /// Starts it on the line's director.
    let start: @Sendable (Stage) async throws(BenchError) -> Started

    /// What was started.
    struct Started: Sendable {
        /// The processes that do its work, beside the kernel's thread that receives.
        var processes: [Int32] = []
        /// lvsdrd, where it is that.
        var daemon: RunningDaemon?
    }

    /// How the client's frames go.
    enum Way: Sendable {
        /// Over the cable that leads past the director.
        case straight
        /// Through the director, to the real server's MAC address.
        case switched
        /// To the director's MAC address.
        case director
    }

    /// What the others are compared with.
    public static let referenceName = "nftables"

    /// All of them, in the table's order.
    public static let all: [Contender] = [
        none, bridge, nftables, ipvs,
        minimal(
            "xdp", "a minimal XDP program without state: rewrite, redirect", keepsFlows: false),
        minimal("xdp-flows", "the same with a flow table, a cache line a flow"),
        minimal("af-xdp", "a minimal AF_XDP forwarder, copy mode, with a flow table"),
        minimal(
            "af-packet", "a minimal AF_PACKET forwarder, V2 ring in, sendmmsg out, flow table"),
        lvsdrd("lvsdrd", "lvsdrd as it comes"),
        lvsdrd(
            "lvsdrd-af-xdp", "lvsdrd with its AF_XDP port, copy mode",
            settings: "port: xdp\nacceleration: off"),
        lvsdrd("lvsdrd-xdp", "lvsdrd with XDP acceleration", settings: "acceleration: on"),
        lvsdrd(
            "lvsdrd-xdp-hash", "the same with a hash scheduler", scheduler: "mh",
            settings: "acceleration: on"),
        lvsdrd(
            "lvsdrd-xdp-both", "lvsdrd with XDP acceleration and its AF_XDP port",
            settings: "port: xdp\nacceleration: on"),
    ]

    /// lvsdrd in its tiers, with ever more services.
    public static let growing: [Contender] = [1, 100, 10_000].flatMap { count in
        let services = ServiceSet.many(count)
        let words = "with \(count) services of \(ServiceSet.realServersEach) real servers"
        return [
            lvsdrd("packet-\(count)", "AF_PACKET, \(words)", scheduler: "wlc", services: services),
            lvsdrd(
                "xdp-\(count)", "XDP acceleration by flow lines, \(words)", scheduler: "wlc",
                settings: "acceleration: on", services: services),
            lvsdrd(
                "hash-\(count)", "XDP acceleration by hash slots, \(words)", scheduler: "mh",
                settings: "acceleration: on", services: services),
        ]
    }

    static let none = Contender(
        name: "none", summary: "no director: the frames go straight to the real server",
        way: .straight
    ) { (_) throws(BenchError) in Started() }

    static let bridge = Contender(
        name: "bridge", summary: "the kernel's bridge, which forwards by MAC address alone",
        way: .switched
    ) { (stage) throws(BenchError) in
        try await stage.onDirector([
            "link add lan type bridge stp_state 0 forward_delay 0 mcast_snooping 0",
            "address flush dev \(stage.line.ingress)", "address flush dev eth1",
            "link set dev \(stage.line.ingress) master lan", "link set dev eth1 master lan",
            "link set dev lan up",
        ])
        try await stage.director([
            "bridge", "fdb", "replace", Wiring.realMAC, "dev", "eth1", "master", "static",
        ])
        return Started()
    }

    /// The rules that nftlb writes for direct routing.
    static let nftables = Contender(
        name: referenceName, summary: "nftables, netdev ingress, as nftlb sets it up for DSR",
        way: .director
    ) { (stage) throws(BenchError) in
        let file = try stage.write(Rules.text(ingress: stage.line.ingress), to: "rules.nft")
        try await stage.director(["nft", "-f", file])
        return Started()
    }

    /// The kernel's own balancer, by ipvsadm, where the kernel has it.
    static let ipvs = Contender(
        name: "ipvs", summary: "the kernel's IPVS, direct routing", way: .director
    ) { (stage) throws(BenchError) in
        guard (try? await stage.director(["ipvsadm", "--list"])) != nil else {
            throw .unsupported("ipvsadm finds no IPVS (ip_vs) in this kernel, or is not installed")
        }
        try await stage.onDirector([
            "address add \(Wiring.vip)/32 dev lo", "address add \(Wiring.vip6)/128 dev lo nodad",
        ])
        let services = [
            ("-u", "\(Wiring.vip):9", Wiring.real), ("-t", "\(Wiring.vip):80", Wiring.real),
            ("-t", "\(Wiring.vip):5201", Wiring.real),
            ("-u", "[\(Wiring.vip6)]:9", "[\(Wiring.real6)]"),
        ]
        for (kind, service, real) in services {
            try await stage.director(["ipvsadm", "-A", kind, service, "-s", "rr"])
            try await stage.director(["ipvsadm", "-a", kind, service, "-r", real, "-g"])
        }
        return Started()
    }

    /// A forwarder of `lvsdr-traffic`.
    static func minimal(
        _ name: String, _ summary: String, keepsFlows: Bool = true
    ) -> Contender {
        Contender(name: name, summary: summary, way: .director, keepsFlows: keepsFlows) {
            (stage) throws(BenchError) in
            let words = [
                "forward", "by=\(name)", "cpu=\(stage.directorCPU)", "vip=\(Wiring.vip)",
                "vip6=\(Wiring.vip6)", "port=0", "to=\(Wiring.realMAC)",
                "from=\(Wiring.egressMAC)", "ingress=\(stage.line.ingress)", "egress=eth1",
            ]
            let process = try await stage.start([stage.programs.traffic] + words, label: name)
            try await stage.wait(for: process) {
                (try? process.output())?.contains("ready") == true
            }
            return Started(processes: [process.pid])
        }
    }
}
