// SPDX-License-Identifier: Apache-2.0

import Glibc
import LVSModel
import NIOCore
import NIOPosix

/// Holds conversations over sockets of SwiftNIO.
struct SocketProbe: Sendable {
    enum Kind: Sendable {
        case stream
        case datagram
        /// Raw ICMP or ICMPv6; needs CAP_NET_RAW.
        case icmp
    }

    /// One thread for the life of the process; it sleeps while nothing is asked.
    private static let eventLoops = MultiThreadedEventLoopGroup(numberOfThreads: 1)

    /// Asks, and returns what came of it: after the question's time at the latest.
    func run<Talk: Conversation>(
        _ kind: Kind, _ question: ProbeQuestion, _ conversation: Talk
    ) async -> CheckOutcome {
        let loop = Self.eventLoops.next()
        let outcome = loop.makePromise(of: CheckOutcome.self)
        let setUp: @Sendable (any Channel) -> EventLoopFuture<Void> = { channel in
            channel.eventLoop.makeCompletedFuture {
                let handler = ConversationHandler(conversation, outcome: outcome)
                let pipeline = channel.pipeline.syncOperations
                try pipeline.addHandler(handler)
                let bound = NIOLoopBound(handler, eventLoop: channel.eventLoop)
                let deadline = channel.eventLoop.scheduleTask(in: TimeAmount(question.timeout)) {
                    bound.value.expire(question.silence, channel)
                }
                outcome.futureResult.whenComplete { _ in deadline.cancel() }
            }
        }
        connect(kind, question, on: loop, setUp).whenComplete { result in
            switch result {
            case .success(let channel):
                let pipeline = channel.pipeline.syncOperations
                (try? pipeline.handler(type: ConversationHandler<Talk>.self))?.begin()
            case .failure(let error):
                // After a deadline that came first nothing is waited for.
                let isLate = error is ChannelError
                outcome.succeed(
                    isLate ? question.silence : .failed(Wording.cause(of: error)))
            }
        }
        let result = try? await outcome.futureResult.get()
        return result ?? question.silence
    }

    private func connect(
        _ kind: Kind, _ question: ProbeQuestion, on loop: any EventLoop,
        _ setUp: @escaping @Sendable (any Channel) -> EventLoopFuture<Void>
    ) -> EventLoopFuture<any Channel> {
        do {
            guard kind == .stream else {
                // A connected socket that is read and written like a pipe: so an ICMP error comes as
                // one, which a datagram channel passes over.
                let socket = try ConnectedSocket.open(kind, question)
                return NIOPipeBootstrap(group: loop)
                    .channelInitializer(setUp)
                    .takingOwnershipOfDescriptor(inputOutput: socket)
                    .map { $0 }
            }
            let address = try SocketAddress(
                ipAddress: question.realServer.description, port: Int(question.port))
            let bootstrap = ClientBootstrap(group: loop)
                .connectTimeout(TimeAmount(question.timeout))
                .channelInitializer { channel in
                    Self.endWithReset(channel).flatMap { setUp(channel) }
                }
            guard let mark = question.mark else { return bootstrap.connect(to: address) }
            return bootstrap.channelOption(Self.markOption, value: SocketOptionValue(mark))
                .connect(to: address)
        } catch {
            return loop.makeFailedFuture(error)
        }
    }

    private static let markOption = ChannelOptions.socket(
        SocketOptionLevel(SOL_SOCKET), SocketOptionName(SO_MARK))

    /// Thousands of checks would leave as many ports in TIME_WAIT.
    private static func endWithReset(_ channel: any Channel) -> EventLoopFuture<Void> {
        guard let socket = channel as? any SocketOptionProvider else {
            return channel.eventLoop.makeSucceededVoidFuture()
        }
        return socket.setSoLinger(linger(l_onoff: 1, l_linger: 0))
    }
}
