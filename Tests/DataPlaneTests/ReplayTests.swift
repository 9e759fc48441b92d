// SPDX-License-Identifier: Apache-2.0

import DataPlane
import Foundation
import LVSModel
import Testing

@Suite("A replay at its edges")
struct ReplayTests {
    private static let seed = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "Captures/seed.pcap")

    /// A file of the test's own with this content.
    private func withFile<Result>(
        _ content: Data, _ body: (URL) throws -> Result
    ) throws -> Result {
        let file = FileManager.default.temporaryDirectory
            .appending(path: "lvsdr-\(UUID().uuidString).pcap")
        try content.write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }
        return try body(file)
    }

    private func frames(of replay: borrowing CaptureReplay) -> Int {
        var count = 0
        while case let outcomes = replay.next(), !outcomes.isEmpty { count += outcomes.count }
        return count
    }

    private func replay(_ input: URL, to output: String? = nil) throws -> CaptureReplay {
        try CaptureReplay(
            input: input.path, output: output, table: Table.of(Table.service()),
            flowCapacity: 1024)
    }

    @Test("a whole capture has no fault, and the counters agree with what was seen")
    func whole() throws {
        let replay = try replay(Self.seed)
        #expect(frames(of: replay) == 20)
        #expect(replay.fault == nil)
        let counters = replay.counters()
        #expect(counters.ringFrames == 20)
        #expect(counters.exits.reduce(0) { $0 + $1.frames } == 20)
        #expect(counters.services[0] == Traffic(connections: 2, packets: 12, bytes: 798))
        #expect(counters.realServers[5]?.traffic.connections == 1)
        #expect(counters.realServers[6]?.traffic.connections == 1)
    }

    @Test("a capture that ends within a frame says so after its last whole frame")
    func torn() throws {
        try withFile(try Data(contentsOf: Self.seed).dropLast(10)) { file in
            let replay = try replay(file)
            #expect(frames(of: replay) == 19)
            #expect(replay.fault == .torn(after: 19))
            #expect(
                replay.fault.map { "\($0)" } == "the capture ends within a frame after 19 frames")
            #expect(replay.next() == [])
        }
    }

    @Test("a capture that goes wrong is read up to there, and not beyond")
    func damaged() throws {
        var content = try Data(contentsOf: Self.seed)
        // The file's header has 24 bytes, a frame's 16; the first frame has 42. The captured length
        // of the second one:
        let length = 24 + 16 + 42 + 8
        content.replaceSubrange(length..<length + 4, with: [0xFF, 0xFF, 0xFF, 0x7F])
        try withFile(content) { file in
            let replay = try replay(file)
            #expect(frames(of: replay) == 1)
            #expect(replay.fault == .damaged(after: 1))
            #expect(
                replay.fault.map { "\($0)" }
                    == "the capture is damaged: what follows after 1 frame is no frame")
            #expect(replay.next() == [])
        }
    }

    @Test("an empty capture is whole")
    func empty() throws {
        try withFile(try Data(contentsOf: Self.seed).prefix(24)) { file in
            let replay = try replay(file)
            #expect(frames(of: replay) == 0)
            #expect(replay.fault == nil)
        }
    }

    @Test("what can not be written is a fault, not silence")
    func unwritten() throws {
        let replay = try replay(Self.seed, to: "/dev/full")
        #expect(frames(of: replay) == 20)
        #expect(replay.fault == .unwritten(code: ENOSPC))
    }

    @Test("the capture is not overwritten by what is sent")
    func sameFile() throws {
        let content = try Data(contentsOf: Self.seed)
        try withFile(content) { file in
            let error = #expect(throws: DataPlaneError.self) {
                _ = try replay(file, to: file.path)
            }
            #expect(
                error?.description.hasPrefix("cannot write the capture file (it is the one") == true
            )
            let after = try Data(contentsOf: file)
            #expect(after == content)
        }
    }

    @Test("where timestamps go back, flows live on and the frames keep their times")
    func timestampsGoBack() throws {
        var content = try Data(contentsOf: Self.seed)
        // The third frame, a SYN, comes an hour after all others.
        let time = 24 + (16 + 42) + (16 + 98)
        content[time + 1] &+= 0x0E
        try withFile(content) { file in
            let replay = try replay(file)
            var times: [UInt64] = []
            var reasons: [String] = []
            while case let outcomes = replay.next(), !outcomes.isEmpty {
                times += outcomes.map { _ in replay.time }
                reasons += outcomes.map(\.reason)
            }
            #expect(times[2] == times[1] + 0x0E00 * 1_000 + 41)
            #expect(times[3] == times[1] + 44)
            #expect(reasons[2...3] == ["scheduled", "flow"])
        }
    }

    @Test("real servers whose MAC address is unknown, or the director's, are down")
    func network() throws {
        let settings = DirectorSettings(
            interface: "eth0", sourceMAC: .preserve,
            services: [
                VirtualService(
                    address: Table.service().address, scheduler: .wrr, arp: .host,
                    realServers: [5, 6, 7].map {
                        RealServer(address: IPAddress(ipv4: 0xC0A8_8E00 + $0), weight: UInt16($0))
                    })
            ])
        let network = ReplayedNetwork(
            director: Frame.director,
            realServers: [
                IPAddress(ipv4: 0xC0A8_8E05): Table.mac(5),
                IPAddress(ipv4: 0xC0A8_8E06): Frame.director,
            ])
        let table = network.table(for: settings)
        #expect(table.ingress == ForwardingTable.Interface(index: 1, mac: Frame.director))
        #expect(table.sourceMAC == .preserve)
        let service = try #require(table.services.first)
        #expect(service.scheduler == .wrr)
        #expect(service.arp == .host)
        #expect(service.realServers.map(\.index) == [0, 1, 2])
        #expect(service.realServers.map(\.weight) == [5, 6, 7])
        #expect(service.realServers.map(\.link?.mac) == [Table.mac(5), nil, nil])
    }
}
