// SPDX-License-Identifier: Apache-2.0

/// A comparison as a drawing: a group of bars for each scenario of one unit, the quartiles as
/// whiskers. Bars that nothing can be concluded from are hatched and say so.
public struct ResultChart: Sendable {
    private let comparison: Comparison

    public init(_ comparison: Comparison) {
        self.comparison = comparison
    }

    private static let (width, left, right, bar, gap) = (900.0, 150.0, 110.0, 16.0, 44.0)

    /// The document; nil where no scenario has the unit.
    public func svg(_ unit: Scenario.Unit, title: String) -> String? {
        let scenarios = comparison.scenarios.filter { $0.unit == unit }
        let most = scenarios.flatMap { scenario in
            comparison.contenders.compactMap {
                comparison.spread(of: $0, in: scenario)?.upperQuartile
            }
        }.max()
        guard let most, most > 0 else { return nil }
        var (body, y) = ("", 60.0)
        for scenario in scenarios {
            body += Self.text(20, y, scenario.name, style: "font-weight:bold")
            for contender in comparison.contenders {
                guard let spread = comparison.spread(of: contender, in: scenario) else { continue }
                y += Self.bar + 4
                body += row(contender, scenario, spread, y: y, most: most)
            }
            y += Self.gap
        }
        let height = Int(y)
        return """
            <svg xmlns="http://www.w3.org/2000/svg" width="\(Int(Self.width))" height="\(height)" \
            viewBox="0 0 \(Int(Self.width)) \(height)" font-family="sans-serif" font-size="13">
            <defs><pattern id="noisy" width="6" height="6" patternUnits="userSpaceOnUse">\
            <path d="M0 6L6 0" stroke="#4878a8" stroke-width="2"/></pattern></defs>
            <rect width="100%" height="100%" fill="white"/>
            \(Self.text(20, 26, title, style: "font-size:17px"))\(body)</svg>

            """
    }

    private func row(
        _ contender: String, _ scenario: Scenario, _ spread: Spread, y: Double, most: Double
    ) -> String {
        let scale = (Self.width - Self.left - Self.right) / most
        func x(_ value: Double) -> String { Self.number(Self.left + value * scale) }
        let noisy = comparison.isNoisy(contender, in: scenario)
        let middle = Self.number(y - 4)
        let label = ResultTable.figure(spread.median) + (noisy ? " (noisy)" : "")
        return Self.text(30, y, contender)
            + """
            <rect x="\(Self.number(Self.left))" y="\(Self.number(y - 12))" \
            width="\(Self.number(spread.median * scale))" height="\(Self.number(Self.bar))" \
            fill="\(noisy ? "url(#noisy)" : "#4878a8")" stroke="#4878a8"/>
            <path d="M\(x(spread.lowerQuartile)) \(middle)H\(x(spread.upperQuartile))" \
            stroke="black" stroke-width="2"/>

            """
            + Self.text(Self.left + spread.upperQuartile * scale + 6, y, label)
    }

    private static func text(_ x: Double, _ y: Double, _ words: String, style: String = "")
        -> String
    {
        let safe = words.replacing("&", with: "&amp;").replacing("<", with: "&lt;")
        return "<text x=\"\(number(x))\" y=\"\(number(y))\" style=\"\(style)\">\(safe)</text>\n"
    }

    private static func number(_ value: Double) -> String {
        ResultTable.decimals(max(0, value), 1)
    }
}
