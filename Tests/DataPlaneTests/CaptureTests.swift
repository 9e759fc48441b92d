// SPDX-License-Identifier: Apache-2.0

import DataPlane
import Foundation
import LVSModel
import Testing

/// Real traffic of the seed deployment, as it came in at the director, and what must become of it.
///
/// After a change that is meant to alter the outcome: run with LVSDR_RECORD=1 and read the
/// difference before it is committed.
@Suite struct CaptureTests {
    private static let folder = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "Captures")

    private static func captured(_ name: String) -> URL { folder.appending(path: name) }

    private static func temporary() -> URL {
        FileManager.default.temporaryDirectory.appending(path: "lvsdr-\(UUID().uuidString).pcap")
    }

    /// One line a frame: verdict, reason, and the real server's index.
    private func replay(_ input: URL, to output: URL?) throws -> String {
        let replay = try CaptureReplay(
            input: input.path, output: output?.path, table: Table.of(Table.service()),
            flowCapacity: 1024)
        var lines = ""
        while case let outcomes = replay.next(), !outcomes.isEmpty {
            for outcome in outcomes {
                let real = outcome.realServer.map { " .\($0)" } ?? ""
                lines += "\(outcome.verdict.rawValue) \(outcome.reason)\(real)\n"
            }
        }
        return lines
    }

    @Test("the seed deployment's traffic takes the way that is on record, byte for byte")
    func golden() throws {
        let output = Self.temporary()
        defer { try? FileManager.default.removeItem(at: output) }
        let lines = try replay(Self.captured("seed.pcap"), to: output)
        let sent = try Data(contentsOf: output)
        let (expectedLines, expectedSent) = (
            Self.captured("seed.outcomes"), Self.captured("seed.sent.pcap")
        )
        if ProcessInfo.processInfo.environment["LVSDR_RECORD"] != nil {
            try Data(lines.utf8).write(to: expectedLines)
            try sent.write(to: expectedSent)
        }
        #expect(try lines == String(contentsOf: expectedLines, encoding: .utf8))
        #expect(try sent == Data(contentsOf: expectedSent))
    }

    @Test("a capture can be replayed without keeping what is sent")
    func withoutOutput() throws {
        let lines = try replay(Self.captured("seed.pcap"), to: nil)
        #expect(lines.split(separator: "\n").count == 20)
    }

    @Test("what is no capture, and what does not exist, is refused in words")
    func refusals() throws {
        let garbage = Self.temporary()
        try Data("no capture at all".utf8).write(to: garbage)
        defer { try? FileManager.default.removeItem(at: garbage) }
        for file in [garbage, Self.captured("absent.pcap")] {
            let error = #expect(throws: DataPlaneError.self) { try replay(file, to: nil) }
            #expect(error?.description.hasPrefix("cannot read the capture file: ") == true)
        }
    }

    @Test("a capture that ends within a frame gives the frames before it")
    func torn() throws {
        let torn = Self.temporary()
        try Data(contentsOf: Self.captured("seed.pcap")).dropLast(10).write(to: torn)
        defer { try? FileManager.default.removeItem(at: torn) }
        #expect(try replay(torn, to: nil).split(separator: "\n").count == 19)
    }
}
