// SPDX-License-Identifier: Apache-2.0

import DataPlane
import LVSModel

/// What a reader accepts, the data plane takes.
func requirePublishable(_ settings: DirectorSettings) {
    var realServers: [IPAddress: MACAddress] = [:]
    for real in settings.services.flatMap(\.realServers) {
        realServers[real.address] = MACAddress("02:00:00:00:00:11")
    }
    guard let director = MACAddress("02:00:00:00:00:64") else { return }
    let network = ReplayedNetwork(director: director, realServers: realServers)
    do {
        var plane = try MemoryDataPlane()
        try plane.publish(network.table(for: settings))
        plane.announce()
        require(plane.run().isEmpty)
    } catch {
        require(false, "\(error)")
    }
}
