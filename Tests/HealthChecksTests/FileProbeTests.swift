// SPDX-License-Identifier: Apache-2.0

import Dispatch
import FoundationEssentials
import Glibc
import LVSModel
import Testing

@testable import HealthChecks

@Suite("Files as checks", .timeLimit(.minutes(1)))
struct FileProbeTests {
    private let folder: TemporaryFolder
    private let path: String

    init() throws {
        folder = try TemporaryFolder()
        path = folder.path + "/file"
    }

    private func look() async throws -> CheckOutcome {
        try await Probes().ask(.file(FileCheck(path: path)))
    }

    @Test(
        "an empty file passes, a number is the weight",
        arguments: [
            ("", nil), (" \n", nil), ("0", 0), ("7\n", 7), ("\t65535\r\n", 65_535), ("007", 7),
        ] as [(String, UInt16?)])
    func weight(text: String, weight: UInt16?) async throws {
        try Data(text.utf8).write(to: URL(filePath: path))
        #expect(try await look() == .passed(weight: weight))
    }

    @Test(
        "anything else fails",
        arguments: ["65536", "-1", "+1", "1 2", "1.5", "down", "99999999999999999999999999"])
    func text(text: String) async throws {
        try Data(text.utf8).write(to: URL(filePath: path))
        #expect(
            try await look()
                == .failed("\(path) has \"\(text)\", expected nothing or a weight of 0...65535"))
    }

    @Test("of a large file no more is read than a weight has")
    func large() async throws {
        try Data(repeating: 0x37, count: 10_000_000).write(to: URL(filePath: path))
        let cause = try #require(try await look().cause)
        #expect(cause.contains("\"\(String(repeating: "7", count: 65))\""))
    }

    @Test("what is not there fails")
    func absent() async throws {
        #expect(try await look() == .failed("\(path): No such file or directory"))
    }

    @Test("a pipe that nobody writes into, a folder and a device are no files")
    func otherKinds() async throws {
        #expect(unsafe mkfifo(path, 0o600) == 0)
        #expect(try await look() == .failed("\(path) is no regular file"))
        let probes = try Probes()
        for path in [folder.path, "/dev/zero"] {
            #expect(
                await probes.ask(.file(FileCheck(path: path)))
                    == .failed("\(path) is no regular file"))
        }
    }

    @Test("who waits for a disk is not waited for, and what comes too late is given back")
    func slowDisk() async {
        let disk = DispatchSemaphore(value: 0)
        let (discarded, discarding) = AsyncStream.makeStream(of: Int.self)
        let call = BlockingCall(
            body: {
                disk.wait()
                return 7
            }, discard: { discarding.yield($0) })
        #expect(await call.value(within: .milliseconds(50)) == nil)
        let cancelled = Task { await call.value(within: .seconds(3_600)) }
        cancelled.cancel()
        #expect(await cancelled.value == nil)
        disk.signal()
        disk.signal()
        var late = discarded.makeAsyncIterator()
        #expect(await late.next() == 7)
        #expect(await late.next() == 7)
    }
}
