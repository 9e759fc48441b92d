// SPDX-License-Identifier: Apache-2.0

/// A flow that the flow table has, or a persistence template: which real server a client, or its
/// network, is given.
public struct Flow: Hashable, Sendable {
    /// Of a template: the first address of the client's network, client port 0, and the lowest port
    /// of the virtual service, 0 for any.
    public var address: FlowAddress
    public var state: FlowState
    /// The RIP; nil when its real server's name is not known any more.
    public var realServer: IPAddress?
    /// Whole seconds until it is forgotten when no packet comes, the rest cut off: 0 in its last
    /// second. A template lasts longer while one of its flows lives.
    public var expires: UInt32

    public var isTemplate: Bool { state == .template }

    public init(
        address: FlowAddress, state: FlowState, realServer: IPAddress?, expires: UInt32
    ) {
        self.address = address
        self.state = state
        self.realServer = realServer
        self.expires = expires
    }
}

/// The state of a flow, by what its client sent; the raw values are those that `ipvsadm -Lnc` shows.
public enum FlowState: String, Hashable, Sendable, CaseIterable {
    case synReceived = "SYN_RECV"
    case established = "ESTABLISHED"
    case finWait = "FIN_WAIT"
    case timeWait = "TIME_WAIT"
    case close = "CLOSE"
    case udp = "UDP"
    /// No flow, but what persistence remembers of a client's network.
    case template = "NONE"
}

/// A piece of a walk over the flow table.
public struct FlowPage: Hashable, Sendable {
    /// In the table's order, which means nothing; perhaps none, though more follow.
    public var flows: [Flow]
    /// The cursor of the next piece; nil at the end.
    public var next: UInt64?

    public init(flows: [Flow], next: UInt64?) {
        self.flows = flows
        self.next = next
    }
}
