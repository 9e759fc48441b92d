// SPDX-License-Identifier: Apache-2.0

import DataPlane
import LVSModel
import Testing

@Suite struct FrameCaptureTests {
    private static let syn = Frame.ethernet().ipv4().tcp(.syn)
    private static let web = ServiceAddress(
        address: IPAddress(ipv4: address("192.168.142.100")), port: 80, transport: .tcp)

    private func plane(_ request: CaptureRequest = CaptureRequest()) throws -> MemoryDataPlane {
        var plane = try MemoryDataPlane()
        try plane.publish(
            Table.of(
                Table.service(),
                Table.service(
                    1, vip: "192.168.142.101", port: 53, transport: .udp,
                    reals: [Table.real(7)])))
        try plane.startCapture(request)
        return plane
    }

    @Test("a forwarded frame is captured as it came and as it went")
    func forwarded() throws {
        var plane = try plane()
        try plane.push(Self.syn)
        #expect(plane.run().map(\.realServer) == [6])
        let frames = plane.takeCaptured().frames
        try #require(frames.count == 2)
        #expect(frames.map(\.isSent) == [false, true])
        #expect(frames[0].bytes == Self.syn)
        #expect(frames[1].bytes == Table.mac(6).bytes + Frame.director.bytes + Self.syn[12...])
        #expect(frames[0].time == frames[1].time)
        for frame in frames {
            #expect(frame.verdict == .tx)
            #expect(frame.reason == "scheduled")
            #expect(frame.length == UInt32(Self.syn.count))
            #expect(frame.realServer?.description == "192.168.142.6:80")
        }
    }

    @Test("an answered frame is captured as it came, and the answer")
    func answered() throws {
        var plane = try plane()
        let request = Frame.ethernet(to: Frame.broadcast, type: 0x0806).arp()
        try plane.push(request)
        _ = plane.run()
        let sent = plane.takeSent().map(\.bytes)
        let frames = plane.takeCaptured().frames
        #expect(frames.map(\.bytes) == [request] + sent)
        #expect(frames.map(\.reason) == ["arp-reply", "arp-reply"])
        #expect(frames.allSatisfy { $0.realServer == nil })
    }

    @Test("a frame that is dropped or passed is captured once")
    func notSent() throws {
        var plane = try plane()
        try plane.push(Frame.ethernet().ipv4().tcp(.rst))
        try plane.push(Frame.ethernet().ipv4(to: "10.0.0.1").tcp(.syn))
        _ = plane.run()
        let frames = plane.takeCaptured().frames
        #expect(frames.map(\.verdict) == [.drop, .pass])
        #expect(frames.map(\.reason) == ["no-flow", "not-a-vip"])
        #expect(!frames.contains { $0.isSent })
    }

    @Test("a fragment that waited is captured as it came, and later as it goes")
    func held() throws {
        func fragment(offset: UInt16) -> [UInt8] {
            let packet = Frame.ethernet().ipv4(
                to: "192.168.142.101", fragment: offset | 0x2000)
            let payload = [UInt8](repeating: 7, count: 64)
            return offset == 0 ? packet.udp(payload: payload) : packet.payloadFrame(17, payload)
        }
        var plane = try plane()
        try plane.push(fragment(offset: 9))
        try plane.push(fragment(offset: 0))
        _ = plane.run()
        let frames = plane.takeCaptured().frames
        #expect(frames.map(\.reason) == ["fragment-held", "scheduled", "scheduled", "fragment"])
        #expect(frames.map(\.isSent) == [false, false, true, true])
        #expect(frames.last?.bytes.dropFirst(12) == fragment(offset: 9).dropFirst(12))
        #expect(frames.last?.realServer?.description == "192.168.142.7:53")
    }

    @Test("of long frames the beginning is kept, and the length is known")
    func snapLength() throws {
        var plane = try plane(CaptureRequest(snapLength: 64))
        let frame = Frame.ethernet().ipv4().tcp(.syn, payload: Array(repeating: 7, count: 9_000))
        try plane.push(frame)
        _ = plane.run()
        let frames = plane.takeCaptured().frames
        #expect(frames.map(\.bytes.count) == [64, 64])
        #expect(frames.map(\.length) == [9_054, 9_054])
        #expect(frames[0].bytes == Array(frame.prefix(64)))
    }

