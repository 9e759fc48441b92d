// SPDX-License-Identifier: Apache-2.0

import Lab

/// A run of the comparison: all contenders stand ready side by side, idle, each on a line of its
/// own; each round measures them one after the other, beginning with another one each time. A daemon
/// rests while others are measured.
public struct Bench: Sendable {
    public var scenarios = Scenario.all
    public var contenders = Contender.all
    /// Those that count; one more goes before them, for the flow tables to fill.
    public var rounds = 5
    public var time = Duration.seconds(1)
    public var warm = Duration.milliseconds(300)
    /// Whether it is measured in the end what each lvsdrd costs.
    public var asksForCosts = false
    public let programs: BenchPrograms
    public var generator = Generator.auto
    /// The generator's CPU and the director's.
    public var generatorCPU = 0
    public var directorCPU = 1

    public init(programs: BenchPrograms) {
        self.programs = programs
    }

    /// What sends the frames.
    public enum Generator: String, CaseIterable, Sendable {
        /// XDP live frames where the kernel has them, else AF_PACKET.
        case auto
        case xdp
        case packet
    }

    /// A contender that did not come up, and why.
    public struct Absence: Hashable, Sendable {
        public let contender: String
        public let reason: String
    }

    /// Where a run is.
    public struct Progress: Hashable, Sendable {
        /// What is done now, in words.
        public let now: String
        /// Measurements made, and all of them.
        public let done: Int
        public let count: Int
        /// The time left, as far as the measurements until now tell; nil before the first.
        public let left: Duration?
    }

    /// Measures all. Whatever way it ends, no line is left.
    public func run(
        _ report: @Sendable (Progress) -> Void
    ) async throws(BenchError) -> (Comparison, absent: [Absence]) {
        var stages: [Stage] = []
        do {
            let absent = try await bringUp(&stages, report)
            var comparison = try await measure(stages, report)
            if asksForCosts {
                for stage in stages {
                    report(
                        Progress(
                            now: "what \(stage.contender.name) costs", done: count, count: count,
                            left: nil))
                    guard let daemon = stage.daemon else { continue }
                    daemon.goOn()
                    comparison.costs.append(try await daemon.cost(of: stage.contender.name))
                    daemon.rest()
                }
            }
            await takeDown(stages)
            return (comparison, absent)
        } catch {
            await takeDown(stages)
            throw error
        }
    }

    private func takeDown(_ stages: [Stage]) async {
        for stage in stages {
            // The next lab of this machine removes what does not go now.
            try? await stage.down()
        }
    }

    private var needsServers: Bool {
        scenarios.contains { if case .frames = $0.load { false } else { true } }
    }

    /// A contender that does not come up is left out; an interruption ends the run.
    private func bringUp(
        _ stages: inout [Stage], _ report: @Sendable (Progress) -> Void
    ) async throws(BenchError) -> [Absence] {
        var absent: [Absence] = []
        for contender in contenders {
            report(Progress(now: "\(contender.name) comes up", done: 0, count: count, left: nil))
            do throws(BenchError) {
                let stage = try await Stage.up(contender, of: self)
                stages.append(stage)
                if needsServers { try await stage.startServers() }
            } catch .lab(.cancelled) {
                throw .lab(.cancelled)
            } catch {
                absent.append(Absence(contender: contender.name, reason: "\(error)"))
                if stages.last?.contender.name == contender.name {
                    try await stages.removeLast().down()
                }
            }
        }
        return absent
    }

    private var count: Int { (rounds + 1) * scenarios.count * contenders.count }

    private func measure(
        _ stages: [Stage], _ report: @Sendable (Progress) -> Void
    ) async throws(BenchError) -> Comparison {
        var comparison = Comparison(
            scenarios: scenarios, contenders: stages.map(\.contender.name))
        let (clock, start) = (ContinuousClock(), ContinuousClock.now)
        let count = (rounds + 1) * scenarios.count * stages.count
        var done = 0
        var filled: [String: ContinuousClock.Instant] = [:]
        for stage in stages { stage.daemon?.rest() }
        for round in 0...rounds {
            for (number, scenario) in scenarios.enumerated() {
                var samples: [String: Sample] = [:]
                for index in stages.indices {
                    let stage = stages[(index + round + number) % stages.count]
                    let left = done == 0 ? nil : (clock.now - start) / done * (count - done)
                    report(
                        Progress(
                            now: "\(scenario.name): \(stage.contender.name)", done: done,
                            count: count, left: left))
                    try await wake(stage, for: scenario)
                    try await fill(stage, scenario, &filled)
                    samples[stage.contender.name] = try await sample(scenario, on: stage)
                    stage.daemon?.rest()
                    done += 1
                }
                if round > 0 { comparison.add(round: samples, of: scenario) }
            }
        }
        return comparison
    }

    /// What a daemon has to catch up with is not measured; frames warm up on their own.
    private func wake(_ stage: Stage, for scenario: Scenario) async throws(BenchError) {
        guard let daemon = stage.daemon else { return }
        daemon.goOn()
        if case .frames = scenario.load { return }
        do { try await Task.sleep(for: warm) } catch { throw .lab(.cancelled) }
    }

    /// The flow table gets the scenario's flows, so that it is not new ones that are measured. They
    /// last as long as UDP flows do, and are sent anew before that.
    private func fill(
        _ stage: Stage, _ scenario: Scenario, _ filled: inout [String: ContinuousClock.Instant]
    ) async throws(BenchError) {
        guard case .frames(let frames) = scenario.load, let flows = frames.flows,
            stage.contender.keepsFlows, flows > Self.fewFlows
        else { return }
        let key = "\(stage.contender.name): \(scenario.name)"
        let lasting =
            stage.contender.services == .usual ? Self.flowsLast : Self.manyFlowsLast
        if let last = filled[key], ContinuousClock.now - last < lasting { return }
        try await stage.fill(frames, flows: flows)
        filled[key] = .now
    }

    /// So many are there after the time that a measurement takes to warm up.
    private static let fewFlows: UInt32 = 10_000
    /// A margin below lvsdrd's five minutes, and the hour of those that grow.
    private static let (flowsLast, manyFlowsLast) = (Duration.seconds(200), Duration.seconds(3000))

    /// A measurement that hangs or fails is made once more: it shall not cost the whole run.
    private func sample(
        _ scenario: Scenario, on stage: Stage
    ) async throws(BenchError) -> Sample {
        do throws(BenchError) {
            return try await stage.measure(scenario, for: time, warm: warm)
        } catch .lab(.cancelled) {
            throw .lab(.cancelled)
        } catch {
            return try await stage.measure(scenario, for: time, warm: warm)
        }
    }
}
