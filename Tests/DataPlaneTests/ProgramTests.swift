// SPDX-License-Identifier: Apache-2.0

import Foundation
import Glibc
import Testing

@Suite struct ProgramTests {
    private static let folder = URL(filePath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()

    /// Runs a shell line to its end; returns its wait status. Not by Foundation's Process, in which
    /// the leak detector finds what is not ours.
    private func run(_ line: String) -> Int32 {
        guard let pipe = unsafe popen(line, "r") else { return -1 }
        return unsafe pclose(pipe)
    }

    @Test("the in-kernel programs' objects are what their sources compile to")
    func objectsAreCurrent() throws {
        let rebuilt = FileManager.default.temporaryDirectory
            .appending(path: "lvsdr-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: rebuilt, withIntermediateDirectories: false)
        defer { try? FileManager.default.removeItem(at: rebuilt) }
        try #require(run("'\(Self.folder.path)/scripts/build-bpf' '\(rebuilt.path)'") == 0)
        let committed = Self.folder.appending(path: "Sources/CDataPlane/bpf")
        for name in ["accelerate.bpf.o", "check.bpf.o", "tap.bpf.o", "xdp_port.bpf.o"] {
            #expect(
                try Data(contentsOf: rebuilt.appending(path: name))
                    == Data(contentsOf: committed.appending(path: name)), "\(name)")
        }
    }
}
