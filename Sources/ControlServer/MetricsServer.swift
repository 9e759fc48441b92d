// SPDX-License-Identifier: Apache-2.0

public import LVSModel
public import Logging
import NIOCore
import NIOPosix

/// Figures for Prometheus over TCP: `GET /metrics`, and nothing else.
///
/// Whoever reaches the address may read: no addresses of clients are told, but those of real servers
/// are. Clients are held to the bounds of a `ControlServer`.
public struct MetricsServer: Sendable {
    private let address: LVSModel.SocketAddress
    private let service: HTTPService

    /// - Parameter address: Of this host, or unspecified for all of its; port 0 is any that is free.
    public init(address: LVSModel.SocketAddress, source: any ControlSource, logger: Logger) {
        self.init(
            address: address, source: source, logger: logger, limits: ControlServer.Limits())
    }

    package init(
        address: LVSModel.SocketAddress, source: any ControlSource, logger: Logger,
        limits: ControlServer.Limits
    ) {
        self.address = address
        service = HTTPService(source, .metrics, limits, logger)
    }

    /// Serves until the task is cancelled, then finishes what is being answered.
    ///
    /// - Parameter onListening: Called once, when clients can connect, with the port.
    public func run(
        onListening: @Sendable (UInt16) async -> Void = { _ in }
    ) async throws(ControlServerError) {
        let listener: any Channel
        do {
            listener = try await service.bootstrap(on: ControlServer.readersEventLoop)
                .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
                .bind(host: "\(address.address)", port: Int(address.port)).get()
        } catch let error as IOError {
            throw .notListening(at: "\(address)", errno: error.errnoCode)
        } catch {
            throw .stopped(path: "\(address)", detail: "\(error)")
        }
        await onListening(UInt16(listener.localAddress?.port ?? 0))
        await service.serve(listener)
        guard Task.isCancelled else {
            throw .stopped(path: "\(address)", detail: "its listener was closed")
        }
    }
}
