// SPDX-License-Identifier: Apache-2.0

import HTTPTypes
import HummingbirdCore
import LVSModel
public import Logging
import NIOCore
import NIOPosix

/// The control socket's server: HTTP/1.1 over a unix domain socket.
///
/// Everything that a client can take is bounded: the number of connections, the time that each one
/// has, the size of a request's header; a request's body is never kept. So a slow, endless or broken
/// client costs one of the connections for a moment. Each answer says `Connection: close`.
public struct ControlServer: Sendable {
    /// What clients may take.
    package struct Limits: Sendable {
        /// Open at the same time; further ones wait in the kernel's queue.
        package var connections = 32
        /// From a connection's beginning to its end, whatever happens on it; a capture has its
        /// duration beside it.
        package var lifetime = Duration.seconds(10)
        /// The same for a change, which is answered when it is in force.
        package var change = Duration.seconds(60)
        /// For what is being answered when the server stops.
        package var grace = Duration.seconds(1)
        /// All header fields of a request together.
        package var headerBytes = 8 << 10
        package var headerFields = 64

        package init() {}
    }

    /// One thread for the life of the process; it sleeps while nobody asks.
    private static let eventLoop = MultiThreadedEventLoopGroup(numberOfThreads: 1)

    /// What can be done over a socket.
    public enum Access: Hashable, Sendable {
        /// Everything, by the socket's owner and group.
        case full
        /// Reading, by everyone.
        case readOnly
    }

    private let path: String
    private let access: Access
    private let source: any ControlSource
    private let logger: Logger
    private let limits: Limits

    /// - Parameters:
    ///   - path: The socket's path, 1...107 bytes. Its directory exists; the caller makes sure that
    ///     no other director serves it, because a socket that is there is replaced.
    ///   - source: What is told.
    ///   - logger: Hears of nothing but trouble unless its level is `debug` or lower.
    public init(
        path: String, access: Access = .full, source: any ControlSource, logger: Logger
    ) {
        self.init(path: path, access: access, source: source, logger: logger, limits: Limits())
    }

    package init(
        path: String, access: Access = .full, source: any ControlSource, logger: Logger,
        limits: Limits
    ) {
        self.path = path
        self.access = access
        self.source = source
        self.logger = logger
        self.limits = limits
    }

    /// Serves until the task is cancelled, then finishes what is being answered, closes everything
    /// and removes the socket.
    ///
    /// - Parameter onListening: Called once, when clients can connect.
    public func run(onListening: @Sendable () async -> Void = {}) async throws(ControlServerError) {
        let connections = OpenConnections()
        let listener = try await listen(connections)
        defer { SocketFile.remove(path) }
        await onListening()
        await withTaskCancellationHandler {
            try? await listener.closeFuture.get()
        } onCancel: {
            listener.close(promise: nil)
        }
        await connections.closeAll(grace: TimeAmount(limits.grace))
        guard Task.isCancelled else {
            throw .stopped(path: path, detail: "its listener was closed")
        }
    }

    private func listen(
        _ connections: OpenConnections
    ) async throws(ControlServerError) -> any Channel {
        let descriptor = try SocketFile.listen(at: path, access)
        do {
            return try await bootstrap(connections).withBoundSocket(descriptor).get()
        } catch {
            SocketFile.remove(path)
            throw .stopped(path: path, detail: "\(error)")
        }
    }

    /// Each connection gets a task of its own, which ends with it.
    private func bootstrap(_ connections: OpenConnections) -> ServerBootstrap {
        let (limits, logger, http) = (limits, logger, httpChannel(connections))
        return ServerBootstrap(group: Self.eventLoop)
            .serverChannelInitializer { listener in
                listener.eventLoop.makeCompletedFuture {
                    try listener.pipeline.syncOperations.addHandler(
                        AvailableConnectionsChannelHandler(maxConnections: limits.connections))
                }
            }
            .childChannelOption(.allowRemoteHalfClosure, value: true)
            .childChannelInitializer { channel in
                connections.add(channel, lifetime: TimeAmount(limits.lifetime))
                return http.setup(channel: channel, logger: logger).map { connection in
                    _ = Task { await http.handle(value: connection, logger: logger) }
                }
            }
    }

    private func httpChannel(_ connections: OpenConnections) -> HTTP1Channel {
        let (limits, logger) = (limits, logger)
        let api = ControlAPI(source: source, isReadOnly: access == .readOnly)
        return HTTP1Channel(
            responder: { request, writer, channel in
                if request.method == .post {
                    connections.prolong(channel, to: TimeAmount(limits.change))
                }
                switch await api.answer(to: request) {
                case .document(let response):
                    if request.method == .post {
                        await Self.log(request, response, channel, logger)
                    }
                    try await writer.write(response: response.head, body: response.body)
                case .stream(let stream):
                    let time = stream.duration.map { limits.lifetime + $0 }
                    connections.prolong(channel, to: time.map { TimeAmount($0) })
                    try await Self.write(stream, writer)
                }
            },
            configuration: HTTP1Channel.Configuration(
                httpDecoderConfiguration: .init(
                    maxHeaderFieldSize: limits.headerBytes, maxHeaderListSize: limits.headerBytes,
                    maxHeaderFieldCount: limits.headerFields)))
    }

    /// Who changed what, or tried to.
    private static func log(
        _ request: Request, _ response: Response, _ channel: any Channel, _ logger: Logger
    ) async {
        let peer = await Peer.of(channel).map { "\($0)" } ?? "somebody"
        let (path, status) = (request.uri.path, response.status.code)
        logger.notice("\(peer) asked for \(path): answered with status \(status)")
    }

    /// The stream ends with its connection, whichever way that ends.
    private static func write(
        _ stream: any AnswerStream, _ writer: consuming ResponseWriter
    ) async throws {
        do {
            var body: any ResponseBodyWriter = try await writer.writeHead(
                ControlAPI.head(of: stream))
            try await stream.write(to: &body)
            await stream.end()
            try await body.finish(nil)
        } catch {
            await stream.end()
            throw error
        }
    }
}
