// SPDX-License-Identifier: Apache-2.0

/// What went through an interface, as the kernel counts it (Ethernet headers included).
public struct LinkCounters: Hashable, Sendable {
    public var receivedBytes: UInt64
    /// A super-frame counts once.
    public var receivedPackets: UInt64
    public var sentBytes: UInt64
    public var sentPackets: UInt64

    public init(
        receivedBytes: UInt64, receivedPackets: UInt64, sentBytes: UInt64, sentPackets: UInt64
    ) {
        self.receivedBytes = receivedBytes
        self.receivedPackets = receivedPackets
        self.sentBytes = sentBytes
        self.sentPackets = sentPackets
    }

    /// Takes the interface's line of `/proc/net/dev`; nil where there is none.
    init?(_ interface: String, in text: String) {
        let lines = text.split(separator: "\n").map { $0.split(separator: " ") }
        guard let words = lines.first(where: { $0.first == "\(interface):" }), words.count >= 11,
            let receivedBytes = UInt64(words[1]), let receivedPackets = UInt64(words[2]),
            let sentBytes = UInt64(words[9]), let sentPackets = UInt64(words[10])
        else { return nil }
        self.init(
            receivedBytes: receivedBytes, receivedPackets: receivedPackets, sentBytes: sentBytes,
            sentPackets: sentPackets)
    }

    /// What went through between two readings.
    public static func - (late: LinkCounters, early: LinkCounters) -> LinkCounters {
        LinkCounters(
            receivedBytes: late.receivedBytes - early.receivedBytes,
            receivedPackets: late.receivedPackets - early.receivedPackets,
            sentBytes: late.sentBytes - early.sentBytes,
            sentPackets: late.sentPackets - early.sentPackets)
    }
}
