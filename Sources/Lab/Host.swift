// SPDX-License-Identifier: Apache-2.0

public import LVSModel

/// A host of a lab: a network namespace with its interfaces and settings.
public struct Host: Hashable, Sendable {
    public let name: HostName
    /// At least one; the first is `eth0`.
    public let interfaces: [Interface]
    /// Lines of `sysctl.conf`, in the order in which they are written.
    let kernelSettings: [String]
    /// Lines of `ip -batch` for what the host has beside its interfaces and their addresses.
    let additions: [String]

    /// The IPv4 address of `eth0`.
    public var address: IPAddress { interfaces[0].address }

    /// The IPv6 address of `eth0`.
    public var address6: IPAddress { interfaces[0].address6 }

    /// The Ethernet address of `eth0`.
    public var mac: MACAddress { interfaces[0].mac }

    /// The interface that the other host reaches without a gateway; `eth0` where there is none.
    func interface(facing other: Host) -> Interface {
        let lans = Set(other.interfaces.map(\.lan))
        return interfaces.first { lans.contains($0.lan) } ?? interfaces[0]
    }

    /// An interface, plugged into a port of the switch.
    public struct Interface: Hashable, Sendable {
        /// `eth0`, `eth1`.
        public let name: String
        /// The switch's bridge that it is plugged into: 0 is `lan0`.
        public let lan: Int
        /// In a network of 24 bits.
        public let address: IPAddress
        /// In a network of 64 bits.
        public let address6: IPAddress

        /// The IPv4 address's number behind two fixed bytes: 192.168.142.4 has `02:00:c0:a8:8e:04`.
        public var mac: MACAddress {
            MACAddress(rawValue: 0x0200_0000_0000 | UInt64(address.ipv4 ?? 0))
        }
    }
}

extension Host {
    /// What `ip -batch` does in the host's namespace.
    var linkCommands: [String] {
        let up = interfaces.flatMap { interface in
            [
                "address add \(interface.address)/24 dev \(interface.name)",
                "address add \(interface.address6)/64 dev \(interface.name) nodad",
                "link set dev \(interface.name) up",
            ]
        }
        return ["link set dev lo up"] + up + additions
    }

    /// What `ip -batch` does in the switch's namespace to plug the host in. The cable is made
    /// between the two namespaces, so that no other one ever sees it.
    func cableCommands(in lab: LabName) -> [String] {
        interfaces.flatMap { interface in
            let port = "\(name)-\(interface.name)"
            return [
                "link add \(port) type veth peer name \(interface.name)"
                    + " address \(interface.mac) netns \(lab.namespace(of: name))",
                "link set dev \(port) master lan\(interface.lan) up",
            ]
        }
    }
}
