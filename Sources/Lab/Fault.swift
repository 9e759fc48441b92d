// SPDX-License-Identifier: Apache-2.0

/// What goes wrong in clusters with direct routing, each on one real server.
public enum Fault: String, Hashable, Sendable, CaseIterable {
    case arpIgnore = "arp-ignore"
    case arpAnnounce = "arp-announce"
    case noVIP = "no-vip"
    case killWeb = "kill-web"
    case hangWeb = "hang-web"
    case swapNIC = "swap-nic"
    case linkDown = "link-down"
    case smallMTU = "small-mtu"
    case gatewayDirector = "gateway-director"

    /// What it is, in words for people.
    public var sentence: String {
        switch self {
        case .arpIgnore: "it answers ARP for the VIP (arp_ignore is 0)"
        case .arpAnnounce: "it names the VIP as sender when it asks for others (arp_announce is 0)"
        case .noVIP: "the VIP is not on its lo"
        case .killWeb: "its web server is killed"
        case .hangWeb: "its web server is stopped: it accepts, and does not answer"
        case .swapNIC: "its network card is another one, with another MAC address"
        case .linkDown: "its cable is out"
        case .smallMTU: "its interface takes packets of 1,280 bytes at most"
        case .gatewayDirector: "its gateway is the director"
        }
    }
}

/// A fault where it was made.
public struct MadeFault: Hashable, Sendable, CustomStringConvertible {
    public let fault: Fault
    public let host: HostName

    public init(_ fault: Fault, on host: HostName) {
        self.fault = fault
        self.host = host
    }

    /// Such as `arp-ignore web1`.
    public var description: String { "\(fault.rawValue) \(host)" }

    init?(_ line: Substring) {
        let words = line.split(separator: " ").map(String.init)
        guard words.count == 2, let fault = Fault(rawValue: words[0]),
            let host = HostName(realServer: words[1])
        else { return nil }
        self.init(fault, on: host)
    }
}

/// Where a shell line runs.
struct FaultStep {
    let host: HostName
    let line: String
}

extension MadeFault {
    /// What makes it.
    func making(_ topology: Topology, folder: String) -> [FaultStep] {
        switch fault {
        case .arpIgnore: [kernel("arp_ignore", 0)]
        case .arpAnnounce: [kernel("arp_announce", 0)]
        case .noVIP:
            [
                here(
                    """
                    ip address del \(topology.vip)/32 dev lo && \
                    ip address del \(topology.vip6)/128 dev lo
                    """)
            ]
        case .killWeb: [here("kill $(cat \(folder)/nginx.pid)")]
        case .hangWeb: [here("kill -STOP $(cat \(folder)/nginx.pid)")]
        case .swapNIC: [here("ip link set dev eth0 address \(Self.otherMAC)")]
        case .linkDown: [cable("down")]
        case .smallMTU: [here("ip link set dev eth0 mtu 1280")]
        case .gatewayDirector: [gateway(topology[.director], topology)]
        }
    }

    /// What takes it away again, also where somebody has mended it meanwhile.
    func healing(_ topology: Topology, folder: String) -> [FaultStep] {
        switch fault {
        case .arpIgnore: [kernel("arp_ignore", 1)]
        case .arpAnnounce: [kernel("arp_announce", 2)]
        case .noVIP:
            [
                here(
                    """
                    ip address replace \(topology.vip)/32 dev lo label lo:0 && \
                    ip address replace \(topology.vip6)/128 dev lo nodad && \
                    ip route replace \(topology.vip)/32 dev lo
                    """)
            ]
        case .killWeb:
            [
                here(
                    """
                    kill -0 $(cat \(folder)/nginx.pid) 2>/dev/null || \
                    exec nginx -p \(folder) -c nginx.conf -e stderr \
                    -g 'daemon on; master_process off;' 2>>\(folder)/nginx.err
                    """)
            ]
        case .hangWeb: [here("kill -CONT $(cat \(folder)/nginx.pid)")]
        case .swapNIC: [here("ip link set dev eth0 address \(topology[host].mac)")]
        case .linkDown: [cable("up")]
        case .smallMTU: [here("ip link set dev eth0 mtu 1500")]
        case .gatewayDirector:
            topology.hasRouter
                ? [gateway(topology[.router], topology)]
                : [here("ip route del default; ip -6 route del default; true")]
        }
    }

    private static let otherMAC = "02:00:00:00:00:99"

    private func here(_ line: String) -> FaultStep {
        FaultStep(host: host, line: line)
    }

    private func kernel(_ name: String, _ value: Int) -> FaultStep {
        here(
            "sysctl -q net.ipv4.conf.all.\(name)=\(value) net.ipv4.conf.lo.\(name)=\(value)")
    }

    private func cable(_ state: String) -> FaultStep {
        FaultStep(host: .switch, line: "ip link set dev \(host)-eth0 \(state)")
    }

    private func gateway(_ gateway: Host, _ topology: Topology) -> FaultStep {
        let place = gateway.interface(facing: topology[host])
        return here(
            """
            ip route replace default via \(place.address) && \
            ip -6 route replace default via \(place.address6)
            """)
    }
}
