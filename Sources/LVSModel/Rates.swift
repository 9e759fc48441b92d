// SPDX-License-Identifier: Apache-2.0

/// What came in a second, on an average.
public struct Rate: Hashable, Sendable {
    public var connections: Double
    public var packets: Double
    /// IP lengths.
    public var bytes: Double

    public init(connections: Double = 0, packets: Double = 0, bytes: Double = 0) {
        self.connections = connections
        self.packets = packets
        self.bytes = bytes
    }
}

/// The averages over the last second, ten seconds and minute; nil where it was not watched for so
/// long.
public struct Rates: Hashable, Sendable {
    public var second: Rate?
    public var tenSeconds: Rate?
    public var minute: Rate?

    public init(second: Rate? = nil, tenSeconds: Rate? = nil, minute: Rate? = nil) {
        self.second = second
        self.tenSeconds = tenSeconds
        self.minute = minute
    }
}
