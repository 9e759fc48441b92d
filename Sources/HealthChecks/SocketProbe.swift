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
    func run(
        _ kind: Kind, _ question: ProbeQuestion, _ conversation: some Conversation
    ) async -> CheckOutcome {
        let loop = Self.eventLoops.next()
        let outcome = loop.makePromise(of: CheckOutcome.self)
        let setUp: @Sendable (any Channel) -> EventLoopFuture<Void> = { channel in
            channel.eventLoop.makeCompletedFuture {
                let handler = ConversationHandler(conversation, outcome: outcome)
                let pipeline = channel.pipeline.syncOperations
                if kind != .stream { try pipeline.addHandler(DatagramContentHandler()) }
                try pipeline.addHandler(handler)
                let bound = NIOLoopBound(handler, eventLoop: channel.eventLoop)
                let deadline = channel.eventLoop.scheduleTask(in: TimeAmount(question.timeout)) {
                    bound.value.expire(question.silence, channel)
                }
                outcome.futureResult.whenComplete { _ in deadline.cancel() }
            }
        }
        connect(kind, question, on: loop, setUp).whenFailure {
            // After a deadline that came first nothing is waited for.
            outcome.succeed(
                $0 is ChannelError ? question.silence : .failed(Wording.cause(of: $0)))
        }
        let result = try? await outcome.futureResult.get()
        return result ?? question.silence
    }

    private func connect(
        _ kind: Kind, _ question: ProbeQuestion, on loop: any EventLoop,
        _ setUp: @escaping @Sendable (any Channel) -> EventLoopFuture<Void>
    ) -> EventLoopFuture<any Channel> {
        let mark = SocketOptionValue(question.mark ?? 0)
        let host = question.realServer.description
        let isIPv6 = question.realServer.family == .ipv6
        do {
            let address = try SocketAddress(ipAddress: host, port: Int(question.port))
            switch kind {
            case .stream:
                return ClientBootstrap(group: loop)
                    .connectTimeout(TimeAmount(question.timeout))
                    .channelOption(Self.markOption, value: mark)
                    .channelInitializer { channel in
                        Self.endWithReset(channel).flatMap { setUp(channel) }
                    }
                    .connect(to: address)
            case .datagram:
                return DatagramBootstrap(group: loop)
                    .channelOption(Self.markOption, value: mark)
                    .channelInitializer(setUp)
                    .connect(to: address)
            case .icmp:
                return NIORawSocketBootstrap(group: loop)
                    .channelOption(Self.markOption, value: mark)
                    .channelInitializer(setUp)
                    .connect(
                        host: host,
                        ipProtocol: NIOIPProtocol(
                            rawValue: UInt8(isIPv6 ? IPPROTO_ICMPV6 : Int(IPPROTO_ICMP))))
            }
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
