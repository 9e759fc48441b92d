// SPDX-License-Identifier: Apache-2.0

import LVSModel
import NIOCore

/// Holds one conversation on a channel, until the outcome is known.
///
/// On the channel's event loop.
final class ConversationHandler<Talk: Conversation>: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    /// Pieces of an answer: who sends more has none.
    private static var most: Int { 4_096 }

    private let question: ProbeQuestion
    private let isStream: Bool
    /// Whether somebody is there: a stream has been connected.
    private var isHeard = false
    private let outcome: EventLoopPromise<CheckOutcome>
    private var conversation: Talk
    private var isDone = false
    private var count = 0

    init(
        _ conversation: Talk, _ question: ProbeQuestion, isStream: Bool,
        outcome: EventLoopPromise<CheckOutcome>
    ) {
        self.conversation = conversation
        self.question = question
        self.isStream = isStream
        self.outcome = outcome
    }

    func channelActive(context: ChannelHandlerContext) {
        isHeard = isStream
        take(conversation.begin(), context)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !isDone else { return }
        count += 1
        guard count <= Self.most else {
            return finish(.failed("no answer in more than \(Self.most) messages"))
        }
        let buffer = unwrapInboundIn(data)
        take(conversation.receive(Array(buffer.readableBytesView)), context)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        finish(isHeard ? .failed(Wording.cause(of: error)) : Wording.outcome(of: error))
    }

    func channelInactive(context: ChannelHandlerContext) {
        finish(conversation.end() ?? .failed("connection closed"))
    }

    /// The time is over.
    func expire() {
        finish(conversation.silence() ?? (isHeard ? question.silence : question.absence))
    }

    private func take(_ step: ConversationStep, _ context: ChannelHandlerContext) {
        switch step {
        case .wait: return
        case .send(let bytes): send(bytes, context)
        case .done(let outcome): finish(outcome)
        case .takeLeave(let bytes, let outcome):
            send(bytes, context)
            finish(outcome)
        }
    }

    private func send(_ bytes: [UInt8], _ context: ChannelHandlerContext) {
        let buffer = context.channel.allocator.buffer(bytes: bytes)
        context.writeAndFlush(NIOAny(buffer)).whenFailure { [channel = context.channel] in
            channel.pipeline.fireErrorCaught($0)
        }
    }

    private func finish(_ result: CheckOutcome) {
        guard !isDone else { return }
        isDone = true
        outcome.succeed(result)
    }
}
