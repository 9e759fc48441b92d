// SPDX-License-Identifier: Apache-2.0

import ControlMessages
import ControlTesting
import FoundationEssentials
import LVSModel
import Testing

@testable import lvsdr

@Suite("lvsdr capture, run for real")
struct CaptureCommandTests {
    private func lvsdr(_ words: String...) async throws -> ProgramResult {
        try await lvsdr(words)
    }

    private func lvsdr(_ words: [String]) async throws -> ProgramResult {
        try await run(["env", "-u", "LVSDR_SOCKET", try built("lvsdr"), "capture"] + words)
    }

    private func blocks(in path: String) throws -> [PcapngReader.Block] {
        var reader = PcapngReader()
        return try reader.read([UInt8](Data(contentsOf: URL(filePath: path))))
    }

    @Test("a line for each frame, and their number at the end")
    func lines() async throws {
        try await withDirector(SampleDirector(session: SampleCapture(frames: 2))) { socket in
            let result = try await lvsdr("--socket", socket)
            #expect(result.status == 0)
            #expect(
                result.output == """
                       frame          time  verdict  reason                  real server            packet
                           1      0.000000  TX       scheduled               192.168.142.5:80       \
                    TCP 192.168.142.3:40000 > 192.168.142.100:80 SYN, 54 bytes
                           2      0.000001  TX       scheduled               192.168.142.5:80       \
                    TCP 192.168.142.3:40000 > 192.168.142.100:80 SYN, 54 bytes

                    """)
            #expect(result.errors == "captured 2 frames, 7 not captured for want of room\n")
        }
    }

    @Test("-w writes a file that libpcap reads, with one block of statistics at its end")
    func file() async throws {
        let session = SampleCapture(frames: 100, isEndless: true)
        try await withDirector(SampleDirector(session: session)) { socket in
            let path = socket + ".pcapng"
            let result = try await lvsdr("--socket", socket, "-w", path, "--duration", "1s")
            #expect(result.status == 0)
            #expect(result.output == "")
            #expect(result.errors == "captured 100 frames, 7 not captured for want of room\n")
            let blocks = try blocks(in: path)
            #expect(blocks.count == 2 + 200 + 1)
            #expect(blocks.last?.content == .statistics(captured: 100, missed: 7))
            let read = try await run(["tcpdump", "-n", "-r", path])
            #expect(read.status == 0)
            #expect(read.output.split(separator: "\n").count == 200)
        }
    }

    @Test("-w - writes the same to standard output")
    func pipe() async throws {
        try await withDirector { socket in
            let words = "env -u LVSDR_SOCKET \(try built("lvsdr")) capture --socket \(socket) -w -"
            let result = try await run(["sh", "-c", "\(words) | tcpdump -n -r -"])
            #expect(result.output.split(separator: "\n").count == 6)
        }
    }

    @Test("a refusal leaves the file alone, and ends with 1")
    func refused() async throws {
        try await withDirector { socket in
            let path = socket + ".pcapng"
            try Data("precious".utf8).write(to: URL(filePath: path))
            let result = try await lvsdr(
                "--socket", socket, "-w", path, "--service", "192.168.142.100:81")
            #expect(result.status == 1)
            #expect(
                result.errors == """
                    lvsdr: the director at \(socket) answered 404 Not Found: there is no virtual \
                    service TCP 192.168.142.100:81; there are TCP 192.168.142.100:80, \
                    UDP 192.168.142.101:53

                    """)
            #expect(try Data(contentsOf: URL(filePath: path)) == Data("precious".utf8))
        }
    }

    @Test("a file that can not be made, or not be written to, has a status of its own")
    func unwritable() async throws {
        try await withDirector { socket in
            let absent = try await lvsdr("--socket", socket, "-w", "/tmp/lvsdr-nowhere/x.pcapng")
            #expect(absent.status == 73)
            #expect(absent.errors.contains("cannot make /tmp/lvsdr-nowhere/x.pcapng: No such file"))
        }
        try await withDirector { socket in
            let full = try await lvsdr("--socket", socket, "-w", "/dev/full")
            #expect(full.status == 74)
            #expect(full.errors.contains("cannot write to /dev/full: No space left on device"))
        }
    }

    @Test(
        "what makes no sense ends with 64",
        arguments: [
            ["--count", "0"], ["--count", "10000001"], ["--duration", "0"], ["--duration", "25h"],
            ["--duration", "5 m"], ["--snap-length", "63"], ["--snap-length", "2049"],
            ["--service", "192.168.142.100"], ["--real", "moon"],
        ])
    func usage(words: [String]) async throws {
        #expect(try await lvsdr(words).status == 64)
    }

    @Test("durations are seconds, minutes or hours")
    func durations() {
        let right = [("30", 30), ("30s", 30), ("5m", 300), ("2h", 7_200), ("0s", 0)]
        for (text, seconds) in right {
            #expect(CaptureDuration(argument: text)?.seconds == seconds)
        }
        for wrong in ["", "s", "-1", "+1", "1d", "1.5m", "9223372036854775807h"] {
            #expect(CaptureDuration(argument: wrong) == nil)
        }
    }
}
