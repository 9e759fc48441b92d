// SPDX-License-Identifier: Apache-2.0

import Lab

/// Addresses of a line, and how its interfaces come up. All contenders have the same.
enum Wiring {
    static let vip = "192.168.142.100"
    static let vip6 = "fd00:8e::100"
    static let client = "192.168.142.3"
    static let realNetwork = "192.168.143"
    static let real = ServiceSet.address(0)
    static let real6 = "fd00:8f::5"
    static let udpPort = 9
    static let tcpPort = 80
    static let iperfPort = 5201

    static let clientMAC = "02:00:00:00:00:01"
    static let directorMAC = "02:00:00:00:00:02"
    /// Of its interface towards the real server.
    static let egressMAC = "02:00:00:00:00:03"
    static let realMAC = "02:00:00:00:00:04"
    /// Of the straight cable's ends.
    static let straightRealMAC = "02:00:00:00:00:05"
    static let straightClientMAC = "02:00:00:00:00:06"

    /// - Parameter way: where the client's frames for the VIP go: to which interface and to whom.
    static func commands(_ line: Line, way: Contender.Way) -> [HostName: [String]] {
        let (interface, mac) =
            switch way {
            case .straight: ("eth1", straightRealMAC)
            case .switched: ("eth0", realMAC)
            case .director: ("eth0", directorMAC)
            }
        return [
            .client: up("eth0", clientMAC) + up("eth1", straightClientMAC) + [
                "address add \(client)/24 dev eth0", "address add fd00:8e::3/64 dev eth0 nodad",
                "route add \(vip)/32 dev \(interface) src \(client)",
                "neigh add \(vip) lladdr \(mac) nud permanent dev \(interface)",
            ],
            .director: up(line.ingress, directorMAC) + up("eth1", egressMAC) + [
                "address add 192.168.142.4/24 dev \(line.ingress)",
                "address add fd00:8e::4/64 dev \(line.ingress) nodad",
                "address add 192.168.143.4/24 dev eth1",
                "address add fd00:8f::4/64 dev eth1 nodad",
            ],
            .web(1): up("eth0", realMAC) + up(line.straight, straightRealMAC) + [
                "address add \(vip)/32 dev lo", "address add \(vip6)/128 dev lo nodad",
                "address add \(real6)/64 dev eth0 nodad",
                "route add \(client)/32 dev \(line.straight) src \(vip)",
                "neigh add \(client) lladdr \(straightClientMAC) nud permanent"
                    + " dev \(line.straight)",
            ]
                + (0..<ServiceSet.addresses).map {
                    "address add \(ServiceSet.address($0))/24 dev eth0"
                },
        ]
    }

    private static func up(_ interface: String, _ mac: String) -> [String] {
        ["link set dev lo up", "link set dev \(interface) address \(mac) up"]
    }
}
