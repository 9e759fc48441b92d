// SPDX-License-Identifier: Apache-2.0

/// What the host's kernel says of an interface.
public struct HostLink: Hashable, Sendable {
    public var index: Int32
    public var name: String
    /// nil for an interface without an Ethernet address.
    public var mac: MACAddress?
    /// Administratively up and with carrier.
    public var isRunning: Bool
    public var mtu: UInt32

    public init(index: Int32, name: String, mac: MACAddress?, isRunning: Bool, mtu: UInt32) {
        self.index = index
        self.name = name
        self.mac = mac
        self.isRunning = isRunning
        self.mtu = mtu
    }
}

/// An entry of the kernel's neighbour table.
public struct HostNeighbour: Hashable, Sendable {
    public var interface: Int32
    public var address: IPAddress
    /// nil while the entry is unresolved (INCOMPLETE, FAILED, NONE) or was deleted.
    public var mac: MACAddress?

    public init(interface: Int32, address: IPAddress, mac: MACAddress?) {
        self.interface = interface
        self.address = address
        self.mac = mac
    }
}

/// How the host's routes reach an address.
public enum HostRoute: Hashable, Sendable {
    /// On a network that this interface is connected to.
    case onLink(interface: Int32)
    /// Only by way of a router: direct routing can not serve it.
    case gateway(IPAddress, interface: Int32)
    /// An address of this host.
    case local
    case unreachable
}

/// A change that the kernel told of.
public enum HostNetworkEvent: Hashable, Sendable {
    /// The link as it is now.
    case link(HostLink)
    case linkRemoved(index: Int32)
    case neighbour(HostNeighbour)
    /// Routes or addresses changed: ask again.
    case routesChanged
    /// Events were lost (the socket's buffer ran over): read everything again.
    case overrun
}
