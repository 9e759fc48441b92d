// SPDX-License-Identifier: Apache-2.0

import Foundation
import Glibc
import Testing

struct ProgramTests {
    private static let folder = URL(filePath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()

    @Test("the in-kernel programs' objects are what their sources compile to")
    func objectsAreCurrent() throws {
        let rebuilt = FileManager.default.temporaryDirectory
            .appending(path: "lvsdr-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: rebuilt, withIntermediateDirectories: false)
        defer { try? FileManager.default.removeItem(at: rebuilt) }
        let line = "'\(Self.folder.path)/scripts/build-bpf' '\(rebuilt.path)'"
        let pipe = unsafe popen(line, "r")
        try #require(unsafe pclose(pipe) == 0)
        let committed = Self.folder.appending(path: "Sources/lvsdr-traffic/bpf")
        for name in ["count.bpf.o", "forward.bpf.o", "send.bpf.o"] {
            #expect(
                try Data(contentsOf: rebuilt.appending(path: name))
                    == Data(contentsOf: committed.appending(path: name)), "\(name)")
        }
    }
}