    @Test("a service's capture has its frames, also those that go to no real server")
    func service() throws {
        var plane = try plane(CaptureRequest(service: Self.web))
        try plane.push(Self.syn)
        try plane.push(Frame.ethernet().ipv4(to: "192.168.142.101").udp())
        try plane.push(Frame.ethernet().ipv4().tcp(.rst, from: 50_000))
        try plane.push(Frame.ethernet().ipv4().tcp(.syn, to: 81))
        try plane.push(Frame.ethernet(to: Frame.broadcast, type: 0x0806).arp())
        _ = plane.run()
        let frames = plane.takeCaptured().frames.filter { !$0.isSent }
        #expect(frames.map(\.reason) == ["scheduled", "no-flow"])
    }

    @Test("a real server's capture has what goes to it")
    func realServer() throws {
        let real = IPAddress(ipv4: address("192.168.142.5"))
        var plane = try plane(CaptureRequest(realServer: real))
        for port in 1_000..<1_010 {
            try plane.push(Frame.ethernet().ipv4().tcp(.syn, from: UInt16(port)))
        }
        try plane.push(Frame.ethernet().ipv4().tcp(.rst, from: 50_000))
        _ = plane.run()
        let frames = plane.takeCaptured().frames
        #expect(frames.count == 10)
        #expect(frames.allSatisfy { $0.realServer?.address == real })
    }

    @Test("what is not there is refused, with what is")
    func unknown() throws {
        let other = ServiceAddress(address: Self.web.address, port: 81, transport: .tcp)
        let service = #expect(throws: CaptureRefusal.self) {
            _ = try plane(CaptureRequest(service: other))
        }
        #expect(
            service?.description
                == "there is no virtual service TCP 192.168.142.100:81; there are "
                + "TCP 192.168.142.100:80, UDP 192.168.142.101:53")
        let real = IPAddress(ipv4: address("192.168.142.7"))
        let server = #expect(throws: CaptureRefusal.self) {
            _ = try plane(CaptureRequest(service: Self.web, realServer: real))
        }
        #expect(
            server?.description
                == "there is no real server 192.168.142.7; there are 192.168.142.5, 192.168.142.6")
    }

    @Test("a ring that is full misses frames, counts them, and goes on when it is emptied")
    func full() throws {
        var plane = try plane()
        for port in 0..<600 {
            try plane.push(Frame.ethernet().ipv4().tcp(.syn, from: UInt16(1_000 + port)))
        }
        #expect(plane.run().count == 600)
        // 1,024 packets: 512 frames as they came and as they went.
        let reading = plane.takeCaptured()
        #expect(reading.frames.count == 1_024)
        #expect(reading.missed == 88)
        try plane.push(Self.syn)
        _ = plane.run()
        #expect(plane.takeCaptured().frames.count == 2)
    }

    @Test("taking a few at a time does not part a frame from itself")
    func few() throws {
        var plane = try plane()
        for port in 0..<5 {
            try plane.push(Frame.ethernet().ipv4().tcp(.syn, from: UInt16(1_000 + port)))
        }
        _ = plane.run()
        for _ in 0..<5 {
            #expect(plane.takeCaptured(atMost: 1).frames.map(\.isSent) == [false, true])
        }
        #expect(plane.takeCaptured(atMost: 1).frames.isEmpty)
    }

    @Test("the clock is the wall's")
    func time() throws {
        var plane = try plane()
        try plane.push(Self.syn)
        _ = plane.run()
        let time = try #require(plane.takeCaptured().frames.first?.time)
        // After 2020, and not in milliseconds or microseconds.
        #expect(time > 1_577_836_800_000_000_000)
    }

    @Test("without a capture nothing is kept, and what is forwarded is the same")
    func ended() throws {
        var plane = try plane()
        plane.endCapture()
        try plane.push(Self.syn)
        #expect(plane.run().map(\.reason) == ["scheduled"])
        #expect(plane.takeCaptured() == CaptureReading(frames: [], missed: 0, isOver: true))
    }
}
