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

    private var services = Indexes<ServiceIdentity>(capacity: UInt32(serviceCapacity))
    private var realServers = Indexes<RealServerIdentity>(capacity: UInt32(realServerCapacity))

    /// - Parameter kept: real servers that flows of an earlier run name. They count as former ones.
    init(kept: [KeptRealServer] = []) {
        for real in kept {
            let service = ServiceIdentity(
                vip: real.vip, firstPort: real.firstPort, transport: real.transport)
            realServers.keep(
                RealServerIdentity(service: service, address: real.address), at: real.index)
        }
    }

    /// - Precondition: the service is wanted.
    func index(of service: ServiceAddress) -> UInt32 {
        services.index(of: ServiceIdentity(service))
    }

    /// - Precondition: the real server is wanted.
    func index(of realServer: RealServerKey) -> UInt32 {
        realServers.index(of: RealServerIdentity(realServer))
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
            service.realServerAddresses.map {
                RealServerIdentity(service: ServiceIdentity(service.address), address: $0)
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
            next.services.assign(to: wanted.map { ServiceIdentity($0.address) }) {
                !busyServices.contains($0)
            }
            && next.realServers.assign(to: realServerKeys) { busy[$0] == nil }
        guard fits else { throw .noFreeIndex }
        self = next
    }
}

/// What an index belongs to: a service of the VIP whatever its further ports are, so that one that
/// gets another port keeps its flows. No two services of a VIP and protocol begin at the same port.
private struct ServiceIdentity: Hashable, Sendable {
    var vip: IPAddress
    var firstPort: UInt16
    var transport: TransportProtocol
}

extension ServiceIdentity {
    fileprivate init(_ address: ServiceAddress) {
        self.init(
            vip: address.address, firstPort: address.ports.first, transport: address.transport)
    }
}

private struct RealServerIdentity: Hashable, Sendable {
    var service: ServiceIdentity
    var address: IPAddress
}

extension RealServerIdentity {
    fileprivate init(_ key: RealServerKey) {
        self.init(service: ServiceIdentity(key.service), address: key.address)
    }
}

/// Numbers from 0 for keys; a key's number does not change.
private struct Indexes<Key: Hashable & Sendable>: Sendable {
    let capacity: UInt32
    private var inUse: [Key: UInt32] = [:]
    private(set) var former: [Key: UInt32] = [:]
    /// Where the indexes begin that nothing had yet, apart from those that were kept.
    private var firstUnused: UInt32 = 0
    private var kept: Set<UInt32> = []

    init(capacity: UInt32) {
        self.capacity = capacity
    }

    func index(of key: Key) -> UInt32 {
        guard let index = inUse[key] else { preconditionFailure("\(key) has no index") }
        return index
    }

    /// Gives the key its index from before, as a former one.
    ///
    /// - Precondition: neither has the other one's yet.
    mutating func keep(_ key: Key, at index: UInt32) {
        precondition(former[key] == nil && index < capacity && kept.insert(index).inserted)
        former[key] = index
    }

    /// Returns false, in the middle of the work, when there are not enough.
    mutating func assign(to keys: [Key], isReusable: (Key) -> Bool) -> Bool {
        let wanted = Set(keys)
        let added = keys.filter { inUse[$0] == nil }
        let newcomerCount = added.count { former[$0] == nil }
        var spare: [Key] = []
        // Whatever was ever given is in use or a former one's.
        if newcomerCount > Int(capacity) - inUse.count - former.count {
            spare = former.keys.filter { !wanted.contains($0) && isReusable($0) }
        }
        for key in added {
            let index =
                former.removeValue(forKey: key) ?? nextUnused()
                ?? spare.popLast().flatMap { former.removeValue(forKey: $0) }
            guard let index else { return false }
            inUse[key] = index
        }
        guard inUse.count > wanted.count else { return true }
        for (key, index) in inUse where !wanted.contains(key) {
            inUse[key] = nil
            former[key] = index
        }
        return true
    }

    private mutating func nextUnused() -> UInt32? {
        while kept.contains(firstUnused) { firstUnused += 1 }
        guard firstUnused < capacity else { return nil }
        defer { firstUnused += 1 }
        return firstUnused
    }
}
