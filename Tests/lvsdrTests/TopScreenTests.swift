// SPDX-License-Identifier: Apache-2.0

import ControlMessages
import ControlTesting
import LVSModel
import Testing

@testable import lvsdr

@Suite("The screen of lvsdr top")
struct TopScreenTests {
    private func text(_ state: TopState) -> [String] {
        TopScreen(state: state).lines.map(\.text)
    }

    @Test("head, real servers, and what the keys are")
    func whole() {
        let foot = "q quit  ? help  c/p/b/a/n sort  r reverse  d drain  u undrain  w weight"
        #expect(
            text(TopSample.state(rows: 10, columns: 83)) == [
                "Director active, serving, up 3 days 4 hours  2 of 3 real servers up",
                "12.3 connections/s  1.23K packets/s  98.7K bytes/s  replies n/a  5,012 flows",
                "1 problem: real server 192.168.142.6 of TCP 192.168.142.100:80 is down: no MAC a...",
                "Sorted by connections; on the average of the last 1 second",
                "  real server    service                 state     conns/s  pkts/s  bytes/s  active",
                "> 192.168.142.7  192.168.142.101:53/udp  draining     10.0    30.0    4.00K       0",
                "  192.168.142.5  192.168.142.100:80      up           2.00     900     50.0      12",
                "  192.168.142.6  192.168.142.100:80      down            0       0        0       0",
                "", foot,
            ])
    }

    @Test("fits every screen: no line is wider, and there are no more lines than rows")
    func fits() {
        for columns in stride(from: 1, through: 141, by: 7) {
            for rows in [1, 2, 6, 7, 12] {
                var state = TopSample.state(rows: rows, columns: columns)
                for keys in ["", "?", "xd", "nw12"] {
                    state.type(keys)
                    let lines = text(state)
                    #expect(lines.count == rows)
                    #expect(lines.allSatisfy { $0.count <= columns })
                }
            }
        }
    }

    @Test(
        "the page with the selection is shown, and the selection is marked by more than its colour")
    func pages() {
        var state = TopSample.state(rows: TopScreen.linesAround + 10, TopSample.crowd(25))
        #expect(text(state)[5].hasPrefix("> 10.0.0.1 "))
        #expect(text(state).count { $0.hasPrefix("  10.0.0.") } == 9)
        _ = state.press(.last)
        let lines = TopScreen(state: state).lines
        #expect(lines[5].text.hasPrefix("  10.0.0.21 "))
        #expect(lines[9].text.hasPrefix("> 10.0.0.25 "))
        #expect(lines[9].pieces.map(\.style) == [.selected])
        #expect(lines[9].width == 100)
    }

    @Test("the last line asks, tells what became of a change, or names the keys")
    func foot() {
        var state = TopSample.state()
        state.type("d")
        #expect(text(state).last?.hasPrefix("Drain 192.168.142.7 of UDP") == true)
        state.type("nw12")
        #expect(
            text(state).last
                == "Weight of 192.168.142.7 of UDP 192.168.142.101:53, 0...65535, then Enter: 12_")
        _ = state.press(.escape)
        state.tell("no such real server", isFailure: true)
        #expect(TopScreen(state: state).lines.last == Line("no such real server", .bad))
        _ = state.press(.down)
        #expect(text(state).last?.hasPrefix("q quit") == true)
        state.type("?")
        #expect(text(state).contains { $0.hasPrefix("d            drain") })
    }

    @Test("figures that do not come any more are said to be old, until there are new ones")
    func failure() {
        var state = TopSample.state()
        state.fail("connection refused")
        #expect(text(state)[2] == "NO NEW FIGURES: connection refused")
        state.take(StatusMessage(SampleDirector.status), ServicesMessage([]))
        #expect(text(state)[2].hasPrefix("1 problem: "))
        #expect(text(state)[1].hasPrefix("n/a connections/s  n/a packets/s"))
        #expect(text(state).contains("No real servers."))
    }

    @Test("a plain table has all real servers, and nothing of the keys")
    func plain() {
        let state = TopSample.state(rows: 1, TopSample.crowd(25))
        let lines = TopScreen(state: state).plainLines(width: 80).map(\.text)
        #expect(lines.count == 5 + 25)
        #expect(lines.allSatisfy { $0.count <= 80 && !$0.contains(">") })
    }
}
