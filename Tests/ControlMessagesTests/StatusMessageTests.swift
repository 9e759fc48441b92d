// SPDX-License-Identifier: Apache-2.0

import ControlMessages
import LVSModel
import Testing

@Suite("The answer of GET /v1/status")
struct StatusMessageTests {
    static let idle = DirectorStatus(
        phase: .starting, uptime: 0, interface: nil, publications: 0,
        counters: DataPlaneCounters(
            exits: [], ringFrames: 0, ringDrops: 0, flows: 0, flowCapacity: 1_024, services: [:],
            realServers: [:]),
        problems: [])

    @Test("a director at work is written with all its keys, in order")
    func full() throws {
        var status = Self.idle
        status.phase = .serving
        status.uptime = 12
        status.interface = HostLink(
            index: 2, name: "eth0", mac: MACAddress("02:00:c0:a8:8e:04"), isRunning: true,
            mtu: 1_500)
        status.publications = 3
        status.rates.second = Rate(connections: 1.5, packets: 2, bytes: 3)
        status.counters.exits = [ExitCount(verdict: .tx, reason: "flow", frames: 9)]
        status.counters.ringFrames = 10
        status.counters.ringDrops = 1
        status.counters.accelerated = 7
        status.counters.acceleratedServices = AcceleratedServices(
            bySlots: 4, byLines: 3, withoutRoom: 2, inUserspace: 1)
        status.counters.port = .xdpCopy
        status.counters.flows = 5
        status.problems = ["look / at \"this\""]
        #expect(
            try text(StatusMessage(status)) == """
                {"acceleration":{"byLines":3,"bySlots":4,"inUserspace":1,"withoutRoom":2},\
                "arpConflicts":0,"exits":[{"frames":9,"reason":"flow","verdict":"TX"}],\
                "flows":{"capacity":1024,"count":5,"evicted":0},\
                "interface":{"mac":"02:00:c0:a8:8e:04","mtu":1500,"name":"eth0","running":true},\
                "macChanges":0,"phase":"serving","port":"xdp-copy","problems":["look / at \\"this\\""],\
                "publications":3,\
                "rates":{"minute":null,"second":{"bytes":3,"connections":1.5,"packets":2},\
                "tenSeconds":null},"ring":{"drops":1,"frames":10},"role":"active",\
                "sent":{"accelerated":7,"failures":0,"frames":0},\
                "uptimeSeconds":12,"version":"0.1.0"}

                """)
    }

    @Test("what is not there is null, and its key is there")
    func nulls() throws {
        #expect(try text(StatusMessage(Self.idle)).contains(#""interface":null"#))
        #expect(try text(StatusMessage(Self.idle)).contains(#""acceleration":null"#))
        var status = Self.idle
        status.interface = HostLink(index: 1, name: "tun0", mac: nil, isRunning: false, mtu: 1)
        #expect(try text(StatusMessage(status)).contains(#""interface":{"mac":null,"#))
    }

    @Test("a message survives the way to JSON and back", arguments: [nil, MACAddress(rawValue: 1)])
    func roundTrip(mac: MACAddress?) throws {
        var status = Self.idle
        status.interface = HostLink(index: 1, name: "eth0", mac: mac, isRunning: true, mtu: 9_000)
        let message = StatusMessage(status)
        #expect(try StatusMessage(json: message.json()) == message)
    }

    @Test("keys and words of a newer director do not disturb")
    func newer() throws {
        let message = try text(StatusMessage(Self.idle))
            .replacing(#""phase":"starting""#, with: #""mood":[1],"phase":"resting""#)
        #expect(try StatusMessage(json: Array(message.utf8)).phase == "resting")
    }

    @Test(
        "what is no status is refused",
        arguments: ["", "{", "[]", "{}", "null", #"{"version":1}"#, "<html>", "\u{0}"])
    func broken(json: String) {
        #expect(throws: ControlMessageError.self) { try StatusMessage(json: Array(json.utf8)) }
    }
}

func text(_ message: some ControlMessage) throws -> String {
    String(decoding: try message.json(), as: UTF8.self)
}
