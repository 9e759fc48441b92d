// SPDX-License-Identifier: Apache-2.0

/// What one run measured. In each round every contender was measured once under a scenario, one
/// after the other, so that what disturbs the machine for a while disturbs all of them.
public struct Comparison: Sendable {
    public let scenarios: [Scenario]
    /// Names, in the order of the table.
    public let contenders: [String]
    /// Of those that were asked for it.
    public internal(set) var costs: [Cost] = []
    /// By scenario and contender, a sample each round.
    private var samples: [Key: [Sample]] = [:]

    private struct Key: Hashable {
        let scenario: String
        let contender: String
    }

    public init(scenarios: [Scenario], contenders: [String]) {
        self.scenarios = scenarios
        self.contenders = contenders
    }

    /// Takes a whole round of a scenario: a sample of each contender that could be measured.
    public mutating func add(round: [String: Sample], of scenario: Scenario) {
        for (contender, sample) in round {
            samples[Key(scenario: scenario.name, contender: contender), default: []].append(sample)
        }
    }

    /// The samples of each round, in the rounds' order.
    public func samples(of contender: String, in scenario: Scenario) -> [Sample] {
        samples[Key(scenario: scenario.name, contender: contender), default: []]
    }

    public func spread(of contender: String, in scenario: Scenario) -> Spread? {
        Spread(samples(of: contender, in: scenario).map(\.value))
    }

    /// Contenders are compared with nftables, where it ran, else with the first that ran.
    public var reference: String? {
        let measured = contenders.filter { name in
            scenarios.contains { !samples(of: name, in: $0).isEmpty }
        }
        return measured.first { $0 == Contender.referenceName } ?? measured.first
    }

    /// How a contender does against the reference: the spread of the ratios within each round. nil
    /// where one of them lacks a round.
    public func ratio(of contender: String, in scenario: Scenario) -> Spread? {
        guard let reference else { return nil }
        let (own, others) = (
            samples(of: contender, in: scenario), samples(of: reference, in: scenario)
        )
        guard own.count == others.count, !others.contains(where: { $0.value == 0 }) else {
            return nil
        }
        return Spread(zip(own, others).map { $0.value / $1.value })
    }

    /// Too noisy to conclude: the middle half of the rounds lies further apart than a fifth of the
    /// median, or there are fewer than three rounds, or others had more than a tenth of the
    /// director's CPU in the median round of a flood. At a set rate they may have what is idle: the
    /// figure is the director's own time.
    public func isNoisy(_ contender: String, in scenario: Scenario) -> Bool {
        let measured = samples(of: contender, in: scenario)
        guard measured.count >= 3, let spread = spread(of: contender, in: scenario),
            let foreign = Spread(measured.map(\.foreign))
        else { return true }
        let ratio = ratio(of: contender, in: scenario)?.relative ?? 0
        return max(spread.relative, ratio) > Self.widestSpread
            || (scenario.unit == .framesPerSecond && foreign.median > Self.mostForeign)
    }

    public static let widestSpread = 0.2
    public static let mostForeign = 0.1

    /// The ratio that can be concluded from; nil where the machine was too noisy for one.
    public func conclusion(of contender: String, in scenario: Scenario) -> Spread? {
        guard let reference, !isNoisy(contender, in: scenario), !isNoisy(reference, in: scenario)
        else { return nil }
        return ratio(of: contender, in: scenario)
    }

    /// The measurements that nothing can be concluded from.
    public var noisy: [(scenario: Scenario, contender: String)] {
        scenarios.flatMap { scenario in
            contenders.filter {
                !samples(of: $0, in: scenario).isEmpty && isNoisy($0, in: scenario)
            }.map { (scenario, $0) }
        }
    }
}
