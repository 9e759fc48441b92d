// SPDX-License-Identifier: Apache-2.0

import NIOCore
import Synchronization

/// The connections of a control server that are open, so that none outlives it.
final class OpenConnections: Sendable {
    private struct State {
        var channels: [ObjectIdentifier: any Channel] = [:]
        var isStopping = false
    }

    private let state = Mutex(State())

    /// Keeps the connection until it is closed; closes it at once while the server stops.
    func add(_ channel: any Channel) {
        let id = ObjectIdentifier(channel)
        let isStopping = state.withLock { state in
            state.channels[id] = channel
            return state.isStopping
        }
        channel.closeFuture.whenComplete { [self] _ in
            state.withLock { _ = $0.channels.removeValue(forKey: id) }
        }
        if isStopping {
            channel.close(promise: nil)
        }
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
