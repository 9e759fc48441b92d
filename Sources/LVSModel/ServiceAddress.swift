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

/// What names a virtual service: VIP, port, protocol.
public struct ServiceAddress: Hashable, Sendable {
    public let address: IPAddress
    /// 1...65535, host byte order.
    public let port: UInt16
    public let transport: TransportProtocol

    public init(address: IPAddress, port: UInt16, transport: TransportProtocol) {
        self.address = address
        self.port = port
        self.transport = transport
    }
}

extension ServiceAddress: Comparable {
    public static func < (left: ServiceAddress, right: ServiceAddress) -> Bool {
        (left.address, left.port, left.transport.rawValue)
            < (right.address, right.port, right.transport.rawValue)
    }
}

extension ServiceAddress: CustomStringConvertible {
    /// As ipvsadm writes it: `TCP 192.168.142.100:80`.
    public var description: String {
        "\(transport.rawValue.uppercased()) \(address):\(port)"
    }
}
