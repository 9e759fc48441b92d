// SPDX-License-Identifier: Apache-2.0

import LVSModel

/// A real server of one virtual service: what an index of the forwarding table stands for.
struct RealServerKey: Hashable, Sendable {
    var service: ServiceAddress
    var address: IPAddress
}

/// Which index of the forwarding table each service and each real server has.
///
/// An index stays while its service or real server is wanted, and beyond, so that flows that name
/// it still mean the same when it is added again. Only when no index was never used does a
/// newcomer get one of those that are free of flows.
struct IndexAllocation: Sendable {
    static let serviceCapacity = 16_384
    static let realServerCapacity = 131_072

    private var services = Indexes<ServiceAddress>(capacity: UInt32(serviceCapacity))
    private var realServers = Indexes<RealServerKey>(capacity: UInt32(realServerCapacity))

    /// - Precondition: the service is wanted.
    func index(of service: ServiceAddress) -> UInt32 {
        services.index(of: service)
    }

    /// - Precondition: the real server is wanted.
    func index(of realServer: RealServerKey) -> UInt32 {
        realServers.index(of: realServer)
    }

    /// Real servers' indexes that are kept for ones that are no longer wanted.
    var formerRealServers: Set<UInt32> {
        Set(realServers.former.values)
    }

    /// Gives every service and real server its index. When it throws, nothing has changed.
    ///
    /// - Parameter flowless: former real servers' indexes that no flow names, and none will.
    mutating func assign(
        to wanted: [VirtualService], flowless: Set<UInt32>
    ) throws(DirectorError) {
        let realServerKeys = wanted.flatMap { service in
            service.realServers.map {
                RealServerKey(service: service.address, address: $0.address)
            }
        }
        guard wanted.count <= Self.serviceCapacity else { throw .tooManyServices(wanted.count) }
        guard realServerKeys.count <= Self.realServerCapacity else {
            throw .tooManyRealServers(realServerKeys.count)
        }
        let busy = realServers.former.filter { !flowless.contains($0.value) }
        let busyServices = Set(busy.keys.map(\.service))
        var next = self
        let fits =
            next.services.assign(to: wanted.map(\.address)) { !busyServices.contains($0) }
            && next.realServers.assign(to: realServerKeys) { busy[$0] == nil }
        guard fits else { throw .noFreeIndex }
        self = next
    }
}

/// Numbers from 0 for keys; a key's number does not change.
private struct Indexes<Key: Hashable & Sendable>: Sendable {
    let capacity: UInt32
    private var inUse: [Key: UInt32] = [:]
    private(set) var former: [Key: UInt32] = [:]
    /// Where the indexes begin that nothing had yet.
    private var firstUnused: UInt32 = 0

    init(capacity: UInt32) {
        self.capacity = capacity
    }

    func index(of key: Key) -> UInt32 {
        guard let index = inUse[key] else { preconditionFailure("\(key) has no index") }
        return index
    }

    /// Returns false, in the middle of the work, when there are not enough.
    mutating func assign(to keys: [Key], isReusable: (Key) -> Bool) -> Bool {
        let wanted = Set(keys)
        let newcomers = keys.filter { inUse[$0] == nil && former[$0] == nil }
        var spare: [Key] = []
        if newcomers.count > capacity - firstUnused {
            spare = former.keys.filter { !wanted.contains($0) && isReusable($0) }
        }
        for key in keys where inUse[key] == nil {
            let index =
                former.removeValue(forKey: key) ?? nextUnused()
                ?? spare.popLast().flatMap { former.removeValue(forKey: $0) }
            guard let index else { return false }
            inUse[key] = index
        }
        for (key, index) in inUse where !wanted.contains(key) {
            inUse[key] = nil
            former[key] = index
        }
        return true
    }

    private mutating func nextUnused() -> UInt32? {
        guard firstUnused < capacity else { return nil }
        defer { firstUnused += 1 }
        return firstUnused
    }
}
