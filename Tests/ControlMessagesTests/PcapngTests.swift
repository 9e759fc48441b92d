// SPDX-License-Identifier: Apache-2.0

import LVSModel
import Testing

@testable import ControlMessages

@Suite("A capture as a pcapng file")
struct PcapngTests {
    private static let frame = CapturedFrame(
        time: 0x1122_3344_5566_7788, bytes: [1, 2, 3, 4, 5], length: 60, isSent: false,
        interface: "eth0", verdict: .tx, reason: "flow",
        realServer: RealServerName(
            service: ServiceAddress(
                address: IPAddress(ipv4: 0x0A00_0064), port: 80, transport: .tcp),
            address: IPAddress(ipv4: 0x0A00_0005)))

    private func file(_ frames: [CapturedFrame]) -> [UInt8] {
        var writer = PcapngWriter(snapLength: 2_048)
        return writer.header() + frames.flatMap { writer.packet($0) }
            + writer.statistics(at: 7, interface: "eth0", captured: 3, missed: 2)
    }

    @Test("the section's header, byte for byte")
    func header() {
        let application = Array("lvsdr \(Version.current)".utf8)
        #expect(application.count == 11)
        #expect(
            PcapngWriter(snapLength: 64).header() == [
                0x0A, 0x0D, 0x0D, 0x0A, 48, 0, 0, 0,
                0x4D, 0x3C, 0x2B, 0x1A, 1, 0, 0, 0,
                0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF,
                4, 0, 11, 0,
            ] + application + [0] + [0, 0, 0, 0, 48, 0, 0, 0])
    }

    @Test("a packet, with its interface before it when that is new, byte for byte")
    func packet() {
        var writer = PcapngWriter(snapLength: 0x0102)
        let interface: [UInt8] = [
            1, 0, 0, 0, 40, 0, 0, 0, 1, 0, 0, 0, 2, 1, 0, 0,
            2, 0, 4, 0, 0x65, 0x74, 0x68, 0x30, 9, 0, 1, 0, 9, 0, 0, 0,
            0, 0, 0, 0, 40, 0, 0, 0,
        ]
        let comment = Array("TX flow 10.0.0.5:80".utf8)
        let packet: [UInt8] =
            [
                6, 0, 0, 0, 76, 0, 0, 0, 0, 0, 0, 0,
                0x44, 0x33, 0x22, 0x11, 0x88, 0x77, 0x66, 0x55,
                5, 0, 0, 0, 60, 0, 0, 0, 1, 2, 3, 4, 5, 0, 0, 0,
                2, 0, 4, 0, 1, 0, 0, 0, 1, 0, 19, 0,
            ] + comment + [0, 0, 0, 0, 0, 76, 0, 0, 0]
        #expect(writer.packet(Self.frame) == interface + packet)
        var sent = Self.frame
        sent.isSent = true
        var expected = packet
        expected[40] = 2
        #expect(writer.packet(sent) == expected)
        sent.interface = "eth1"
        #expect(writer.packet(sent)[40 + 8] == 1)
    }

    @Test("a frame without a real server has a comment of two words")
    func comment() throws {
        var frame = Self.frame
        frame.verdict = .drop
        frame.reason = "no-flow"
        frame.realServer = nil
        var reader = PcapngReader()
        let packets = try reader.read(file([frame])).compactMap { block in
            if case .packet(let packet) = block.content { packet } else { nil }
        }
        #expect(packets.map(\.comment) == ["DROP no-flow"])
    }

    @Test("what is written is read again, in pieces of any size", arguments: [1, 3, 7, 64, 4_096])
    func roundTrip(size: Int) throws {
        var sent = Self.frame
        sent.isSent = true
        sent.bytes = Array(0..<64)
        let bytes = file([Self.frame, sent])
        var reader = PcapngReader()
        var blocks: [PcapngReader.Block] = []
        for start in stride(from: 0, to: bytes.count, by: size) {
            blocks += try reader.read(Array(bytes[start..<min(start + size, bytes.count)]))
        }
        #expect(blocks.flatMap(\.bytes) == bytes)
        func message(_ frame: CapturedFrame) -> PcapngReader.Block.Content {
            .packet(
                CapturedPacketMessage(
                    time: frame.time, bytes: frame.bytes, length: frame.length,
                    isSent: frame.isSent, comment: "TX flow 10.0.0.5:80"))
        }
        #expect(
            blocks.map(\.content) == [
                .other, .other, message(Self.frame), message(sent),
                .statistics(captured: 3, missed: 2),
            ])
    }

    @Test("what no director wrote is refused, and nothing is read beyond its end")
    func hostile() throws {
        let bytes = file([Self.frame])
        var refused = 0
        for offset in bytes.indices {
            for value in [0, 1, 0x7F, 0xFF] as [UInt8] where bytes[offset] != value {
                var broken = bytes
                broken[offset] = value
                var reader = PcapngReader()
                do {
                    _ = try reader.read(broken)
                } catch {
                    refused += 1
                }
            }
        }
        #expect(refused > 100)
        for wrong in ["HTTP/1.1 200 OK\r\n", "\u{0}\u{0}\u{0}\u{0}\u{0}\u{0}\u{0}\u{0}"] {
            var reader = PcapngReader()
            #expect(throws: PcapngReader.Fault(offset: 0)) { try reader.read(Array(wrong.utf8)) }
        }
    }

    @Test("a block that claims to be longer than any is refused before it is there")
    func longest() {
        var reader = PcapngReader()
        #expect(throws: PcapngReader.Fault(offset: 0)) {
            try reader.read([0x0A, 0x0D, 0x0D, 0x0A, 4, 0, 0x10, 0])
        }
    }
}
