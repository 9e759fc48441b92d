// SPDX-License-Identifier: Apache-2.0

import Glibc
import LVSModel
import NIOCore
import NIOPosix

/// Holds conversations over sockets of SwiftNIO.
///
/// Its sockets belong to the network namespace of the thread that made it.
struct SocketProbe: Sendable {
    enum Kind: Sendable {
        case stream
        /// It is closed in any case.
        case connected(ConnectedSocket)

        var isStream: Bool {
            if case .stream = self { true } else { false }
        }
    }

    private let eventLoop = OwnEventLoop()

    /// Asks, and returns what came of it: after the question's time at the latest, or soon after the
    /// task is cancelled.
    ///
    /// - Parameter open: makes the socket and what is to be said over it, on the thread whose network
    ///   namespace it belongs to.
    func run<Talk: Conversation>(
        _ question: ProbeQuestion,
        _ open: @escaping @Sendable () throws(IOError) -> (Kind, Talk)
    ) async -> CheckOutcome {
        let loop = eventLoop.group.next()
        let outcome = loop.makePromise(of: CheckOutcome.self)
        loop.execute {
            do throws(IOError) {
                let (kind, conversation) = try open()
                connect(kind, question, on: loop) { channel in
                    channel.eventLoop.makeCompletedFuture {
                        let handler = ConversationHandler(
                            conversation, question, isStream: kind.isStream, outcome: outcome)
                        try Self.setUp(channel, question, handler, outcome)
                    }
                }.whenFailure {
                    // After an outcome that came first this one is heard by nobody.
                    outcome.succeed(
                        $0 is ChannelError ? question.absence : Wording.outcome(of: $0))
                }
            } catch {
                outcome.succeed(Wording.outcome(of: error))
            }
        }
        return await withTaskCancellationHandler {
            (try? await outcome.futureResult.get()) ?? question.silence
        } onCancel: {
            outcome.succeed(.failed("cancelled"))
        }
    }

    /// The channel lives until there is an outcome, or the time is over.
    private static func setUp(
        _ channel: any Channel, _ question: ProbeQuestion,
        _ handler: ConversationHandler<some Conversation>,
        _ outcome: EventLoopPromise<CheckOutcome>
    ) throws {
        let pipeline = channel.pipeline.syncOperations
        try pipeline.addHandler(handler)
        let bound = NIOLoopBound(handler, eventLoop: channel.eventLoop)
        let deadline = channel.eventLoop.scheduleTask(in: TimeAmount(question.timeout)) {
            bound.value.expire()
        }
        outcome.futureResult.whenComplete { _ in
            deadline.cancel()
            channel.close(promise: nil)
        }
    }

    private func connect(
        _ kind: Kind, _ question: ProbeQuestion, on loop: any EventLoop,
        _ setUp: @escaping @Sendable (any Channel) -> EventLoopFuture<Void>
    ) -> EventLoopFuture<any Channel> {
        switch kind {
        case .connected(let socket):
            // Read and written like a pipe: so an ICMP error comes as one, which a datagram channel
            // passes over.
            return NIOPipeBootstrap(group: loop).channelInitializer(setUp)
                .takingOwnershipOfDescriptor(inputOutput: socket.descriptor).map { $0 }
        case .stream:
            let bootstrap = ClientBootstrap(group: loop)
                .connectTimeout(TimeAmount(question.timeout))
                .channelInitializer { channel in
                    Self.endWithReset(channel).flatMap { setUp(channel) }
                }
            do {
                let address = try NIOCore.SocketAddress(
                    ipAddress: question.realServer.description, port: Int(question.port))
                guard let mark = question.mark else { return bootstrap.connect(to: address) }
                return bootstrap.channelOption(Self.markOption, value: SocketOptionValue(mark))
                    .connect(to: address)
            } catch {
                return loop.makeFailedFuture(error)
            }
        }
    }

    /// Set before the socket connects: the first packet bears it. It is for those alone who may set
    /// it (CAP_NET_ADMIN), hence not where none is needed.
    private static let markOption = ChannelOptions.socket(
        SocketOptionLevel(SOL_SOCKET), SocketOptionName(SO_MARK))

    /// Who closes a connection first keeps its port in TIME_WAIT for a minute: 2,500 checks a second
    /// would soon have no port left. A reset leaves nothing behind (tcp(7), SO_LINGER of 0 s).
    private static func endWithReset(_ channel: any Channel) -> EventLoopFuture<Void> {
        guard let socket = channel as? any SocketOptionProvider else {
            return channel.eventLoop.makeSucceededVoidFuture()
        }
        return socket.setSoLinger(linger(l_onoff: 1, l_linger: 0))
    }
}

/// One thread, which sleeps while nothing is asked; it goes with its last reference.
private final class OwnEventLoop: Sendable {
    let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)

    deinit {
        group.shutdownGracefully { _ in }
    }
}
