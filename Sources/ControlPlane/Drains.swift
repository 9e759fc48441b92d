// SPDX-License-Identifier: Apache-2.0

import LVSModel

/// The real servers that drain.
struct Drains: Sendable {
    /// In the settings' order.
    private var keys: [RealServerKey] = []
    /// Of each, in seconds since 1970; the greatest number for none.
    private var ends: [RealServerKey: UInt64] = [:]
    /// Of all real servers, draining or not.
    private(set) var realServerCount = 0

    init(_ settings: DirectorSettings) {
        for service in settings.services {
            realServerCount += service.realServers.count
            for real in service.realServers where real.administrativeState == .draining {
                let key = RealServerKey(service: service.address, address: real.address)
                keys.append(key)
                ends[key] = real.drainEnd ?? .max
            }
        }
    }

    var isEmpty: Bool { keys.isEmpty }

    func contains(_ key: RealServerKey) -> Bool { ends[key] != nil }

    /// Those whose flows are gone, or whose time is over. Templates are no flows: they end with
    /// their real server.
    ///
    /// - Parameters:
    ///   - flows: of a real server; nil where that is not known.
    ///   - seconds: since 1970.
    func ready(
        at seconds: UInt64, flows: (RealServerKey) -> FlowCounts?
    ) -> [ChangeRequest.Drained] {
        keys.compactMap { key in
            let counts = flows(key)
            let left = counts.map { UInt64($0.active) + UInt64($0.inactive) }
            let isOver = ends[key].map { $0 <= seconds } ?? false
            guard left == 0 || isOver else { return nil }
            return ChangeRequest.Drained(key: key, flows: left ?? 0)
        }
    }
}
