// SPDX-License-Identifier: Apache-2.0

import LVSModel
import NIOCore

/// Holds one conversation on a channel; closes the channel when the outcome is known.
///
/// On the channel's event loop.
final class ConversationHandler<Talk: Conversation>: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let outcome: EventLoopPromise<CheckOutcome>
    private var conversation: Talk
    private var isDone = false
    private var context: ChannelHandlerContext?

    init(_ conversation: Talk, outcome: EventLoopPromise<CheckOutcome>) {
        self.conversation = conversation
        self.outcome = outcome
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
    }

    /// To be called when the socket is connected.
    func begin() {
        guard let context, !isDone else { return }
        take(conversation.begin(), context)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !isDone else { return }
        let buffer = unwrapInboundIn(data)
        take(conversation.receive(Array(buffer.readableBytesView)), context)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        finish(.failed(Wording.cause(of: error)), context.channel)
    }

    func channelInactive(context: ChannelHandlerContext) {
        finish(conversation.end() ?? .failed("connection closed"), context.channel)
    }

    /// The time is over.
    func expire(_ silence: CheckOutcome, _ channel: any Channel) {
        finish(conversation.silence() ?? silence, channel)
    }

    private func take(_ step: ConversationStep, _ context: ChannelHandlerContext) {
        switch step {
        case .wait: return
        case .send(let bytes):
            let buffer = context.channel.allocator.buffer(bytes: bytes)
            context.writeAndFlush(NIOAny(buffer)).whenFailure { [channel = context.channel] in
                channel.pipeline.fireErrorCaught($0)
            }
        case .done(let outcome): finish(outcome, context.channel)
        }
    }

    private func finish(_ result: CheckOutcome, _ channel: any Channel) {
        guard !isDone else { return }
        isDone = true
        outcome.succeed(result)
        channel.close(promise: nil)
    }
}
