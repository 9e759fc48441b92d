// SPDX-License-Identifier: Apache-2.0

import HostNetwork
import HostSetup
import LVSModel

/// This host as it was when it was looked at.
struct HostFacts: Sendable {
    /// Those of lvsdrd that this process lacks.
    var missingCapabilities: [String] = []
    /// The VIPs' interface; nil where there is none.
    var link: HostLink?
    var driver: InterfaceDriver?
    /// What `lvsdr director status` shows.
    var requirements: [Setup.Finding] = []
    /// The name of the interface that holds it.
    var vipHolders: [IPAddress: String] = [:]
    /// Of the VIPs' interface and of all interfaces; nil where the kernel does not tell.
    var packetSockets: [PacketSocket]? = []
    /// Settings that hand a bridge's frames to netfilter.
    var bridgeFilters: [String] = []
    /// How many neighbours of a family the kernel holds at most.
    var neighbourLimits: [IPAddress.Family: Int] = [:]
    var flowFile = FlowFileState.absent
    /// The interfaces that real servers are reached by.
    var egress: [HostLink] = []
}

/// A packet socket that sees all frames of an interface, and whose it is.
struct PacketSocket: Hashable, Sendable {
    /// nil where this process may not see it.
    var owner: Owner?

    struct Owner: Hashable, Sendable {
        var pid: Int32
        /// As /proc/PID/comm has it.
        var program: String
    }
}

/// How the file stands that the flow table is in.
public enum FlowFileState: Hashable, Sendable {
    case absent
    case sound
    /// Flows were last seen later than now, by the clock of this boot.
    case ahead(flows: UInt64)
    /// Why it is not to be trusted, such as `its header is damaged`.
    case damaged(String)
    /// Why it could not be read.
    case unreadable(String)
}
