// SPDX-License-Identifier: Apache-2.0

import LVSModel

/// Where counters stood when they were last set to zero, by their indexes in the forwarding table.
struct TrafficBaseline: Sendable {
    private var services: [UInt32: Traffic] = [:]
    private var realServers: [UInt32: Traffic] = [:]

    mutating func setService(_ index: UInt32, to counters: DataPlaneCounters) {
        services[index] = counters.services[index]
    }

    mutating func setRealServer(_ index: UInt32, to counters: DataPlaneCounters) {
        realServers[index] = counters.realServers[index]?.traffic
    }

    /// Counters as they count from there. Those that began anew since then stay as they are.
    func subtracted(from counters: DataPlaneCounters) -> DataPlaneCounters {
        guard !services.isEmpty || !realServers.isEmpty else { return counters }
        var counters = counters
        for (index, base) in services {
            counters.services[index] = counters.services[index]?.since(base)
        }
        for (index, base) in realServers {
            guard let traffic = counters.realServers[index]?.traffic else { continue }
            counters.realServers[index]?.traffic = traffic.since(base)
        }
        return counters
    }
}

extension Traffic {
    /// What was added; all of it when the counters began anew.
    func since(_ base: Traffic) -> Traffic {
        guard connections >= base.connections, packets >= base.packets, bytes >= base.bytes else {
            return self
        }
        return Traffic(
            connections: connections - base.connections, packets: packets - base.packets,
            bytes: bytes - base.bytes)
    }
}
