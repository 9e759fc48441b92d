// SPDX-License-Identifier: Apache-2.0

import LVSModel
import Testing

@testable import ControlPlane

@Suite("Journal: the state at a start")
struct JournalStateTests {
    let state = JournalState(
        file: DirectorHost.settings, settings: DirectorHost.settings, role: .active)
    let weight = Change.editRealServer(
        DirectorHost.web1, of: DirectorHost.service, RealServerEdit(weight: 9))
    let remove = Change.removeRealServer(DirectorHost.web1, of: DirectorHost.service)
    let report = HealthReport(
        service: DirectorHost.service, realServer: DirectorHost.web2, health: .down,
        cause: "connection refused")

    @Test("it is what was there, with all that happened since")
    func after() throws {
        var up = report
        up.health = .up
        up.cause = nil
        let result = try state.after([
            .changed([weight]), .health(report), .role(.standby), .changed([.setCheckLimit(9)]),
            .health(up),
        ])
        #expect(result.settings == (try state.settings.applying([weight, .setCheckLimit(9)])))
        #expect(result.file == DirectorHost.settings)
        #expect(result.role == .standby)
        let name = CheckedName(service: report.service, realServer: report.realServer)
        #expect(result.health == [name: up])
        #expect(try state.after([]) == state)
    }

    @Test("a floor keeps in whom it kept in last, where that is written down")
    func floors() throws {
        let (service, web1, web2) = (DirectorHost.service, DirectorHost.web1, DirectorHost.web2)
        let both = try state.after([
            .floor(service, kept: [web1]), .floor(service, kept: [web1, web2]),
        ])
        #expect(both.kept == [service: [web1, web2]])
        #expect(try both.after([.floor(service, kept: [])]).kept == [:])
        var old = state
        old.kept = nil
        #expect(try old.after([.role(.standby)]).kept == nil)
    }

    @Test("a change that meets nothing is of another state: the entry is named")
    func foreign() {
        #expect(
            throws: ChangeRefusal(
                .notFound, number: 3,
                "there is no real server 192.168.142.5 in TCP 192.168.142.100:80")
        ) { try state.after([.role(.standby), .changed([remove]), .changed([remove])]) }
    }

    @Test("with another file, what is new in it is made in what was running")
    func resumed() throws {
        let running = try state.after([.changed([weight])])
        var file = DirectorHost.settings
        file.interface = "eth1"
        file.checkLimit = 7
        let reload = try running.resumed(with: file)
        var wanted = running.settings
        wanted.interface = "eth1"
        wanted.checkLimit = 7
        #expect(reload.settings == wanted)
        #expect(reload.needsRestart == [])
        #expect(reload.applied == [.setCheckLimit(7)])
    }
}

@Suite("Journal: what is to be written")
struct RecordTests {
    private struct Unwritten: Journal {
        func append(_ entries: [JournalEntry]) async throws(DirectorError) {}
        func replace(with state: JournalState) async throws(DirectorError) {}
    }

    private func words(_ step: Record.Step?) -> String {
        switch step {
        case .append(let entries): "append \(entries.count)"
        case .replace: "replace"
        case nil: "nothing"
        }
    }

    @Test("first the whole state, then what happens, and the state again when that is long")
    func long() {
        var record = Record(Unwritten())
        record.note(.role(.standby))
        #expect(words(record.next(at: .zero)) == "replace")
        #expect(words(record.next(at: .zero)) == "nothing")
        for _ in 0..<Record.longest { record.note(.role(.active)) }
        #expect(words(record.next(at: .zero)) == "append \(Record.longest)")
        record.note(.role(.active))
        #expect(words(record.next(at: .zero)) == "replace")
        record.note(.role(.active))
        #expect(words(record.next(at: .zero)) == "append 1")
    }

    @Test("what could not be written is written whole, a second later")
    func failure() {
        var record = Record(Unwritten())
        _ = record.next(at: .zero)
        record.note(.role(.standby))
        _ = record.next(at: .zero)
        let isNews = record.failed(.journal("ENOSPC"), at: .zero)
        #expect(isNews)
        #expect(record.failure == .journal("ENOSPC"))
        record.note(.role(.standby))
        #expect(words(record.next(at: .milliseconds(999))) == "nothing")
        #expect(words(record.next(at: .seconds(1))) == "replace")
        let isNewsAgain = record.failed(.journal("ENOSPC"), at: .seconds(1))
        #expect(!isNewsAgain)
        #expect(words(record.next(at: .seconds(2))) == "replace")
        record.succeeded()
        #expect(record.failure == nil)
    }

    @Test("without a journal there is nothing to do")
    func none() {
        var record = Record(nil)
        record.note(.role(.standby))
        #expect(words(record.next(at: .zero)) == "nothing")
    }
}
