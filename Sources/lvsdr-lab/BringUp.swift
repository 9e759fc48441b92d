// SPDX-License-Identifier: Apache-2.0

import Lab

/// Brings a lab up with its web servers and does the work in it. Takes it down afterwards, unless
/// the work has given it away, and also where anything fails.
func withLab(
    _ topology: Topology, name: LabName, asDaemons: Bool = false,
    _ work: (Network) async throws -> Void
) async throws {
    let network = try await step("the network comes up") {
        try await Network.up(topology, name: name)
    }
    do {
        try await step("the web servers start") {
            try await network.startWebServers(asDaemons: asDaemons)
        }
        try await work(network)
    } catch {
        try await network.down()
        throw error
    }
    try await step("the network goes down") { try await network.down() }
}
