// SPDX-License-Identifier: Apache-2.0

extension IPAddress {
    /// Reads an address that a colon and something else follow, IPv6 in brackets: of
    /// `[fd00::1]:443` the address and `443`.
    static func beforePort<Text: StringProtocol>(
        _ text: Text
    ) -> (address: IPAddress, port: Text.SubSequence)? {
        let isBracketed = text.utf8.first == UInt8(ascii: "[")
        let end = isBracketed ? text.firstIndex(of: "]") : text.firstIndex(of: ":")
        guard let end else { return nil }
        let host = isBracketed ? text[..<end].dropFirst() : text[..<end]
        let rest = isBracketed ? text[text.index(after: end)...] : text[end...]
        guard rest.utf8.first == UInt8(ascii: ":"), let address = IPAddress(host),
            (address.family == .ipv6) == isBracketed
        else { return nil }
        return (address, rest.dropFirst())
    }
}

extension SocketAddress {
    /// Reads an address and a port.
    ///
    /// Valid text: `127.0.0.1:9707`, `[::1]:9707`. Invalid: `127.0.0.1` (no port), `::1:9707` (no
    /// brackets), `127.0.0.1:0`, `localhost:9707` (a name).
    public init?(_ text: some StringProtocol) {
        guard let (address, digits) = IPAddress.beforePort(text),
            let port = PortSet(digits)?.single
        else { return nil }
        self.init(address: address, port: port)
    }
}

extension ServiceAddress {
    /// Reads what `name` writes; without a protocol it is tcp.
    ///
    /// Valid text: `192.168.142.100:80/tcp`, `192.168.142.100:80`, `[fd00::1]:80,443/udp`,
    /// `10.0.0.1:8000-8100`, `10.0.0.1:any/tcp`. Invalid: `10.0.0.1` (no ports), `fd00::1:80/tcp`
    /// (no brackets), `10.0.0.1:80/sctp`, `10.0.0.1:80/TCP`, `web:80/tcp` (a name).
    public init?(name text: some StringProtocol) {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard let (address, list) = IPAddress.beforePort(parts[0]), let ports = PortSet(list),
            let transport = parts.count == 2 ? TransportProtocol(rawValue: "\(parts[1])") : .tcp
        else { return nil }
        self.init(address: address, ports: ports, transport: transport)
    }

    /// The service in one word, for commands and messages: `192.168.142.100:80/tcp`,
    /// `[fd00::1]:80,443/udp`, `10.0.0.1:any/tcp`.
    public var name: String { "\(address.beforePort):\(ports)/\(transport.rawValue)" }
}
