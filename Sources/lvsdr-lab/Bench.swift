// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Glibc
import Lab
import Synchronization
import Throughput

struct BenchCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench",
        abstract: "Compare forwarding throughput on this machine, side by side.",
        discussion: """
            lvsdrd, the kernel's own ways, and a minimal forwarder for each mechanism, each with \
            one CPU for the director. Rounds are interleaved; medians and quartiles are shown, and \
            where the machine was too noisy it says so. All needs about a quarter of an hour, \
            --quick one minute or two.

            --growth: what services, real servers and flows cost lvsdrd, in frames/s, memory and \
            time; also a quarter of an hour, and 8 GiB of memory.

            EXAMPLES
              lvsdr-lab bench --quick
              lvsdr-lab bench --page Benchmarks/results
              lvsdr-lab bench --only nftables --only lvsdrd --json
              lvsdr-lab bench --growth --page Benchmarks/growth
            """)

    @Flag(help: "A few scenarios, three short rounds.")
    var quick = false

    @Flag(help: "lvsdrd alone, with up to 10,000 services and 4,000,000 flows.")
    var growth = false

    @Flag(help: "Print JSON with all samples.")
    var json = false

    @Option(help: "How many rounds count, 3 to 100.")
    var rounds: Int?

    @Option(help: "Milliseconds of a measurement, 100 to 60000.")
    var time: Int?

    @Option(help: "A contender to measure; repeat it for others. All if not given.")
    var only: [String] = []

    @Option(help: "A scenario to measure; repeat it for others. All if not given.")
    var scenario: [String] = []

    @Option(help: "What sends the frames: auto, xdp or packet.")
    var generator = Bench.Generator.auto

    @Option(help: "Write a results page, PAGE.md, and charts beside it.")
    var page: String?

    @Option(help: "The folder of lvsdrd and lvsdr-traffic; lvsdr-lab's own if not given.")
    var binDir: String?

    func validate() throws {
        guard (3...100).contains(rounds ?? 5) else {
            throw ValidationError("--rounds takes 3 to 100, not \(rounds ?? 0)")
        }
        guard (100...60_000).contains(time ?? 1000) else {
            throw ValidationError("--time takes 100 to 60000, not \(time ?? 0)")
        }
        guard !(quick && growth) else {
            throw ValidationError("--quick and --growth are two ways to choose what is measured")
        }
        try known(only, contenders.map(\.name), "--only")
        try known(scenario, scenarios.map(\.name), "--scenario")
    }

    private func known(_ names: [String], _ all: [String], _ option: String) throws {
        for name in names where !all.contains(name) {
            throw ValidationError(
                "\(option) takes \(all.map { "'\($0)'" }.joined(separator: ", ")), not '\(name)'")
        }
    }

    private var contenders: [Contender] { growth ? Contender.growing : Contender.all }

    private var scenarios: [Scenario] { growth ? Scenario.growing : Scenario.all }

    private func plan() throws -> Bench {
        guard Machine.cpuCount >= 2 else { throw BenchError.oneCPU }
        var bench = Bench(programs: BenchPrograms(try Programs(in: binDir)))
        (bench.contenders, bench.scenarios, bench.asksForCosts) = (contenders, scenarios, growth)
        if quick {
            (bench.rounds, bench.time, bench.warm) = (3, .milliseconds(300), .milliseconds(150))
            bench.scenarios = Scenario.quick
        }
        bench.generator = generator
        if let rounds { bench.rounds = rounds }
        if let time { bench.time = .milliseconds(time) }
        if !only.isEmpty { bench.contenders = contenders.filter { only.contains($0.name) } }
        if !scenario.isEmpty {
            bench.scenarios = scenarios.filter { scenario.contains($0.name) }
        }
        return bench
    }

    func run() async throws {
        let (bench, json, page) = (try plan(), json, page)
        try await withInterruption {
            let line = ProgressLine()
            let (comparison, absent) = try await bench.run { line.show($0) }
            line.clear()
            let machine = Machine.current()
            if json {
                say(ResultJSON(comparison, machine: machine, absent: absent).text)
            } else {
                say(describe(comparison, machine: machine, absent: absent, bench: bench))
            }
            if let page {
                try ResultPage(comparison, machine: machine, absent: absent, bench: bench)
                    .write(to: page)
            }
        }
    }
}

/// The comparison as the terminal shows it.
func describe(
    _ comparison: Comparison, machine: Machine, absent: [Bench.Absence], bench: Bench
) -> String {
    let results = ResultTable(comparison)
    let parts = comparison.scenarios.map { scenario in
        "\(scenario.name), \(scenario.unit.rawValue)\n"
            + table([ResultTable.head] + results.rows(of: scenario), right: [1, 2, 3, 4, 5, 6])
    }
    let missing = absent.map { absence in
        let reason = absence.reason.split(separator: "\n").joined(separator: " ")
        return "Not measured: \(absence.contender): \(reason)"
    }
    let head = """
        \(machine.name), Linux \(machine.kernel), \(machine.date)
        \(bench.rounds) interleaved rounds of \(bench.time); "against" is \
        \(comparison.reference ?? "nothing") in the same rounds
        """
    let costs =
        comparison.costs.isEmpty
        ? [] : [table([Cost.head] + comparison.costs.map(\.row), right: Set(1...8))]
    return ([head] + parts + costs + missing + [results.noise].compactMap(\.self))
        .joined(separator: "\n\n")
}

/// How far the run is: one line that is written over on a terminal, a line now and then elsewhere.
final class ProgressLine: Sendable {
    private let isTerminal = isatty(STDERR_FILENO) == 1
    private let last = Mutex(ContinuousClock.now - .seconds(60))

    func show(_ progress: Bench.Progress) {
        let left = progress.left.map { ", about \($0.components.seconds) s left" } ?? ""
        let text = "\(progress.done) of \(progress.count)\(left): \(progress.now)"
        if isTerminal {
            write("\r\u{1B}[K" + text.prefix(78))
        } else if isDue() {
            write(text + "\n")
        }
    }

    func clear() {
        if isTerminal { write("\r\u{1B}[K") }
    }

    private func isDue() -> Bool {
        last.withLock { last in
            guard ContinuousClock.now - last >= .seconds(10) else { return false }
            last = .now
            return true
        }
    }

    private func write(_ text: String) {
        let bytes = Array(text.utf8)
        // What can not be shown is not missed.
        _ = unsafe Glibc.write(STDERR_FILENO, bytes, bytes.count)
    }
}
