// SPDX-License-Identifier: Apache-2.0

import LVSConfiguration
import LVSModel
import Testing

@Suite("Changes at run time are read from JSON, and written as it")
struct ChangesTextTests {
    private static let now: UInt64 = 1_800_000_000

    private func read(_ change: String) throws -> [Change] {
        try ChangesText.read(
            Array("{\"changes\":[\(change)]}".utf8), name: "changes", now: Self.now)
    }

    private let name: ServiceAddress
    private let rip: IPAddress

    init() throws {
        name = try #require(ServiceAddress(name: "192.168.142.100:80/tcp"))
        rip = try #require(IPAddress("192.168.142.5"))
    }

    @Test("none, and several")
    func several() throws {
        #expect(try read("") == [])
        let text = #"{"remove-all-services":true},{"set-check-limit":100}"#
        #expect(try read(text) == [.removeAllServices, .setCheckLimit(100)])
        #expect(
            ChangesText.write([.removeAllServices, .setCheckLimit(100)])
                == "{\"changes\":[\(text)]}")
    }

    @Test("services")
    func services() throws {
        let added = try read(
            #"{"add-service":{"address":"192.168.142.100","port":80,"scheduler":"wlc"}}"#)
        #expect(added == [.addService(VirtualService(address: name, scheduler: .wlc))])
        let removed = try read(#"{"remove-service":"192.168.142.100:80"}"#)
        #expect(removed == [.removeService(name)])
        let edited = try read(
            #"{"edit-service":{"service":"192.168.142.100:80/tcp","scheduler":"sh","#
                + #""scheduler-flags":["sh-port"],"persistence":null,"check":{"kind":"tcp"},"#
                + #""sorry-server":null,"minimum-up":1,"slow-start":"2m","on-down":"keep"}}"#)
        let edit = ServiceEdit(
            scheduler: .sh, schedulerFlags: [.shPort], persistence: .set(nil), onDown: .keep,
            check: .set(HealthCheck(kind: .tcp)), minimumUp: 1, sorryServer: .set(nil),
            slowStart: 120)
        #expect(edited == [.editService(name, edit)])
        let nothing = try read(#"{"edit-service":{"service":"192.168.142.100:80"}}"#)
        #expect(nothing == [.editService(name, ServiceEdit())])
    }

    @Test("real servers")
    func realServers() throws {
        let keys = #""service":"192.168.142.100:80/tcp","address":"192.168.142.5""#
        let added = RealServer(address: rip, weight: 3, check: .none)
        #expect(
            try read(#"{"add-real-server":{\#(keys),"weight":3,"check":"none"}}"#)
                == [.addRealServer(added, to: name)])
        let edit = RealServerEdit(weight: 0, lowerThreshold: 5, check: .services)
        #expect(
            try read(
                #"{"edit-real-server":{\#(keys),"weight":0,"lower-threshold":5,"check":null}}"#)
                == [.editRealServer(rip, of: name, edit)])
        for (key, change) in [
            ("remove-real-server", Change.removeRealServer(rip, of: name)),
            ("drain", .drain(rip, of: name, until: nil)), ("undrain", .undrain(rip, of: name)),
            ("disable", .disable(rip, of: name)), ("enable", .enable(rip, of: name)),
        ] {
            #expect(try read("{\"\(key)\":{\(keys)}}") == [change])
        }
    }

    @Test("a drain ends after a while, or at a time")
    func drain() throws {
        let keys = #""service":"192.168.142.100:80/tcp","address":"192.168.142.5""#
        let within = try read(#"{"drain":{\#(keys),"within":"30s"}}"#)
        #expect(within == [.drain(rip, of: name, until: Self.now + 30)])
        let until = try read(#"{"drain":{\#(keys),"until":1800000100}}"#)
        #expect(until == [.drain(rip, of: name, until: 1_800_000_100)])
    }

    @Test("what holds for the whole director")
    func director() throws {
        let timeouts = try read(#"{"set-timeouts":{"tcp":900,"tcp-fin":"2m","udp":"5m"}}"#)
        #expect(timeouts == [.setTimeouts(FlowTimeouts())])
        let answers = try read(
            #"{"set-answers":{"no-flow":"drop","no-real-server":"reset","answers-per-second":0}}"#)
        let policy = AnswerPolicy(noFlow: .drop, noRealServer: .reset, perSecond: 0)
        #expect(answers == [.setAnswers(policy)])
        #expect(try read(#"{"set-source-mac":"preserve"}"#) == [.setSourceMAC(.preserve)])
        #expect(try read(#"{"set-peers":[]}"#) == [.setPeers([])])
        let peer = try #require(MACAddress("02:00:00:00:00:0a"))
        #expect(try read(#"{"set-peers":["02:00:00:00:00:0A"]}"#) == [.setPeers([peer])])
    }

    @Test("whatever is written is read back", arguments: 1...4)
    func roundTrip(part: UInt64) {
        for seed in part * 1_000..<part * 1_000 + 100 {
            var random = RandomSettings(seed: seed)
            let changes = random.changes()
            let text = ChangesText.write(changes)
            #expect(!text.contains("\n"))
            do {
                let read = try ChangesText.read(Array(text.utf8), name: "written", now: 0)
                #expect(read == changes, "seed \(seed)\n\(text)")
            } catch {
                Issue.record("seed \(seed): \(error)\n\(text)")
            }
        }
    }

    @Test("JSON's own ways to write text")
    func json() throws {
        func host(_ text: String) throws -> String? {
            let changes = try read(
                #"{ "add-service" :\#r\#n\#t{"address":"10.0.0.1","port":80,"scheduler":"rr","#
                    + "\"check\":{\"kind\":\"http\",\"body-contains\":\"\(text)\"}} }")
            guard case .addService(let service) = changes.first,
                case .http(let check) = service.check?.kind
            else { return nil }
            return check.bodyContains
        }
        #expect(try host(#"\u0061\/\"\\\n\t\r\b\f"#) == "a/\"\\\n\t\r\u{8}\u{c}")
        #expect(try host(#"\ud83d\uDE00\u00fc"#) == "\u{1F600}\u{fc}")
        #expect(try host("\u{1F600}, {\u{7f}: #") == "\u{1F600}, {\u{7f}: #")
    }
}

extension RandomSettings {
    /// One of each kind of change, in some order.
    fileprivate mutating func changes() -> [Change] {
        let service = service(number(0...9), arp: pick(ARPMode.allCases))
        let name = service.address
        let rip = service.sorryServer ?? name.address
        var edit = ServiceEdit()
        if chance() { edit.scheduler = service.scheduler }
        if chance(), edit.scheduler != nil { edit.schedulerFlags = service.schedulerFlags }
        edit.persistence = pick([.keep, .set(nil), .set(service.persistence)])
        edit.onePacket = pick([nil, service.onePacket])
        edit.onDown = pick([nil, service.onDown])
        edit.arp = pick([nil, service.arp])
        edit.check = pick([.keep, .set(nil), .set(check(name.ports))])
        edit.minimumUp = pick([nil, 0, 1])
        edit.sorryServer = pick([.keep, .set(nil), .set(service.sorryServer)])
        edit.slowStart = pick([nil, 0, 60])
        let real = realServer(rip, name.ports)
        let realEdit = RealServerEdit(
            weight: pick([nil, 0]), upperThreshold: pick([nil, 5]),
            lowerThreshold: pick([nil, 0, 4]), check: pick([nil, real.check]))
        let settings = settings()
        return [
            .addService(service), .editService(name, edit), .removeService(name),
            .removeAllServices, .addRealServer(real, to: name),
            .editRealServer(rip, of: name, realEdit), .removeRealServer(rip, of: name),
            .drain(rip, of: name, until: pick([nil, 0, 5])), .undrain(rip, of: name),
            .disable(rip, of: name), .enable(rip, of: name), .setTimeouts(settings.timeouts),
            .setAnswers(settings.answers), .setSourceMAC(settings.sourceMAC),
            .setCheckLimit(settings.checkLimit), .setPeers(settings.peers),
        ].filter { _ in chance() }
    }
}
