// SPDX-License-Identifier: Apache-2.0

/// What another host on the segment says of a VIP.
public struct VIPClaim: Hashable, Sendable {
    public enum Kind: String, Hashable, Sendable {
        /// It answers for the VIP, or announces it, as a host that has it (ARP reply, gratuitous ARP,
        /// neighbour advertisement).
        case holder
        /// It asks for another address in the VIP's name, so that whoever hears it learns the VIP's
        /// MAC address from it.
        case sender
    }

    public var vip: IPAddress
    /// Whoever says so.
    public var mac: MACAddress
    public var kind: Kind

    public init(vip: IPAddress, mac: MACAddress, kind: Kind) {
        self.vip = vip
        self.mac = mac
        self.kind = kind
    }
}

extension VIPClaim: Comparable {
    public static func < (left: VIPClaim, right: VIPClaim) -> Bool {
        (left.vip, left.mac.rawValue, left.kind.rawValue)
            < (right.vip, right.mac.rawValue, right.kind.rawValue)
    }
}
