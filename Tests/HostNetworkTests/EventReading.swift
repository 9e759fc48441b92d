// SPDX-License-Identifier: Apache-2.0

import LVSModel

/// What came until the time was over.
struct EventMissing: Error {
    let seen: [HostNetworkEvent]
}

extension AsyncStream<HostNetworkEvent> {
    /// Reads up to the first event that fits, and returns all that it read.
    @discardableResult
    func upTo(
        within timeout: Duration = .seconds(5),
        _ isLast: @escaping @Sendable (HostNetworkEvent) -> Bool
    ) async throws -> [HostNetworkEvent] {
        let stream = self
        let reading = Task {
            var seen: [HostNetworkEvent] = []
            for await event in stream {
                seen.append(event)
                if isLast(event) { return seen }
            }
            throw EventMissing(seen: seen)
        }
        let limit = Task {
            try await Task.sleep(for: timeout)
            reading.cancel()
        }
        defer { limit.cancel() }
        return try await reading.value
    }

    /// Reads up to the event that says this of a neighbour.
    func upTo(
        _ address: IPAddress, has mac: MACAddress?, within timeout: Duration = .seconds(5)
    ) async throws {
        try await upTo(within: timeout) { event in
            guard case .neighbour(let neighbour) = event else { return false }
            return neighbour.address == address && neighbour.mac == mac
        }
    }
}
