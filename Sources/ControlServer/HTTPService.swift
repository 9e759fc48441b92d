// SPDX-License-Identifier: Apache-2.0

import HTTPTypes
import HummingbirdCore
import LVSModel
import Logging
import NIOCore
import NIOPosix

/// What happens on the connections of a listener, whatever it listens at: a request each, answered
/// within bounds, and closed.
struct HTTPService: Sendable {
    let api: ControlAPI
    let limits: ControlServer.Limits
    let logger: Logger
    private let connections = OpenConnections()
    private let streams: Turnstile

    init(
        _ source: any ControlSource, _ offer: Offer, _ limits: ControlServer.Limits,
        _ logger: Logger
    ) {
        api = ControlAPI(
            source: source, offer: offer, turnstile: Turnstile(places: limits.documents))
        self.limits = limits
        self.logger = logger
        streams = Turnstile(places: limits.streams)
    }

    /// Each connection gets a task of its own, which ends with it.
    func bootstrap(on eventLoop: MultiThreadedEventLoopGroup) -> ServerBootstrap {
        let http = httpChannel
        return ServerBootstrap(group: eventLoop)
            .serverChannelInitializer { [limits] listener in
                listener.eventLoop.makeCompletedFuture {
                    try listener.pipeline.syncOperations.addHandler(
                        AvailableConnectionsChannelHandler(maxConnections: limits.connections))
                }
            }
            .childChannelOption(.allowRemoteHalfClosure, value: true)
            .childChannelInitializer { [connections, limits, logger] channel in
                connections.add(channel, lifetime: TimeAmount(limits.lifetime))
                return http.setup(channel: channel, logger: logger).map { connection in
                    let task = Task { await http.handle(value: connection, logger: logger) }
                    channel.closeFuture.whenComplete { _ in task.cancel() }
                }
            }
    }

    /// Until the task is cancelled, or the listener closed; then finishes what is being answered.
    func serve(_ listener: any Channel) async {
        await withTaskCancellationHandler {
            try? await listener.closeFuture.get()
        } onCancel: {
            listener.close(promise: nil)
        }
        await connections.closeAll(grace: TimeAmount(limits.grace))
    }

    private var httpChannel: HTTP1Channel {
        HTTP1Channel(
            responder: { request, writer, channel in
                try await respond(to: request, writer, channel)
                // Of requests in a row the first is answered. What was written still goes out, and
                // no more comes in for longer than a connection has.
                connections.prolong(channel, to: TimeAmount(limits.lifetime))
                channel.close(mode: .output, promise: nil)
            },
            configuration: HTTP1Channel.Configuration(
                httpDecoderConfiguration: .init(
                    maxHeaderFieldSize: limits.headerBytes, maxHeaderListSize: limits.headerBytes,
                    maxHeaderFieldCount: limits.headerFields)))
    }

    private func respond(
        to request: Request, _ writer: consuming ResponseWriter, _ channel: any Channel
    ) async throws {
        let peer = request.method == .post ? await Peer.of(channel) : nil
        let answer = await api.answer(to: request, by: peer?.author) {
            connections.prolong(channel, to: TimeAmount(limits.change))
        }
        switch answer {
        case .document(let response):
            if request.method == .post { log(request, response, peer) }
            try await writer.write(response: response.head, body: response.body)
        case .stream(let stream):
            guard streams.tryToEnter() else {
                await stream.end()
                let response = api.tooManyStreams(limits.streams)
                return try await writer.write(response: response.head, body: response.body)
            }
            defer { streams.leave() }
            let time = stream.duration.map { limits.lifetime + $0 } ?? limits.silence
            connections.prolong(channel, to: TimeAmount(time))
            try await write(stream, writer, channel)
        }
    }

    /// Who changed what, or tried to.
    private func log(_ request: Request, _ response: Response, _ peer: Peer?) {
        let peer = peer.map { "\($0)" } ?? "somebody"
        let (path, status) = (request.uri.description, response.status.code)
        logger.notice("\(peer) asked for \(path): answered with status \(status)")
    }

    /// The stream ends with its connection, whichever way that ends.
    private func write(
        _ stream: any AnswerStream, _ writer: consuming ResponseWriter, _ channel: any Channel
    ) async throws {
        do {
            var body: any ResponseBodyWriter = try await writer.writeHead(
                ControlAPI.head(of: stream))
            if stream.duration == nil {
                body = ProlongingWriter(
                    writer: body, connections: connections, channel: channel,
                    time: TimeAmount(limits.silence))
            }
            try await stream.write(to: &body)
            await stream.end()
            try await body.finish(nil)
        } catch {
            await stream.end()
            throw error
        }
    }
}

/// Lets a connection live on with each piece that its client takes.
private struct ProlongingWriter: ResponseBodyWriter {
    var writer: any ResponseBodyWriter
    let connections: OpenConnections
    let channel: any Channel
    let time: TimeAmount

    mutating func write(_ buffer: ByteBuffer) async throws {
        try await writer.write(buffer)
        connections.prolong(channel, to: time)
    }

    consuming func finish(_ trailingHeaders: HTTPFields?) async throws {
        try await writer.finish(trailingHeaders)
    }
}
