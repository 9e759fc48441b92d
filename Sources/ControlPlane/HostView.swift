// SPDX-License-Identifier: Apache-2.0

import LVSModel

/// An entry of the neighbour table, as it is named.
struct NeighbourKey: Hashable, Sendable {
    var interface: Int32
    var address: IPAddress
}

extension NeighbourKey: Comparable {
    static func < (left: NeighbourKey, right: NeighbourKey) -> Bool {
        (left.interface, left.address) < (right.interface, right.address)
    }
}

/// What the director knows of the host's network: the last reading and the events since, as far
/// as they concern the ingress interface and the real servers.
struct HostView: Sendable {
    /// The real servers' addresses.
    private(set) var addresses: Set<IPAddress>
    /// nil before the first reading.
    private(set) var ingress: Ingress?
    /// The ingress and the egress interfaces, by index.
    private(set) var links: [Int32: HostLink] = [:]
    private var routes: [IPAddress: HostRoute] = [:]
    /// Resolved entries only.
    private var neighbours: [NeighbourKey: MACAddress] = [:]
    /// The addresses that the host's interfaces hold, as far as that was asked for.
    private(set) var heldAddresses: Set<IPAddress> = []

    struct Ingress: Hashable, Sendable {
        var interface: ForwardingTable.Interface
        /// Stays true: the receive ring does not follow an interface that comes back.
        var isRemoved = false
        /// How often it began to run after it had stopped.
        var linkUps: UInt64 = 0
    }

    enum Change: Hashable, Sendable {
        case link(from: HostLink, to: HostLink)
        case linkRemoved(HostLink)
        case neighbour(NeighbourKey, mac: MACAddress?)
        case heldAddresses(from: Set<IPAddress>, to: Set<IPAddress>)
    }

    init(addresses: Set<IPAddress>) {
        self.addresses = addresses
    }

    /// The ingress interface as it is now; nil before the first reading and once it was removed.
    var ingressLink: HostLink? {
        guard let ingress, !ingress.isRemoved else { return nil }
        return links[ingress.interface.index]
    }

    func mac(of neighbour: NeighbourKey) -> MACAddress? {
        neighbours[neighbour]
    }

    /// Those of which nothing is known.
    var unknownAddresses: Set<IPAddress> {
        addresses.filter { routes[$0] == nil }
    }
}

extension HostView {
    /// From the first reading: which interface the ingress is.
    mutating func setIngress(_ interface: ForwardingTable.Interface) {
        ingress = Ingress(interface: interface)
    }

    /// Cares for these from now on, and forgets what it knew of others.
    mutating func follow(_ addresses: Set<IPAddress>) {
        let others = self.addresses.subtracting(addresses)
        self.addresses = addresses
        guard !others.isEmpty else { return }
        for address in others { routes[address] = nil }
        neighbours = neighbours.filter { !others.contains($0.key.address) }
    }

    /// Returns what a reading shows to be other than it was known.
    mutating func update(with reading: HostReading) -> [Change] {
        let found = reading.routes.filter { addresses.contains($0.key) }
        if reading.scope == .added {
            routes.merge(found) { $1 }
        } else {
            routes = found
        }
        var changes = updateLinks(with: reading)
        if reading.scope == .everything { neighbours = [:] }
        for entry in reading.neighbours ?? [] {
            guard let change = update(entry) else { continue }
            if reading.scope == .added { changes.append(change) }
        }
        if let held = reading.heldAddresses, held != heldAddresses {
            changes.append(.heldAddresses(from: heldAddresses, to: held))
            heldAddresses = held
        }
        return changes
    }

    private mutating func updateLinks(with reading: HostReading) -> [Change] {
        var changes: [Change] = []
        if let ingress, reading.ingress == nil,
            let removal = remove(linkAt: ingress.interface.index)
        {
            changes.append(removal)
        }
        let found = [reading.ingress].compactMap(\.self) + reading.egresses
        if reading.scope != .added {
            let indexes = Set(found.map(\.index))
            links = links.filter { indexes.contains($0.key) }
        }
        for link in found {
            if links[link.index] == nil { links[link.index] = link }
            if let change = update(link) { changes.append(change) }
        }
        return changes
    }

    /// Returns nil when it is nothing new, or of no concern.
    mutating func update(_ link: HostLink) -> Change? {
        guard let old = links[link.index] else { return nil }
        links[link.index] = link
        if let known = ingress, known.interface.index == link.index {
            ingress?.interface.mac = link.mac ?? known.interface.mac
            if !old.isRunning && link.isRunning { ingress?.linkUps += 1 }
        }
        return old == link ? nil : .link(from: old, to: link)
    }

    /// Returns nil when it is of no concern.
    mutating func remove(linkAt index: Int32) -> Change? {
        guard let old = links.removeValue(forKey: index) else { return nil }
        neighbours = neighbours.filter { $0.key.interface != index }
        if ingress?.interface.index == index { ingress?.isRemoved = true }
        return .linkRemoved(old)
    }

    /// Returns nil when it is nothing new, or of no concern.
    mutating func update(_ neighbour: HostNeighbour) -> Change? {
        guard addresses.contains(neighbour.address) else { return nil }
        let key = NeighbourKey(interface: neighbour.interface, address: neighbour.address)
        guard neighbours[key] != neighbour.mac else { return nil }
        neighbours[key] = neighbour.mac
        return .neighbour(key, mac: neighbour.mac)
    }
}

extension HostView {
    /// The neighbour entry that the real server's frames need; nil where there can be none.
    func neighbour(for address: IPAddress) -> NeighbourKey? {
        guard case .onLink(let index) = routes[address], links[index]?.isRunning == true else {
            return nil
        }
        return NeighbourKey(interface: index, address: address)
    }

    /// What is known of the way to a real server, usable or not.
    func path(to address: IPAddress) -> (egress: String?, mac: MACAddress?) {
        guard case .onLink(let index) = routes[address] else { return (nil, nil) }
        let key = NeighbourKey(interface: index, address: address)
        return (links[index]?.name, neighbours[key])
    }

    /// The real servers whose MAC address it is, in their order.
    func realServers(with mac: MACAddress) -> [IPAddress] {
        Set(neighbours.filter { $0.value == mac }.map(\.key.address)).sorted()
    }

    func reachability(of address: IPAddress) -> Reachability {
        switch routes[address] {
        case .onLink(let index): reachability(of: address, on: index)
        case .gateway(let gateway, _): .down(.behindGateway(gateway))
        case .local: .down(.addressOfThisHost)
        case .unreachable: .down(.noRoute)
        case nil: .unknown
        }
    }

    private func reachability(of address: IPAddress, on index: Int32) -> Reachability {
        guard let link = links[index] else { return .down(.interfaceRemoved) }
        guard link.isRunning else { return .down(.interfaceDown(link.name)) }
        guard let own = link.mac else { return .down(.interfaceWithoutMAC(link.name)) }
        let key = NeighbourKey(interface: index, address: address)
        guard let mac = neighbours[key], mac.isUnicast else { return .down(.noMACAddress) }
        guard !links.values.contains(where: { $0.mac == mac }) else {
            return .down(.directorsOwnMAC)
        }
        let egress = ForwardingTable.Interface(index: index, mac: own)
        return .up(ForwardingTable.Link(mac: mac, egress: egress), interface: link.name)
    }
}
