// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Throughput

/// Two contenders over five rounds.
func comparison(
    nftables: [Double] = [100, 101, 99, 100, 100], lvsdrd: [Double] = [50, 51, 49, 50, 50],
    foreign: Double = 0
) -> Comparison {
    var comparison = Comparison(scenarios: [flood], contenders: ["lvsdrd", "nftables"])
    for (reference, own) in zip(nftables, lvsdrd) {
        comparison.add(
            round: [
                "nftables": Sample(value: reference),
                "lvsdrd": Sample(value: own, foreign: foreign),
            ], of: flood)
    }
    return comparison
}

let flood = Scenario("1,000 flows", .frames(Scenario.Frames(flows: 1000)))

struct ComparisonTests {
    @Test("contenders are compared with nftables, round by round")
    func ratio() throws {
        let comparison = comparison(nftables: [100, 200, 100], lvsdrd: [50, 100, 50])
        #expect(comparison.reference == "nftables")
        #expect(comparison.ratio(of: "lvsdrd", in: flood)?.median == 0.5)
        #expect(comparison.ratio(of: "lvsdrd", in: flood)?.relative == 0)
    }

    @Test("on a quiet machine a ratio is concluded")
    func quiet() {
        #expect(comparison().conclusion(of: "lvsdrd", in: flood)?.median == 0.5)
        #expect(comparison().noisy.isEmpty)
    }

    @Test("nothing is concluded from rounds that lie far apart, the reference's too")
    func noisy() {
        let wild: [Double] = [10, 90, 50, 20, 70]
        #expect(comparison(lvsdrd: wild).conclusion(of: "lvsdrd", in: flood) == nil)
        #expect(comparison(nftables: wild).conclusion(of: "lvsdrd", in: flood) == nil)
    }

    @Test("nothing is concluded where others had the director's CPU, or from two rounds")
    func foreign() {
        #expect(comparison(foreign: 0.3).conclusion(of: "lvsdrd", in: flood) == nil)
        let short = comparison(nftables: [100, 100], lvsdrd: [50, 50])
        #expect(short.conclusion(of: "lvsdrd", in: flood) == nil)
    }

    @Test("at a set rate others may have what is idle")
    func idleTaken() {
        let scenario = Scenario("rate", .frames(Scenario.Frames(flows: 1, rate: 1000)))
        var comparison = Comparison(scenarios: [scenario], contenders: ["nftables"])
        for _ in 0..<3 {
            comparison.add(round: ["nftables": Sample(value: 1, foreign: 0.9)], of: scenario)
        }
        #expect(!comparison.isNoisy("nftables", in: scenario))
    }

    @Test("there is no ratio of what was not measured in the same rounds")
    func rounds() {
        var comparison = comparison()
        comparison.add(round: ["lvsdrd": Sample(value: 50)], of: flood)
        #expect(comparison.ratio(of: "lvsdrd", in: flood) == nil)
        #expect(comparison.conclusion(of: "lvsdrd", in: flood) == nil)
    }
}

struct ResultTests {
    @Test("a table has figures people read, and noise in the place of a ratio")
    func rows() {
        let rows = ResultTable(comparison(foreign: 0.3)).rows(of: flood)
        #expect(rows.map(\.first) == ["lvsdrd", "nftables"])
        #expect(rows.map { $0[4] } == ["noisy", "1.00"])
        #expect(ResultTable(comparison()).rows(of: flood)[0][4] == "0.50")
        #expect(ResultTable(comparison()).noise == nil)
        #expect(ResultTable(comparison(foreign: 0.3)).noise?.contains("too noisy") == true)
    }

    @Test(
        "figures have three digits",
        arguments: [
            (1_234_567.0, "1.23 M"), (456_789, "457 k"), (12_345, "12.3 k"), (789.4, "789"),
            (99_999_999, "100.0 M"), (0.5, "0.5"), (2.5e9, "2.50 G"),
        ])
    func figures(_ value: Double, _ text: String) {
        #expect(ResultTable.figure(value) == text)
    }

    @Test("a chart has a bar for each contender, hatched where the machine was noisy")
    func chart() throws {
        let drawing = try #require(
            ResultChart(comparison(foreign: 0.3)).svg(.framesPerSecond, title: "a < b"))
        #expect(drawing.hasPrefix("<svg ") && drawing.hasSuffix("</svg>\n"))
        #expect(drawing.contains("a &lt; b"))
        #expect(drawing.split(separator: "fill=\"url(#noisy)\"").count == 2)
        #expect(drawing.split(separator: "fill=\"#4878a8\"").count == 2)
        #expect(ResultChart(comparison()).svg(.bitsPerSecond, title: "none") == nil)
    }

    @Test("JSON has every sample, and null for a ratio that was not concluded")
    func json() {
        let machine = Machine(name: "a \"fast\" one", kernel: "6.1", date: "2026-01-31")
        let absence = Bench.Absence(contender: "ipvs", reason: "none\nhere")
        let text = ResultJSON(comparison(foreign: 0.3), machine: machine, absent: [absence]).text
        #expect(text.contains(#""machine":"a \"fast\" one""#))
        #expect(text.contains(#"{"contender":"ipvs","reason":"none\nhere"}"#))
        #expect(text.contains(#""ratio":null,"noisy":true"#))
        #expect(text.split(separator: "{\"value\":").count == 11)
    }
}
