// SPDX-License-Identifier: Apache-2.0

import LVSModel

/// What one reading of the host's network brought.
struct HostReading: Sendable {
    var scope: Scope
    /// nil when there is no such interface.
    var ingress: HostLink?
    /// Of the real servers that were asked for.
    var routes: [IPAddress: HostRoute]
    /// The interfaces that these routes lead to; one that went meanwhile is missing.
    var egresses: [HostLink]
    /// nil when they were not read.
    var neighbours: [HostNeighbour]?
    /// The addresses that the host's interfaces hold; nil when they were not read.
    var heldAddresses: Set<IPAddress>?

    /// How much is read.
    enum Scope: Hashable, Sendable {
        /// All that concerns real servers of which nothing is known yet.
        case added
        /// Links and routes.
        case routes
        case everything

        func joined(with other: Scope) -> Scope {
            self == other ? self : .everything
        }
    }

    /// What is to be read.
    struct Plan: Hashable, Sendable {
        var scope: Scope
        var ingress: Ingress
        /// Each once.
        var addresses: [IPAddress]
        /// Whether it matters which addresses the host's interfaces hold.
        var wantsHeldAddresses = false
    }

    /// By name until it was found, then by index: a receive ring stays with the index.
    enum Ingress: Hashable, Sendable {
        case named(String)
        case index(Int32)
    }
}

extension HostNetworkSource {
    func read(_ plan: HostReading.Plan) async throws(DirectorError) -> HostReading {
        let ingress =
            switch plan.ingress {
            case .named(let name): try await link(named: name)
            case .index(let index): try await link(index: index)
            }
        var routes: [IPAddress: HostRoute] = [:]
        var indexes: Set<Int32> = []
        for address in plan.addresses {
            let route = try await route(to: address)
            routes[address] = route
            if case .onLink(let index) = route { indexes.insert(index) }
        }
        var egresses: [HostLink] = []
        for index in indexes.sorted() where index != ingress?.index {
            if let link = try await link(index: index) { egresses.append(link) }
        }
        let neighbours = plan.scope == .routes ? nil : try await neighbours()
        let held = plan.wantsHeldAddresses ? try await heldAddresses() : nil
        return HostReading(
            scope: plan.scope, ingress: ingress, routes: routes, egresses: egresses,
            neighbours: neighbours, heldAddresses: held)
    }
}
