// SPDX-License-Identifier: Apache-2.0

/// Which flows are wanted: those for which all that is set holds.
public struct FlowFilter: Hashable, Sendable {
    /// Of the virtual service that has this VIP, lowest port and protocol now, whichever of its ports
    /// they are for; while there is none, flows for just these.
    public var service: ServiceAddress?
    /// To the real server that has this RIP, in whatever service.
    public var realServer: IPAddress?
    public var clients: Clients?
    public var transport: TransportProtocol?
    public var state: FlowState?

    public init(
        service: ServiceAddress? = nil, realServer: IPAddress? = nil, clients: Clients? = nil,
        transport: TransportProtocol? = nil, state: FlowState? = nil
    ) {
        self.service = service
        self.realServer = realServer
        self.clients = clients
        self.transport = transport
        self.state = state
    }

    /// A client, or a network of clients.
    ///
    /// Valid text: `192.168.142.3`, `10.0.0.0/8`, `10.1.2.3/8` (the same), `fd00::/64`. Invalid:
    /// `10.0.0.0/33`, `10.0.0.0/08`, `10.0.0.0/`, `10/8`. A network has clients of one family: `::/0` are
    /// all of IPv6.
    public struct Clients: Hashable, Sendable {
        public let address: IPAddress
        /// How many leading bits of a client's address are those of `address`: 0...32, with IPv6
        /// 0...128.
        public let prefixLength: UInt8

        /// - Parameter prefixLength: nil for the one client; nil comes back when it is out of range.
        public init?(_ address: IPAddress, prefixLength: UInt8? = nil) {
            let bits = UInt8(address.family.bitCount)
            guard (prefixLength ?? bits) <= bits else { return nil }
            self.address = address
            self.prefixLength = prefixLength ?? bits
        }

        public init?(_ text: some StringProtocol) {
            let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
            guard let address = IPAddress(parts[0]) else { return nil }
            guard parts.count == 2 else {
                self.init(address)
                return
            }
            // What a number is written as is what it was read from: no sign, no leading zero.
            guard let length = UInt8(parts[1]), String(length) == parts[1] else { return nil }
            self.init(address, prefixLength: length)
        }
    }
}

extension FlowFilter.Clients: CustomStringConvertible {
    /// Such as `192.168.142.3` or `10.0.0.0/8`.
    public var description: String {
        Int(prefixLength) == address.family.bitCount
            ? address.description : "\(address)/\(prefixLength)"
    }
}
