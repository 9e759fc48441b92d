// SPDX-License-Identifier: Apache-2.0

import Glibc
import Lab
import Throughput

/// The results page and its charts.
struct ResultPage {
    private let comparison: Comparison
    private let machine: Machine
    private let absent: [Bench.Absence]
    private let bench: Bench

    init(_ comparison: Comparison, machine: Machine, absent: [Bench.Absence], bench: Bench) {
        self.comparison = comparison
        self.machine = machine
        self.absent = absent
        self.bench = bench
    }

    private static let charts: [(unit: Scenario.Unit, ending: String, title: String)] = [
        (.framesPerSecond, "flooded", "Flooded: frames/s delivered, one CPU for the director"),
        (.nanosecondsPerFrame, "cpu", "At a set rate: the director's CPU, ns for each frame"),
        (.requestsPerSecond, "requests", "TCP: requests/s"),
        (.bitsPerSecond, "streams", "TCP: bit/s"),
    ]

    /// Writes `path.md` and `path-CHART.svg`.
    func write(to path: String) throws {
        let chart = ResultChart(comparison)
        let name = path.split(separator: "/").last.map(String.init) ?? path
        var drawings = ""
        for (unit, ending, title) in Self.charts {
            guard let drawing = chart.svg(unit, title: title) else { continue }
            try store(drawing, "\(path)-\(ending).svg")
            drawings += "![\(title)](\(name)-\(ending).svg)\n\n"
        }
        try store(text(drawings), "\(path).md")
    }

    private func text(_ drawings: String) -> String {
        let results = ResultTable(comparison)
        let who = bench.contenders.filter { contender in
            !absent.contains { $0.contender == contender.name }
        }.map { "| `\($0.name)` | \($0.summary) |\n" }.joined()
        let tables = comparison.scenarios.map { scenario in
            let head = row(ResultTable.head) + row(ResultTable.head.map { _ in "---" })
            return "### \(scenario.name), \(scenario.unit.rawValue)\n\n" + head
                + results.rows(of: scenario).map(row).joined()
        }
        let costs = [Cost.head, Cost.head.map { _ in "---" }] + comparison.costs.map(\.row)
        let cost = comparison.costs.isEmpty ? "" : Self.costs + costs.map(row).joined() + "\n"
        let missing = absent.map {
            "Not measured: `\($0.contender)`: \($0.reason.split(separator: "\n").first ?? "")\n\n"
        }
        return """
            # Forwarding throughput

            \(machine.name), Linux \(machine.kernel), \(machine.date). \(bench.rounds) interleaved \
            rounds of \(bench.time). Made by `lvsdr-lab bench --page`; figures of other runs or \
            machines do not compare with these.

            | contender | what it is |
            | --- | --- |
            \(who)
            \(Self.method)

            "against" is the median of the ratios to \(comparison.reference ?? "nothing") within \
            each round. \(results.noise ?? "The machine was quiet enough for all of them.")

            \(missing.joined())\(cost)\(drawings)\(tables.joined(separator: "\n"))
            """
    }

    private func row(_ cells: [String]) -> String {
        "| " + cells.joined(separator: " | ") + " |\n"
    }

    private func store(_ text: String, _ path: String) throws {
        guard let file = unsafe fopen(path, "we") else {
            throw LabError.system(operation: "write \(path)", errno: errno)
        }
        let written = unsafe fputs(text, file)
        guard unsafe fclose(file) == 0, written >= 0 else {
            throw LabError.system(operation: "write \(path)", errno: errno)
        }
    }

    private static let costs = """
        What lvsdrd costs after that, with all those flows in its table. Its own memory is what is \
        resident; the flow table is as large as `flow-capacity` makes it, whatever is in it. It starts \
        until all real servers are up, with their neighbours resolved; then one weight is changed \
        five times over the control socket (of which the publication is the part in which the \
        forwarding table is made), and the whole configuration file is loaded again.


        """

    private static let method = """
        Client, director and real server are network namespaces, joined by veth pairs. The \
        generator has one CPU: a program over XDP live frames, which needs no more than some hundred \
        nanoseconds a frame; frames go in bursts of 32. A flood keeps up to 240 frames waiting at the \
        director's door, where a veth has room for 256: the next burst goes as soon as the director's \
        receiving thread has taken as many (the tracepoint napi_poll tells), so that it always finds \
        frames, and what comes after that thread is overrun as much as ever. What found no room would be \
        given back under the lock under which the director's CPU gives back its own frames, and slow \
        it down; a NIC drops it at no cost to the host. Everything that the director does has another CPU: a veth \
        receives on the CPU of its sender, so the director's interface receives by a kernel thread \
        (threaded NAPI) bound to that CPU, for all contenders alike, and the forwarders in userspace \
        are bound to it too. The real server counts in XDP and drops, on the director's CPU as part of \
        sending. Client, generator and director go before what else the machine does (nice -20). The \
        director's CPU for each frame is what that thread and the forwarder's processes ran, softirqs \
        included, by the frames that arrived. Clients leave no checksums and no segmentation to the \
        interface. For TCP the client and the web server (nginx) share the generator's CPU, and \
        replies go straight to the client.
        """
}
