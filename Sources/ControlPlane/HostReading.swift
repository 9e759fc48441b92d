// SPDX-License-Identifier: Apache-2.0

import LVSModel

/// What one reading of the host's network brought.
struct HostReading: Sendable {
    /// nil when there is no such interface.
    var ingress: HostLink?
    /// Of the real servers that were asked for.
    var routes: [IPAddress: HostRoute]
    /// The interfaces that these routes lead to; one that went meanwhile is missing.
    var egresses: [HostLink]
    /// nil when they were not read.
    var neighbours: [HostNeighbour]?

    /// How much is read; a wider scope brings all that a narrower one does.
    enum Scope: Int, Comparable, Sendable {
        /// Links and routes.
        case routes
        case everything

        static func < (left: Scope, right: Scope) -> Bool {
            left.rawValue < right.rawValue
        }
    }

    /// What is to be read.
    struct Plan: Hashable, Sendable {
        var scope: Scope
        var ingress: Ingress
        /// Each once.
        var addresses: [IPAddress]
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
        let neighbours = plan.scope == .everything ? try await neighbours() : nil
        return HostReading(
            ingress: ingress, routes: routes, egresses: egresses, neighbours: neighbours)
    }
}
