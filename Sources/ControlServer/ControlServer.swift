// SPDX-License-Identifier: Apache-2.0

import LVSModel
public import Logging
import NIOCore
import NIOPosix

/// The control socket's server: HTTP/1.1 over a unix domain socket.
///
/// Everything that a client can take is bounded: the number of connections, the time that each one
/// has, the size of a request's header and body, the answers that are made at once. So a slow,
/// endless or broken client costs one of the connections for a moment. A connection has one request;
/// each answer says `Connection: close`.
public struct ControlServer: Sendable {
    /// What clients may take.
    package struct Limits: Sendable {
        /// Open at the same time; further ones wait in the kernel's queue.
        package var connections = 32
        /// From a connection's beginning to its end, whatever happens on it; a stream has its
        /// duration beside it.
        package var lifetime = Duration.seconds(10)
        /// For a change once it has been read, which is answered when it is in force.
        package var change = Duration.seconds(60)
        /// For a stream without an end, from one piece that its client takes to the next.
        package var silence = Duration.seconds(60)
        /// For what is being answered when the server stops.
        package var grace = Duration.seconds(1)
        /// All header fields of a request together.
        package var headerBytes = 8 << 10
        package var headerFields = 64
        /// Answered at the same time; those over it are refused.
        package var streams = 16
        /// Readings of all services, made at the same time; those over it wait.
        package var documents = 4

        package init() {}
    }

    /// What can be done over a socket.
    public enum Access: Hashable, Sendable {
        /// Everything, by the socket's owner and group.
        case full
        /// Reading, by everyone.
        case readOnly
    }

    /// A thread each for the life of the process, so that readers do not hold up who changes
    /// something; they sleep while nobody asks.
    private static let eventLoop = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    static let readersEventLoop = MultiThreadedEventLoopGroup(numberOfThreads: 1)

    private let path: String
    private let access: Access
    private let logger: Logger
    private let service: HTTPService

    /// - Parameters:
    ///   - path: The socket's path, 1...107 bytes. Its directory exists; the caller makes sure that
    ///     no other director serves it, because a socket that is there is replaced.
    ///   - source: What is told.
    ///   - logger: Hears who changed what, and of trouble.
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
        self.logger = logger
        service = HTTPService(source, access == .full ? .everything : .reading, limits, logger)
    }

    /// Serves until the task is cancelled, then finishes what is being answered, closes everything
    /// and removes the socket.
    ///
    /// - Parameter onListening: Called once, when clients can connect.
    public func run(onListening: @Sendable () async -> Void = {}) async throws(ControlServerError) {
        let listener = try await listen()
        defer { SocketFile.remove(path) }
        await onListening()
        await service.serve(listener)
        guard Task.isCancelled else {
            throw .stopped(path: path, detail: "its listener was closed")
        }
    }

    private func listen() async throws(ControlServerError) -> any Channel {
        let descriptor = try SocketFile.listen(at: path, access)
        if access == .full, !SocketFile.hasGroup {
            logger.notice(
                """
                there is no group \(SocketFile.group): only root may ask at \(path); make it with: \
                groupadd --system \(SocketFile.group)
                """)
        }
        do {
            let eventLoop = access == .full ? Self.eventLoop : Self.readersEventLoop
            return try await service.bootstrap(on: eventLoop).withBoundSocket(descriptor).get()
        } catch {
            SocketFile.remove(path)
            throw .stopped(path: path, detail: "\(error)")
        }
    }
}
