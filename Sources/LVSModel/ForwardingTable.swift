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
    public var services: [Service]

    public init(
        ingress: Interface, sourceMAC: SourceMACMode, timeouts: FlowTimeouts,
        answers: AnswerPolicy = AnswerPolicy(), services: [Service]
    ) {
        self.ingress = ingress
        self.sourceMAC = sourceMAC
        self.timeouts = timeouts
        self.answers = answers
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

    public struct Service: Hashable, Sendable {
        /// 0..<16,384; it names the service's counters and cursor, and stays with it for its life.
        public var index: UInt32
        public var address: ServiceAddress
        public var scheduler: Scheduler
        /// Of those that the scheduler knows.
        public var schedulerFlags: Set<SchedulerFlag>
        public var arp: ARPMode
        /// In the order in which they were added.
        public var realServers: [Real]

        public init(
            index: UInt32, address: ServiceAddress, scheduler: Scheduler,
            schedulerFlags: Set<SchedulerFlag> = [], arp: ARPMode, realServers: [Real]
        ) {
            self.index = index
            self.address = address
            self.scheduler = scheduler
            self.schedulerFlags = schedulerFlags
            self.arp = arp
            self.realServers = realServers
        }
    }

    public struct Real: Hashable, Sendable {
        /// 0..<131,072; one for each (service, RIP). Flows name their real server by it, so it is
        /// not given to another one while a flow lives.
        public var index: UInt32
        public var address: IPAddress
        public var weight: UInt16
        /// Where its frames go; nil while it is down.
        public var link: Link?

        public init(index: UInt32, address: IPAddress, weight: UInt16, link: Link?) {
            self.index = index
            self.address = address
            self.weight = weight
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
