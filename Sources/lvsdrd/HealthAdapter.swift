// SPDX-License-Identifier: Apache-2.0

import ControlPlane
import DataPlane
import HealthChecks
import HostNetwork
import LVSModel
import Logging
import Synchronization

/// The health checks as the director needs them.
struct HealthAdapter: HealthSource {
    let monitor: HealthMonitor
    let places: CheckPlaces

    var reports: AsyncStream<HealthReport> { monitor.reports }

    func watch(_ realServers: [CheckedRealServer], limit: Int) async {
        // The VIPs first: a check that asks one needs its mark.
        await places.ask(realServers)
        await monitor.watch(realServers, limit: limit)
    }

    func figures() async -> [CheckedName: CheckFigures] {
        let figures = await monitor.figures().map { name, figures in
            (CheckedName(service: name.service, realServer: name.realServer), figures)
        }
        return Dictionary(uniqueKeysWithValues: figures)
    }
}

/// Where checks that ask a VIP leave the host: keeps the in-kernel program told of the VIPs, and on
/// the interfaces that lead to the real servers.
actor CheckPlaces {
    private let addresses: CheckAddresses
    private let network: HostNetwork
    private let ingress: Int32
    private let logger: Logger
    private var vips: Set<IPAddress> = []
    /// Those that routes lead to, and those of the table in force.
    private var routed: Set<Int32> = []
    private var published: Set<Int32> = []
    private var lastFailure: String?

    init(addresses: CheckAddresses, network: HostNetwork, ingress: Int32, logger: Logger) {
        self.addresses = addresses
        self.network = network
        self.ingress = ingress
        self.logger = logger
    }

    /// Serves the VIPs that these ask.
    func ask(_ realServers: [CheckedRealServer]) async {
        let asking = realServers.filter { $0.check.via == .vip && $0.check.kind.isNetworked }
        var routed: Set<Int32> = []
        for real in Set(asking.map(\.realServer)) {
            if case .onLink(let interface) = try? await network.route(to: real) {
                routed.insert(interface)
            }
        }
        vips = Set(asking.map(\.service.address))
        self.routed = routed
        serve()
    }

    /// Follows the ways to the real servers, which can change.
    func follow(_ table: ForwardingTable) {
        let interfaces = Set(
            table.services.flatMap { $0.realServers.compactMap { $0.link?.egress.index } })
        guard !interfaces.isSubset(of: published) else { return }
        published.formUnion(interfaces)
        serve()
    }

    private func serve() {
        do throws(DataPlaneError) {
            let interfaces = routed.union(published).union([ingress])
            try addresses.serve(vips: vips, interfaces: vips.isEmpty ? [] : interfaces)
            lastFailure = nil
        } catch {
            if lastFailure != "\(error)" { logger.warning("checks of VIPs: \(error)") }
            lastFailure = "\(error)"
        }
    }

    /// Takes the program off the interfaces.
    func stop() {
        do {
            try addresses.stop()
        } catch {
            logger.error("\(error)")
        }
    }
}
