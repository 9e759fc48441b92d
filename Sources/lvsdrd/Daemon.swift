// SPDX-License-Identifier: Apache-2.0

import ControlMessages
import ControlPlane
import ControlServer
import DataPlane
import FoundationEssentials
import HealthChecks
import HostNetwork
import LVSModel
import Logging
import ServiceLifecycle
import UnixSignals

/// The parts of a director, wired: data plane, director, control socket, service systemd.
struct Daemon {
    /// As the configuration file says.
    let file: DirectorSettings
    let store: ConfigurationStore
    let threshold: LogThreshold
    let logger: Logger

    /// Serves until SIGTERM or SIGINT.
    func run() async throws {
        try Capabilities.check()
        let network = try refusing { try HostNetwork() }
        let link = try await Preflight(settings: file, network: network).run(logger)
        let lock = try InstanceLock(
            runtimeDirectory: file.runtimeDirectory, interface: link.name, index: link.index)
        let plan = AccelerationPlan(file)
        let portPlan = PortPlan(file)
        let plane = try refusing {
            try LiveDataPlane(
                interface: link.index, flowCapacity: file.flowCapacity, flowFile: file.flowFile,
                flowPin: file.flowPin, acceleration: plan.means, timeouts: file.timeouts,
                port: portPlan.kind,
                workers: file.workers ?? min(ProcessInfo.processInfo.activeProcessorCount, 4))
        }
        let addresses = try refusing { try CheckAddresses() }
        let parts = Parts(
            network: network, plan: plan, portPlan: portPlan, plane: plane,
            places: CheckPlaces(
                addresses: addresses, network: network, ingress: link.index, logger: logger),
            monitor: try monitor(addresses))
        let director = try director(parts)
        try await serve(director, parts)
        await parts.places.stop()
        await network.close()
        _ = consume lock
        logger.info("stopped")
    }

    /// What the director works with.
    private struct Parts {
        let network: HostNetwork
        let plan: AccelerationPlan
        let portPlan: PortPlan
        let plane: LiveDataPlane
        let places: CheckPlaces
        let monitor: HealthMonitor
    }

    private func monitor(_ addresses: CheckAddresses) throws(Refusal) -> HealthMonitor {
        let probes = try refusing { () throws(ProbesError) in try Probes() }
        return HealthMonitor(
            ask: { await probes.run($0, $1) }, mark: { addresses.mark(of: $0) })
    }

    /// Goes on where a process that was killed has left off.
    private func director(_ parts: Parts) throws(Refusal) -> Director {
        let origin = parts.plane.flowOrigin
        origin.describe(to: logger, file)
        let acceleration = AccelerationState(
            plan: parts.plan, refusal: parts.plane.accelerationRefusal)
        acceleration.describe(to: logger, file)
        let port = PortState(plan: parts.portPlan, plane: parts.plane)
        port.describe(to: logger, file)
        let journal = JournalFile(runtimeDirectory: file.runtimeDirectory)
        let start = Start(file: file, journal: journal, logger: logger)
        start.settings.describe(to: logger)
        return try refusing { () throws(DirectorError) in
            try Director(
                settings: start.settings, file: file, keptRealServers: origin.kept,
                knownHealth: start.health, kept: start.kept,
                problems: origin.problems(file) + acceleration.problems(file) + port.problems(file),
                plane: ForwardingAdapter(
                    plane: parts.plane, places: parts.places, logger: logger),
                network: HostNetworkAdapter(network: parts.network),
                health: HealthAdapter(monitor: parts.monitor, places: parts.places),
                segment: SegmentAdapter(), journal: journal, clock: ContinuousClock(),
                wallClock: { UInt64(Date().timeIntervalSince1970 * 1000) },
                log: { [logger] event in logger.log(level: event.logLevel, "\(event)") })
        }
    }

    /// Ends what it started in the opposite order: the data plane last.
    private func serve(_ director: Director, _ parts: Parts) async throws {
        let (plane, monitor) = (parts.plane, parts.monitor)
        let source = ControlAdapter(
            director: director, plane: plane, store: store, interface: file.interface,
            threshold: threshold)
        let control = ControlServer(
            path: file.runtimeDirectory + "/control.sock", source: source, logger: logger)
        let stats = ControlServer(
            path: file.runtimeDirectory + "/stats.sock", access: .readOnly, source: source,
            logger: logger)
        let metrics = file.metrics.map { address in
            MetricsService(
                server: MetricsServer(address: address, source: source, logger: logger),
                logger: logger)
        }
        let services: [any Service] = [
            DataPlaneService(plane: plane, logger: logger),
            CancellableService { await monitor.run() },
            CancellableService { try await director.run() },
            CancellableService { try await control.run { await heedStandbyMark(director) } },
            CancellableService { try await stats.run() },
            ReloadOnSignal(source: source, logger: logger),
            Watch(systemd: Systemd(), director: director, plane: plane, logger: logger),
        ]
        var configuration = ServiceGroupConfiguration(
            services: (services + (metrics.map { [$0] } ?? [])).map {
                .init(service: $0, failureTerminationBehavior: .gracefullyShutdownGroup)
            },
            gracefulShutdownSignals: [.sigterm, .sigint], logger: quiet)
        configuration.maximumGracefulShutdownDuration = .seconds(10)
        try await ServiceGroup(configuration: configuration).run()
    }

    /// Once it listens nobody leaves a mark any more.
    private func heedStandbyMark(_ director: Director) async {
        guard StandbyMark(runtimeDirectory: file.runtimeDirectory).remove() else { return }
        do {
            try await director.setRole(.standby)
        } catch {
            logger.warning("standby as it was told while it did not run: \(error)")
        }
    }

    /// The group's own chatter is for debugging only.
    private var quiet: Logger {
        var quiet = logger
        quiet.logLevel = max(logger.logLevel, .warning)
        return quiet
    }

    /// What the system does not grant at the start is a sentence, not a trace.
    private func refusing<Result: ~Copyable, Failure>(
        _ make: () throws(Failure) -> Result
    ) throws(Refusal) -> Result {
        do {
            return try make()
        } catch {
            throw .unavailable("\(error)")
        }
    }
}

/// Gives the VIPs up when everything else has stopped.
private struct DataPlaneService: Service {
    let plane: LiveDataPlane
    let logger: Logger

    func run() async throws {
        // Thrown when the group is cancelled: it is time to stop all the same.
        try? await gracefulShutdown()
        do {
            try await plane.stop()
        } catch {
            logger.error("\(error)")
        }
    }
}

/// Runs until it is cancelled by the group's shutdown.
private struct CancellableService: Service {
    let body: @Sendable () async throws -> Void

    func run() async throws {
        try await cancelWhenGracefulShutdown(body)
    }
}

extension DirectorEvent {
    fileprivate var logLevel: Logger.Level {
        switch level {
        case .debug: .debug
        case .info: .info
        case .warning: .warning
        }
    }
}

extension DirectorSettings {
    /// Says what will be served.
    fileprivate func describe(to logger: Logger) {
        for service in services {
            let reals = service.realServers.map { "\($0.address) (weight \($0.weight))" }
            let list = reals.isEmpty ? "no real servers" : reals.joined(separator: ", ")
            logger.info(
                "serving \(service.address) on \(interface) by \(service.scheduler.rawValue): \(list)"
            )
        }
        if services.isEmpty {
            logger.warning("the configuration has no virtual services")
        }
    }
}
