// SPDX-License-Identifier: Apache-2.0

/// What the control plane publishes: everything that the data plane needs to forward, whole.
///
/// A value; the data plane makes an immutable snapshot of it.
public struct ForwardingTable: Hashable, Sendable {
    /// The VIPs' interface as it is now.
    public var ingress: Interface
    public var sourceMAC: SourceMACMode
    public var timeouts: FlowTimeouts
    public var answers: AnswerPolicy
    /// A TCP segment without a flow opens it anew where another director, which may have had the
    /// flow, would have picked the same real server (`Service.agrees`).
    public var takesOver: Bool
    public var services: [Service]

    public init(
        ingress: Interface, sourceMAC: SourceMACMode, timeouts: FlowTimeouts,
        answers: AnswerPolicy = AnswerPolicy(), takesOver: Bool = false, services: [Service]
    ) {
        self.ingress = ingress
        self.sourceMAC = sourceMAC
        self.timeouts = timeouts
        self.answers = answers
        self.takesOver = takesOver
        self.services = services
    }

    /// An interface that frames come in or go out by.
    public struct Interface: Hashable, Sendable {
        /// The kernel's index, greater than 0.
        public var index: Int32
        public var mac: MACAddress

        public init(index: Int32, mac: MACAddress) {
            self.index = index
            self.mac = mac
        }
    }

    /// A virtual service as it is asked for, and what it has at run time.
    public struct Service: Hashable, Sendable {
        /// 0..<16,384; it names the service's counters and cursor, and stays with it for its life.
        public var index: UInt32
        public var address: ServiceAddress
        public var scheduler: Scheduler
        public var schedulerFlags: Set<SchedulerFlag>
        public var persistence: Persistence?
        public var onePacket: Bool
        public var onDown: OnDownPolicy
        public var arp: ARPMode
        /// Another director serves it: what comes for it is dropped, and kept from the host.
        public var waits = false
        /// In the order in which they were added.
        public var realServers: [Real]

        /// - Parameter realServers: the service's own, in its order.
        public init(index: UInt32, service: VirtualService, realServers: [Real]) {
            self.index = index
            address = service.address
            scheduler = service.scheduler
            schedulerFlags = service.schedulerFlags
            persistence = service.persistence
            onePacket = service.onePacket
            onDown = service.onDown
            arp = service.arp
            self.realServers = realServers
        }

        /// Whether another director with the same real servers picks the same one for a flow of TCP,
        /// whatever came before it.
        public var agrees: Bool {
            address.transport == .tcp && scheduler.agrees && persistence == nil
        }
    }

    public struct Real: Hashable, Sendable {
        /// 0..<131,072; one for each (service, RIP). Flows name their real server by it, so it is
        /// not given to another one while a flow lives.
        public var index: UInt32
        public var address: IPAddress
        public var weight: UInt16
        public var upperThreshold: UInt32
        public var lowerThreshold: UInt32
        /// It takes no flows, whatever its weight; those it has follow the service's policy.
        public var isDown: Bool
        /// Where its frames go; nil, and it is down as well, while that is not known.
        public var link: Link?

        public init(index: UInt32, realServer: RealServer, isDown: Bool = false, link: Link?) {
            self.index = index
            address = realServer.address
            weight = realServer.weight
            upperThreshold = realServer.upperThreshold
            lowerThreshold = realServer.lowerThreshold
            self.isDown = isDown
            self.link = link
        }
    }

    /// How a real server is reached at layer 2.
    public struct Link: Hashable, Sendable {
        public var mac: MACAddress
        public var egress: Interface

        public init(mac: MACAddress, egress: Interface) {
            self.mac = mac
            self.egress = egress
        }
    }
}
