// SPDX-License-Identifier: Apache-2.0

/// A real server that flows of an earlier run name by its index in the forwarding table.
public struct KeptRealServer: Hashable, Sendable {
    /// 0..<131,072.
    public var index: UInt32
    public var vip: IPAddress
    /// The lowest port of its service, host byte order; 0 for any.
    public var firstPort: UInt16
    public var transport: TransportProtocol
    /// The RIP.
    public var address: IPAddress

    public init(
        index: UInt32, vip: IPAddress, firstPort: UInt16, transport: TransportProtocol,
        address: IPAddress
    ) {
        self.index = index
        self.vip = vip
        self.firstPort = firstPort
        self.transport = transport
        self.address = address
    }
}
