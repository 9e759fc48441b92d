// SPDX-License-Identifier: Apache-2.0

import LVSModel

/// Averages over the last second, ten seconds and minute; null where it was not watched for so long.
public struct RatesMessage: Codable, Hashable, Sendable {
    @Nullable public var second: RateMessage?
    @Nullable public var tenSeconds: RateMessage?
    @Nullable public var minute: RateMessage?

    init(_ rates: Rates) {
        second = rates.second.map(RateMessage.init)
        tenSeconds = rates.tenSeconds.map(RateMessage.init)
        minute = rates.minute.map(RateMessage.init)
    }
}

/// What came in a second.
public struct RateMessage: Codable, Hashable, Sendable {
    public var connections: Double
    public var packets: Double
    /// IP lengths.
    public var bytes: Double

    init(_ rate: Rate) {
        connections = rate.connections
        packets = rate.packets
        bytes = rate.bytes
    }
}
