// SPDX-License-Identifier: Apache-2.0

internal import CDataPlane
public import LVSModel

/// Several workers on one flow table, each with a port in memory: the production threads without a
/// network. For tests of what holds whichever worker gets a frame.
public struct ConcurrentMemoryDataPlane: ~Copyable {
    let workers: [Worker]  // before the forwarder: they go first
    let forwarder: Forwarder
    private(set) var table: ForwardingTable?
    var capture: Capture?

    public init(workers count: Int, flowCapacity: Int) throws(DataPlaneError) {
        let forwarder = try Forwarder(flowCapacity: flowCapacity)
        var workers: [Worker] = []
        for _ in 0..<count {
            var error = unsafe dp_error.none
            let port = unsafe dp_memory_open(&error)
            guard let port = unsafe port else { throw unsafe DataPlaneError(error) }
            unsafe dp_memory_discard(port, true)
            workers.append(try unsafe Worker(forwarder: forwarder, port: port))
        }
        self.workers = workers
        self.forwarder = forwarder
    }

    /// Makes the table the one in force, also while the workers run.
    public mutating func publish(_ table: ForwardingTable) throws(DataPlaneError) {
        try forwarder.publish(table)
        self.table = table
    }

    /// Adds a frame to what a worker is to receive; before the start.
    public func push(_ frame: [UInt8], to worker: Int) throws(DataPlaneError) {
        let port = unsafe dp_worker_port(workers[worker].handle)
        let result = unsafe dp_memory_push(port, frame, UInt32(frame.count), false)
        guard result == 0 else {
            throw DataPlaneError(operation: "push a frame", code: -result)
        }
    }

    /// Starts the workers' threads.
    public func start() throws(DataPlaneError) {
        for (number, worker) in workers.enumerated() { try worker.start(number: number) }
    }

    /// Frames that have left the pipeline until now, by whatever exit.
    public var done: UInt64 {
        counters().exits.reduce(0) { $0 + $1.frames }
    }

    /// Reads all counters.
    public func counters() -> DataPlaneCounters {
        let services = table?.services ?? []
        return forwarder.counters(
            services: services.map(\.index),
            realServers: services.flatMap(\.realServers).map(\.index), port: dp_port_counters())
    }
}
