// SPDX-License-Identifier: Apache-2.0

/// The middle of some measurements, and how far they lie apart.
public struct Spread: Hashable, Sendable {
    public let median: Double
    /// A quarter of the measurements is not above it.
    public let lowerQuartile: Double
    /// A quarter of the measurements is not below it.
    public let upperQuartile: Double

    /// nil where there is no measurement.
    public init?(_ samples: [Double]) {
        guard !samples.isEmpty else { return nil }
        let sorted = samples.sorted()
        median = Self.quantile(0.5, of: sorted)
        lowerQuartile = Self.quantile(0.25, of: sorted)
        upperQuartile = Self.quantile(0.75, of: sorted)
    }

    /// The distance of the quartiles as a share of the median; 0 where the median is.
    public var relative: Double {
        median == 0 ? 0 : (upperQuartile - lowerQuartile) / median
    }

    /// Between two measurements in proportion, as most statistics programs have it (Hyndman and
    /// Fan's seventh definition).
    private static func quantile(_ share: Double, of sorted: [Double]) -> Double {
        let place = share * Double(sorted.count - 1)
        let below = Int(place)
        let above = min(below + 1, sorted.count - 1)
        return sorted[below] + (sorted[above] - sorted[below]) * (place - Double(below))
    }
}
