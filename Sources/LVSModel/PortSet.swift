// SPDX-License-Identifier: Apache-2.0

/// The ports of one virtual service: one, several, ranges, or any.
///
/// Valid text: `80`, `80,443`, `8000-8100`, `21,50000-50100`, `any`. Invalid: `0`, `080`, `443-80`,
/// `80,80` (twice), more than 64 ranges. `80,81` is `80-81`.
public struct PortSet: Hashable, Sendable {
    public static let maximumRanges = 64
    /// Every port that no other service of the VIP and protocol has.
    public static let any = PortSet(ranges: [0...UInt16.max])

    /// Ascending, with a gap between each two; 0...65,535 alone for any.
    public let ranges: [ClosedRange<UInt16>]

    private init(ranges: [ClosedRange<UInt16>]) {
        self.ranges = ranges
    }

    /// - Parameter port: 1...65,535; 0 is any, as in ipvsadm.
    public init(_ port: UInt16) {
        ranges = port == 0 ? Self.any.ranges : [port...port]
    }

    /// Ranges without a gap between them become one. nil when none is given or more than 64 are left,
    /// when two overlap, and for port 0.
    public init?(_ ranges: [ClosedRange<UInt16>]) {
        var joined: [ClosedRange<UInt16>] = []
        for range in ranges.sorted(by: { $0.lowerBound < $1.lowerBound }) {
            guard range.lowerBound > 0 else { return nil }
            guard let last = joined.last, last.upperBound >= range.lowerBound - 1 else {
                joined.append(range)
                continue
            }
            guard last.upperBound < range.lowerBound else { return nil }
            joined[joined.count - 1] = last.lowerBound...range.upperBound
        }
        guard (1...Self.maximumRanges).contains(joined.count) else { return nil }
        self.ranges = joined
    }

    public init?(_ text: some StringProtocol) {
        if text == "any" {
            self = .any
            return
        }
        var ranges: [ClosedRange<UInt16>] = []
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            let ends = part.split(separator: "-", omittingEmptySubsequences: false)
            guard ends.count <= 2, let first = Self.number(ends[0]),
                let last = ends.count == 2 ? Self.number(ends[1]) : first, first <= last
            else { return nil }
            ranges.append(first...last)
        }
        self.init(ranges)
    }

    private static func number(_ text: some StringProtocol) -> UInt16? {
        let isPlain = text.utf8.allSatisfy { (0x30...0x39).contains($0) }
        return isPlain && text.utf8.first != 0x30 ? UInt16(text) : nil
    }

    public var isAny: Bool { self == .any }

    /// The only port; nil for several.
    public var single: UInt16? {
        guard ranges.count == 1, ranges[0].count == 1 else { return nil }
        return ranges[0].lowerBound
    }

    /// The lowest one, 0 for any: no two services of a VIP and protocol have the same.
    public var first: UInt16 { ranges[0].lowerBound }

    public func contains(_ port: UInt16) -> Bool {
        ranges.contains { $0.contains(port) }
    }

    /// True when a port is in both, apart from `any`, which has what is left.
    public func overlaps(_ other: PortSet) -> Bool {
        if isAny || other.isAny { return self == other }
        return ranges.contains { range in other.ranges.contains { $0.overlaps(range) } }
    }
}

extension PortSet: Comparable {
    public static func < (left: PortSet, right: PortSet) -> Bool {
        left.ranges.lexicographicallyPrecedes(right.ranges) {
            ($0.lowerBound, $0.upperBound) < ($1.lowerBound, $1.upperBound)
        }
    }
}

extension PortSet: CustomStringConvertible {
    public var description: String {
        if isAny { return "any" }
        return ranges.map { range in
            range.count == 1 ? "\(range.lowerBound)" : "\(range.lowerBound)-\(range.upperBound)"
        }
        .joined(separator: ",")
    }
}
