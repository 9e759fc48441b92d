// SPDX-License-Identifier: Apache-2.0

import ControlMessages
import ControlTesting
import LVSModel
import Testing

@testable import lvsdr

@Suite("The keys of lvsdr top")
struct TopStateTests {
    private static let web = SampleDirector.web.address
    private static let names = SampleDirector.names.address
    private static func real(_ last: UInt32) -> IPAddress { IPAddress(ipv4: 0xC0A8_8E00 + last) }

    @Test(
        "sorts by what its key says, the greatest first; r turns it round",
        arguments: [
            ("", [7, 5, 6]), ("c", [7, 5, 6]), ("p", [5, 7, 6]), ("b", [7, 5, 6]),
            ("a", [5, 6, 7]),
            ("n", [5, 6, 7]), ("pr", [6, 7, 5]), ("nr", [7, 6, 5]), ("prr", [5, 7, 6]),
            ("ar", [6, 7, 5]), ("o", [5, 6, 7]), ("ooo", [7, 5, 6]),
        ])
    func sorts(keys: String, last: [Int]) {
        var state = TopSample.state()
        #expect(state.type(keys) == nil)
        #expect(state.addresses == last.map { "192.168.142.\($0)" })
    }

    @Test("the selection moves, and stays within the real servers")
    func moves() {
        var state = TopSample.state(rows: TopScreen.linesAround + 10, TopSample.crowd(25))
        let moves: [(TopKey, Int)] = [
            (.up, 0), (.down, 1), (.letter("j"), 2), (.letter("k"), 1), (.pageDown, 11),
            (.letter(" "), 21), (.pageDown, 24), (.down, 24), (.pageUp, 14), (.letter("g"), 0),
            (.last, 24), (.first, 0), (.letter("G"), 24),
        ]
        for (key, selected) in moves {
            #expect(state.press(key) == nil)
            #expect(state.selected == selected, "\(key)")
        }
    }

    @Test(
        "the selection follows its real server through new figures, and keeps its place when it goes"
    )
    func follows() {
        var state = TopSample.state()
        state.type("j")
        #expect(state.addresses[state.selected] == "192.168.142.5")
        var services = TopSample.services
        services[0].realServers[0].rates.second?.connections = 99
        state.take(StatusMessage(TopSample.status), ServicesMessage(services))
        #expect(state.selected == 0)
        #expect(state.addresses[state.selected] == "192.168.142.5")
        services[0].realServers.removeFirst()
        state.take(StatusMessage(TopSample.status), ServicesMessage(services))
        #expect(state.selected == 0 && state.addresses.count == 2)
        state.take(StatusMessage(TopSample.status), ServicesMessage([]))
        #expect(state.selected == 0 && state.rows.isEmpty)
    }

    @Test("d drains the selected real server, only after y")
    func drains() {
        var state = TopSample.state()
        for refusal: TopKey in [.letter("n"), .letter("N"), .letter("q"), .escape] {
            #expect(state.type("jd") == nil)
            #expect(state.mode != .table)
            #expect(state.press(refusal) == nil)
            #expect(state.mode == .table)
            _ = state.press(.up)
        }
        #expect(state.type("jdx?d") == nil)
        #expect(
            state.press(.letter("y"))
                == .change(
                    .drain(Self.real(5), of: Self.web, until: nil),
                    words: "drain of 192.168.142.5 of TCP 192.168.142.100:80"))
        #expect(state.mode == .table)
    }

    @Test("what is asked about stays the same when the order changes meanwhile")
    func questionStays() {
        var state = TopSample.state()
        state.type("d")
        var services = TopSample.services
        services[0].realServers[0].rates.second?.connections = 99
        state.take(StatusMessage(TopSample.status), ServicesMessage(services))
        let action = state.type("y")
        guard case .change(let change, _) = action else {
            Issue.record("\(String(describing: action))")
            return
        }
        #expect(change == .drain(Self.real(7), of: Self.names, until: nil))
    }

    @Test("u takes a drain back, w sets a weight of 0...65535")
    func others() {
        var state = TopSample.state()
        guard case .change(.undrain(Self.real(7), of: Self.names), _) = state.type("u") else {
            Issue.record("u does not undrain")
            return
        }
        #expect(state.type("w70000x") == nil)
        _ = state.press(.erase)
        let edit = RealServerEdit(weight: 700)
        #expect(
            state.press(.enter)
                == .change(
                    .editRealServer(Self.real(7), of: Self.names, edit),
                    words: "weight 700 of 192.168.142.7 of UDP 192.168.142.101:53"))
        state.type("w")
        #expect(state.press(.enter) == nil && state.mode == .table)
        state.type("w1")
        #expect(state.press(.escape) == nil && state.mode == .table)
    }

    @Test("q and Ctrl-C quit, also out of the help and a question; Ctrl-Z and Ctrl-L are theirs")
    func quits() {
        var state = TopSample.state()
        #expect(state.type("q") == .quit)
        #expect(state.type("?q") == .quit)
        #expect(state.type("?x") == nil && state.mode == .table)
        for keys in ["", "?", "d", "w"] {
            state.type(keys)
            #expect(state.press(.suspend) == .suspend)
            #expect(state.press(.redraw) == .redraw)
            #expect(state.press(.interrupt) == .quit)
        }
    }

    @Test("without real servers no key does harm")
    func empty() {
        var state = TopSample.state([])
        #expect(state.type("jkgG duwrcpbano") == nil)
        #expect(state.mode == .table)
        #expect(state.press(.pageDown) == nil && state.selected == 0)
    }
}
