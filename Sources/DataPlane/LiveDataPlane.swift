// SPDX-License-Identifier: Apache-2.0

internal import CDataPlane
public import LVSModel

/// The data plane on a network interface: AF_PACKET, the in-kernel programs, the workers.
///
/// Its sockets belong to the network namespace of the process. Needs CAP_NET_RAW, CAP_NET_ADMIN and
/// CAP_BPF.
public actor LiveDataPlane {
    /// How an XDP program sends frames for the interface that they came by.
    public enum AccelerationMeans: Sendable {
        /// The driver sends them back (XDP_TX).
        case transmission
        /// By a redirection to the same interface, as a veth needs it.
        case redirection
    }

    /// The receive ring's slots: most frames fit one, larger ones come by a copy.
    public struct Ring: Hashable, Sendable {
        /// 1,024...262,144 bytes.
        public var slotSize: UInt32
        /// 128...1,048,576.
        public var slotCount: UInt32

        /// The best of what was measured: see docs/measurements.md.
        public init(slotSize: UInt32 = 2048, slotCount: UInt32 = 4096) {
            self.slotSize = slotSize
            self.slotCount = slotCount
        }
    }

    var workers: [Worker]  // before what they work on: they go first
    var accelerator: Accelerator?
    let forwarder: Forwarder
    private var divert: Divert?
    private let tap: Tap
    private let interface: Int32
    private var isStarted = false
    private var services: [UInt32] = []
    private(set) var names: RealServerNames
    /// The capture that is running, and how many there were.
    var capture: Capture?
    var captures: UInt64 = 0
    /// The interfaces that AF_XDP was asked to send by, and those that it does not.
    var ways: Set<Int32> = []
    var wayRefusals: [WayRefusal] = []
    /// What the frames come by.
    public nonisolated let port: PortInUse
    /// Why that is not AF_XDP, which was asked for.
    public nonisolated let portRefusal: DataPlaneError?
    /// How the flow table came about.
    public nonisolated let flowOrigin: FlowOrigin
    /// Why it is not accelerated as it was asked to be.
    public nonisolated let accelerationRefusal: DataPlaneError?

    /// Loads the programs, maps the rings and makes the flow table; frames are taken from the first
    /// publication on.
    ///
    /// - Parameters:
    ///   - interface: the index of the VIPs' interface.
    ///   - flowCapacity: 1,024...67,108,864 flows.
    ///   - flowFile: where the flow table outlives the process, and where an earlier one's flows
    ///     are found; nil: nowhere. One process at a time may have it.
    ///   - flowPin: where an accelerated flow table outlives the process, in bpffs, and where an
    ///     earlier one's flows are found.
    ///   - acceleration: what it is to be accelerated by; nil: by nothing.
    ///   - timeouts: flows of the earlier table that have timed out by them are not taken over.
    ///   - kind: what the frames are to come by.
    ///   - workers: 1...64 threads, each with a ring of its own; with AF_XDP there are as many as the
    ///     interface has receive queues.
    public init(
        interface: Int32, flowCapacity: Int, flowFile: String? = nil, flowPin: String? = nil,
        acceleration: AccelerationMeans? = nil,
        timeouts: FlowTimeouts = FlowTimeouts(), port kind: PortKind = .packet,
        workers count: Int = 1, ring: Ring = Ring()
    ) throws(DataPlaneError) {
        let forwarder = try Forwarder(
            flowCapacity: flowCapacity, file: flowFile, pin: flowPin,
            inKernel: acceleration != nil, timeouts: timeouts)
        let tap = try Tap()
        var refusal: DataPlaneError?
        let accelerator = Self.accelerate(forwarder, interface, acceleration, &refusal)
        accelerationRefusal = refusal
        refusal = nil
        var workers: [Worker] = []
        divert =
            kind == .xdp
            ? Self.divert(forwarder, tap, interface, accelerator, to: &workers, &refusal) : nil
        portRefusal = refusal
        port =
            workers.isEmpty
            ? .packet : workers.allSatisfy(\.isZeroCopy) ? .xdpZeroCopy : .xdpCopy
        if workers.isEmpty {
            workers = try Self.packetWorkers(forwarder, tap, interface, count: count, ring)
        }
        self.workers = workers
        self.accelerator = accelerator
        flowOrigin = forwarder.origin
        names = RealServerNames(kept: forwarder.origin.kept)
        self.forwarder = forwarder
        self.tap = tap
        self.interface = interface
    }

    private static func accelerate(
        _ forwarder: borrowing Forwarder, _ interface: Int32, _ means: AccelerationMeans?,
        _ refusal: inout DataPlaneError?
    ) -> Accelerator? {
        guard let means else { return nil }
        guard forwarder.origin.isInKernel else {
            refusal = forwarder.origin.refusal
            return nil
        }
        do throws(DataPlaneError) {
            let accelerator = try Accelerator(
                forwarder, interface: interface, sendsBack: means == .transmission)
            try accelerator.attach()
            return accelerator
        } catch {
            refusal = error
            return nil
        }
    }

    /// Makes the table the one in force. The first one also puts the guard on the interface and
    /// starts the workers.
    public func publish(_ table: ForwardingTable) throws(DataPlaneError) {
        try tap.admit(table)
        try divert?.tell(table)
        openWays(for: table)
        try forwarder.publish(table)
        services = table.services.map(\.index)
        names.add(table)
        if !isStarted {
            _ = try tap.guardInterface(interface)
            for (number, worker) in workers.enumerated() { try worker.start(number: number) }
            isStarted = true
            // Not before frames are forwarded: it takes a while.
            Task { forwarder.gatherPages() }
            Task { [weak self] in
                while let self, await self.settle() {
                    try? await Task.sleep(for: .milliseconds(250))
                }
            }
        }
        try tap.retire(table)
    }

    /// False when there is nothing to settle any more.
    private func settle() -> Bool {
        accelerator?.settle()
        return accelerator != nil
    }

    /// Reads all counters.
    public func counters() -> DataPlaneCounters {
        let ports = workers.reduce(into: dp_port_counters()) { $0.add($1.portCounters) }
        var counters = forwarder.counters(
            services: services, realServers: names.indexes, port: ports)
        counters.port = port
        counters.accelerated = accelerator?.frames ?? 0
        counters.acceleratedServices = accelerator?.services
        return counters
    }

    /// Announces each VIP that is the director's own once.
    public func announce() {
        workers.first?.announce()
    }

    /// Time since the worker that has been silent longest last came round; nil while none runs.
    public var silence: Duration? {
        isStarted ? workers.map(\.silence).max() : nil
    }

    /// Gives the VIPs up: ends the workers, frees the rings, takes the guard off the interface.
    public func stop() throws(DataPlaneError) {
        capture = nil
        workers = []
        accelerator = nil
        divert = nil
        try tap.unguardInterface(interface)
    }
}

extension dp_port_counters {
    fileprivate mutating func add(_ other: dp_port_counters) {
        received += other.received
        ring_drops += other.ring_drops
        sent += other.sent
        send_failures += other.send_failures
    }
}
