// SPDX-License-Identifier: Apache-2.0

internal import LVSModel

/// What the indexes of a forwarding table stand for.
struct RealServerNames {
    private var services: [ForwardingTable.Service] = []
    /// All that flows may name: those of an earlier run, and those that ever were in a table.
    private var realServers: [UInt32: RealServerName] = [:]

    /// - Parameter kept: what flows of an earlier run name.
    init(kept: [KeptRealServer] = []) {
        for real in kept {
            let service = ServiceAddress(
                address: real.vip, port: real.firstPort, transport: real.transport)
            realServers[real.index] = RealServerName(service: service, address: real.address)
        }
    }

    mutating func add(_ table: ForwardingTable) {
        let before = services
        services = table.services
        for (position, service) in table.services.enumerated() {
            // Mostly it is the one before, and cheap to compare: then its names are known.
            if before.indices.contains(position), before[position] == service { continue }
            for real in service.realServers {
                realServers[real.index] = RealServerName(
                    service: service.address, address: real.address)
            }
        }
    }

    subscript(index: UInt32) -> RealServerName? { realServers[index] }

    /// Every index that flows may name.
    var indexes: some Collection<UInt32> { realServers.keys }

    /// The service of this index.
    func service(at index: UInt32) -> ForwardingTable.Service? {
        services.first { $0.index == index }
    }

    /// The index of the service that has the port.
    func index(of address: ServiceAddress?) throws(CaptureRefusal) -> UInt32? {
        guard let address else { return nil }
        let having = services.filter {
            $0.address.address == address.address && $0.address.transport == address.transport
                && $0.address.ports.contains(address.ports.first)
        }
        // The one with ports of its own comes before the one that has all the others.
        guard let service = having.first(where: { !$0.address.ports.isAny }) ?? having.first else {
            throw .noSuchService(address, existing: services.map(\.address))
        }
        return service.index
    }

    func check(
        _ real: IPAddress, of service: UInt32?
    ) throws(CaptureRefusal) {
        let listed = services.filter { service == nil || $0.index == service }
        let existing = Set(listed.flatMap(\.realServers).map(\.address))
        guard existing.contains(real) else {
            throw .noSuchRealServer(real, existing: existing.sorted())
        }
    }
}
