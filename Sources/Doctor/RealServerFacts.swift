// SPDX-License-Identifier: Apache-2.0

import LVSModel

/// What is asked of a real server, by frames to its MAC address.
enum ProbeQuestion: Hashable, Sendable {
    /// An echo to its own address.
    case echo
    /// The same, as large as the interface's MTU lets it be, not to be fragmented.
    case fullSize
    /// The same, in the name of an address that is nobody's: the answer leaves by its gateway.
    case stranger
    /// An echo to the VIP.
    case vip(IPAddress)
    /// A SYN to the VIP's port.
    case port(IPAddress, UInt16)
}

enum ProbeAnswer: Hashable, Sendable {
    /// An echo came back.
    case reply
    /// One came back in fragments.
    case fragments
    /// The port is open.
    case accepted
    /// The port is closed.
    case refused
    /// It is too large for it, or for a router.
    case tooBig
    /// An ICMP error came for it.
    case unreachable
    /// The question itself came back: whom it was for passed it on, by way of this host.
    case returned
}

/// A real server, as it was seen when it was asked.
struct RealServerFacts: Sendable {
    let address: IPAddress
    /// The VIPs that it serves.
    var vips: [IPAddress] = []
    /// The TCP services' VIPs and first ports, without those for any port.
    var ports: [ServicePort] = []
    var route = HostRoute.unreachable
    /// The interface of the route; nil where it has none of its own.
    var egress: HostLink?
    /// Those that answered for its address.
    var macs: Set<MACAddress> = []
    /// What the kernel's neighbour table says.
    var kernelMAC: MACAddress?
    /// What others heard from it about the VIPs.
    var claims: [VIPClaim] = []
    var answers: [ProbeQuestion: Set<ProbeAnswer>] = [:]
    /// Why it was not asked.
    var unasked: Unasked?

    init(address: IPAddress) {
        self.address = address
    }

    struct ServicePort: Hashable, Sendable {
        var vip: IPAddress
        var port: UInt16

        var description: String { "\(vip.beforePort):\(port)" }
    }

    /// Where frames for it are sent.
    var mac: MACAddress? { macs.min { $0.rawValue < $1.rawValue } ?? kernelMAC }

    /// Whether it gave any sign of life.
    var isAlive: Bool { !macs.isEmpty || answers.values.contains { !$0.isEmpty } }

    /// All that it is asked. The VIPs come first: who asks for this host's MAC address in a VIP's name
    /// does so now.
    var questions: [ProbeQuestion] {
        vips.map { .vip($0) } + ports.map { .port($0.vip, $0.port) } + [
            .echo, .fullSize, .stranger,
        ]
    }

    func answers(to question: ProbeQuestion) -> Set<ProbeAnswer> {
        answers[question] ?? []
    }
}

/// Why something was not asked, and what mends that.
struct Unasked: Error, Hashable, Sendable {
    var reason: String
    var mend: String
}
