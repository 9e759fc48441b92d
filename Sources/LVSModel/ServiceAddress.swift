// SPDX-License-Identifier: Apache-2.0

/// The transport protocols that a virtual service can have.
public enum TransportProtocol: String, Hashable, Sendable, CaseIterable {
    case tcp
    case udp

    /// The protocol's number in the IP header.
    public var number: UInt8 {
        switch self {
        case .tcp: 6
        case .udp: 17
        }
    }
}

/// What names a virtual service: VIP, ports, protocol.
public struct ServiceAddress: Hashable, Sendable {
    public let address: IPAddress
    public let ports: PortSet
    public let transport: TransportProtocol

    public init(address: IPAddress, ports: PortSet, transport: TransportProtocol) {
        self.address = address
        self.ports = ports
        self.transport = transport
    }

    /// - Parameter port: 1...65,535, host byte order; 0 is any.
    public init(address: IPAddress, port: UInt16, transport: TransportProtocol) {
        self.init(address: address, ports: PortSet(port), transport: transport)
    }
}

extension ServiceAddress: Comparable {
    public static func < (left: ServiceAddress, right: ServiceAddress) -> Bool {
        (left.address, left.ports, left.transport.rawValue)
            < (right.address, right.ports, right.transport.rawValue)
    }
}

extension ServiceAddress: CustomStringConvertible {
    /// As ipvsadm writes it, `TCP 192.168.142.100:80`, `TCP [fd00::1]:80`; several ports as
    /// `TCP 192.168.142.100:80,443`.
    public var description: String {
        "\(transport.rawValue.uppercased()) \(address.beforePort):\(ports)"
    }
}
