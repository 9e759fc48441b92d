// SPDX-License-Identifier: Apache-2.0

import NIOCore
import Synchronization

/// The connections of a control server that are open, so that none outlives it.
final class OpenConnections: Sendable {
    private struct State {
        var channels: [ObjectIdentifier: any Channel] = [:]
        /// When they are closed, whatever happens on them.
        var deadlines: [ObjectIdentifier: Scheduled<Void>] = [:]
        var isStopping = false
    }

    private let state = Mutex(State())

    /// Keeps the connection until it is closed, which is after `lifetime` at the latest; closes it
    /// at once while the server stops.
    func add(_ channel: any Channel, lifetime: TimeAmount) {
        let id = ObjectIdentifier(channel)
        let isStopping = state.withLock { state in
            state.channels[id] = channel
            return state.isStopping
        }
        prolong(channel, to: lifetime)
        channel.closeFuture.whenComplete { [self] _ in
            let deadline = state.withLock { state in
                state.channels[id] = nil
                return state.deadlines.removeValue(forKey: id)
            }
            deadline?.cancel()
        }
        if isStopping {
            channel.close(promise: nil)
        }
    }

    /// Closes the connection when `time` is over from now, rather than when it was to be before.
    func prolong(_ channel: any Channel, to time: TimeAmount) {
        let deadline = channel.eventLoop.scheduleTask(in: time) { channel.close(promise: nil) }
        let id = ObjectIdentifier(channel)
        let former = state.withLock { state -> Scheduled<Void>? in
            guard state.channels[id] != nil else { return deadline }
            defer { state.deadlines[id] = deadline }
            return state.deadlines[id]
        }
        former?.cancel()
    }

    /// Closes the idle ones at once, those with a request after their answer, and whatever is left
    /// after `grace`; returns when all are closed.
    func closeAll(grace: TimeAmount) async {
        let channels = state.withLock { state in
            state.isStopping = true
            return Array(state.channels.values)
        }
        for channel in channels {
            channel.pipeline.fireUserInboundEventTriggered(ChannelShouldQuiesceEvent())
            channel.close(after: grace)
        }
        for channel in channels {
            try? await channel.closeFuture.get()
        }
    }
}

extension Channel {
    /// Closes the channel when `time` is over, unless it is closed by then.
    func close(after time: TimeAmount) {
        let deadline = eventLoop.scheduleTask(in: time) {
            self.close(promise: nil)
        }
        closeFuture.whenComplete { _ in deadline.cancel() }
    }
}
