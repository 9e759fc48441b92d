// SPDX-License-Identifier: Apache-2.0

/// A comparison for programs: every sample, in the order of the rounds.
public struct ResultJSON: Sendable {
    private let comparison: Comparison
    private let machine: Machine
    private let absent: [Bench.Absence]

    public init(_ comparison: Comparison, machine: Machine, absent: [Bench.Absence]) {
        self.comparison = comparison
        self.machine = machine
        self.absent = absent
    }

    public var text: String {
        let missing = absent.map {
            "{\"contender\":\(quote($0.contender)),\"reason\":\(quote($0.reason))}"
        }
        let reference = comparison.reference.map(quote) ?? "null"
        return """
            {"machine":\(quote(machine.name)),"kernel":\(quote(machine.kernel)),\
            "date":\(quote(machine.date)),"reference":\(reference),
            "absent":[\(missing.joined(separator: ","))],
            "costs":[\(comparison.costs.map(\.json).joined(separator: ",\n"))],
            "scenarios":[
            \(comparison.scenarios.map(object).joined(separator: ",\n"))
            ]}

            """
    }

    private func object(_ scenario: Scenario) -> String {
        let contenders = comparison.contenders.compactMap { object($0, in: scenario) }
        return """
            {"name":\(quote(scenario.name)),"unit":\(quote(scenario.unit.rawValue)),"contenders":[
            \(contenders.joined(separator: ",\n"))]}
            """
    }

    private func object(_ contender: String, in scenario: Scenario) -> String? {
        let samples = comparison.samples(of: contender, in: scenario)
        guard let spread = comparison.spread(of: contender, in: scenario) else { return nil }
        let ratio = comparison.conclusion(of: contender, in: scenario).map { "\($0.median)" }
        return """
            {"name":\(quote(contender)),"median":\(spread.median),"quartiles":\
            [\(spread.lowerQuartile),\(spread.upperQuartile)],"ratio":\(ratio ?? "null"),\
            "noisy":\(comparison.isNoisy(contender, in: scenario)),\
            "samples":[\(samples.map(object).joined(separator: ","))]}
            """
    }

    private func object(_ sample: Sample) -> String {
        let latency = sample.latency.map {
            ",\"median-ms\":\($0.median),\"p99-ms\":\($0.ninetyNinth)"
        }
        return """
            {"value":\(sample.value),"delivered":\(sample.delivered),\
            "foreign":\(sample.foreign)\(latency ?? "")}
            """
    }

    private func quote(_ text: String) -> String {
        let safe = text.unicodeScalars.map { scalar in
            switch scalar {
            case "\"": "\\\""
            case "\\": "\\\\"
            case "\n": "\\n"
            default: scalar.value < 0x20 ? " " : String(scalar)
            }
        }
        return "\"\(safe.joined())\""
    }
}
