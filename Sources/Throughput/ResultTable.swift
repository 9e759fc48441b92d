// SPDX-License-Identifier: Apache-2.0

/// A comparison in words and columns.
public struct ResultTable: Sendable {
    private let comparison: Comparison

    public init(_ comparison: Comparison) {
        self.comparison = comparison
    }

    public static let head = [
        "contender", "median", "quartiles", "delivered", "against", "50 %", "99 %",
    ]

    /// The rows of a scenario, a cell for each word of `head`.
    public func rows(of scenario: Scenario) -> [[String]] {
        comparison.contenders.compactMap { contender in
            let samples = comparison.samples(of: contender, in: scenario)
            guard let spread = comparison.spread(of: contender, in: scenario),
                let delivered = Spread(samples.map(\.delivered))
            else { return nil }
            let latencies = samples.compactMap(\.latency)
            return [
                contender, Self.figure(spread.median),
                Self.figure(spread.lowerQuartile) + "-" + Self.figure(spread.upperQuartile),
                scenario.isShareTold ? "\(Int((delivered.median * 100).rounded())) %" : "",
                conclusion(of: contender, in: scenario), Self.time(latencies.map(\.median)),
                Self.time(latencies.map(\.ninetyNinth)),
            ]
        }
    }

    private func conclusion(of contender: String, in scenario: Scenario) -> String {
        if contender == comparison.reference {
            return comparison.isNoisy(contender, in: scenario) ? "noisy" : "1.00"
        }
        guard let ratio = comparison.conclusion(of: contender, in: scenario) else {
            return "noisy"
        }
        return Self.decimals(ratio.median, 2)
    }

    private static func time(_ milliseconds: [Double]) -> String {
        Spread(milliseconds).map { decimals($0.median, 2) + " ms" } ?? ""
    }

    /// Three digits and a unit: `1.23 M`, `456 k`, `789`.
    public static func figure(_ value: Double) -> String {
        let (scaled, unit) =
            switch value {
            case 1e9...: (value / 1e9, " G")
            case 1e6...: (value / 1e6, " M")
            case 1e4...: (value / 1e3, " k")
            default: (value, "")
            }
        return decimals(scaled, scaled < 10 && !unit.isEmpty ? 2 : scaled < 100 ? 1 : 0) + unit
    }

    /// - Precondition: the value is finite and not negative.
    static func decimals(_ value: Double, _ digits: Int) -> String {
        let scale = (0..<digits).reduce(1) { product, _ in product * 10 }
        let number = Int((value * Double(scale)).rounded())
        guard digits > 0 else { return "\(number)" }
        let fraction = String(number % scale)
        return "\(number / scale)." + String(repeating: "0", count: digits - fraction.count)
            + fraction
    }

    /// What the machine was too noisy for; nil where it was quiet enough.
    public var noise: String? {
        let noisy = comparison.noisy
        guard !noisy.isEmpty else { return nil }
        let scenarios = comparison.scenarios.filter { scenario in
            noisy.contains { $0.scenario == scenario }
        }
        return """
            The machine was too noisy to conclude from \(noisy.count) of the medians \
            (\(scenarios.map(\.name).joined(separator: "; "))): they stand as "noisy", without a \
            ratio. Noisy is: the middle half of the rounds is further apart than \
            \(Int(Comparison.widestSpread * 100)) % of the median, or others had more than \
            \(Int(Comparison.mostForeign * 100)) % of the director's CPU in a flood, or fewer than \
            three rounds.
            """
    }
}
