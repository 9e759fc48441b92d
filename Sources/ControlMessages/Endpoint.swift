// SPDX-License-Identifier: Apache-2.0

public import LVSModel

/// An address and a port.
///
/// Valid text: `192.168.142.100:80`, `[fd00::1]:443`. Invalid: `192.168.142.100` (no port),
/// `fd00::1:443` (no brackets), `192.168.142.100:0`, `web:80` (a name).
public struct Endpoint: Hashable, Sendable, CustomStringConvertible {
    public var address: IPAddress
    /// 1...65,535, host byte order.
    public var port: UInt16

    public init?(_ text: some StringProtocol) {
        guard let colon = text.lastIndex(of: ":") else { return nil }
        let digits = text[text.index(after: colon)...]
        guard !digits.isEmpty, digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
            let port = UInt16(digits), port > 0
        else { return nil }
        var host = text[..<colon][...]
        let isBracketed = host.hasPrefix("[") && host.hasSuffix("]")
        if isBracketed { host = host.dropFirst().dropLast() }
        guard let address = IPAddress(host), (address.family == .ipv6) == isBracketed else {
            return nil
        }
        self.address = address
        self.port = port
    }

    /// Such as `192.168.142.100:80`, `[fd00::1]:443`.
    public var description: String { "\(address.beforePort):\(port)" }
}

extension ServiceAddress {
    /// Reads `VIP:PORT`, `VIP:PORT/tcp` or `VIP:PORT/udp`.
    public init?(endpoint text: some StringProtocol) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count <= 2, let endpoint = Endpoint(parts[0]),
            let transport = parts.count == 2 ? TransportProtocol(rawValue: "\(parts[1])") : .tcp
        else { return nil }
        self.init(address: endpoint.address, port: endpoint.port, transport: transport)
    }

    /// What `init(endpoint:)` reads, for an address with one port.
    var endpointText: String {
        "\(address.beforePort):\(ports.first)/\(transport.rawValue)"
    }
}
