// SPDX-License-Identifier: Apache-2.0

import ControlPlane
import ControlServer
import DataPlane
import FoundationEssentials
import HostNetwork
import LVSModel
import Logging
import ServiceLifecycle
import UnixSignals

/// The parts of a director, wired: data plane, director, control socket, service systemd.
struct Daemon {
    let settings: DirectorSettings
    let logger: Logger

    /// Serves until SIGTERM or SIGINT.
    func run() async throws {
        try Capabilities.check()
        let network = try refusing { try HostNetwork() }
        let link = try await Preflight(settings: settings, network: network).run(logger)
        let lock = try InstanceLock(
            runtimeDirectory: settings.runtimeDirectory, interface: link.name, index: link.index)
        let plane = try refusing {
            try LiveDataPlane(
                interface: link.index, flowCapacity: settings.flowCapacity,
                flowFile: settings.flowFile, timeouts: settings.timeouts,
                workers: settings.workers ?? min(ProcessInfo.processInfo.activeProcessorCount, 4))
        }
        let origin = plane.flowOrigin
        origin.describe(to: logger, settings)
        let director = try refusing { () throws(DirectorError) in
            try Director(
                settings: settings, keptRealServers: origin.kept,
                problems: origin.problems(settings), plane: ForwardingAdapter(plane: plane),
                network: HostNetworkAdapter(network: network), clock: ContinuousClock(),
                wallClock: { UInt64(Date().timeIntervalSince1970 * 1000) },
                log: { [logger] event in logger.log(level: event.logLevel, "\(event)") })
        }
        settings.describe(to: logger)
        try await serve(director, plane)
        await network.close()
        _ = consume lock
        logger.info("stopped")
    }

    /// Ends what it started in the opposite order: the data plane last.
    private func serve(_ director: Director, _ plane: LiveDataPlane) async throws {
        let systemd = Systemd()
        let socket = settings.runtimeDirectory + "/control.sock"
        let control = ControlServer(
            path: socket,
            source: ControlAdapter(
                director: director, plane: plane, interface: settings.interface),
            logger: logger)
        let services: [any Service] = [
            DataPlaneService(plane: plane, logger: logger),
            CancellableService { try await director.run() },
            CancellableService { try await control.run() },
            Watch(systemd: systemd, director: director, plane: plane, logger: logger),
        ]
        var configuration = ServiceGroupConfiguration(
            services: services.map {
                .init(service: $0, failureTerminationBehavior: .gracefullyShutdownGroup)
            },
            gracefulShutdownSignals: [.sigterm, .sigint], logger: quiet)
        configuration.maximumGracefulShutdownDuration = .seconds(10)
        try await ServiceGroup(configuration: configuration).run()
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
