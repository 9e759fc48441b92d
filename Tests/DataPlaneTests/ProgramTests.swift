// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@Suite struct ProgramTests {
    private static let folder = URL(filePath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()

    /// Runs a program to its end; returns its exit status.
    private func run(_ program: String, _ arguments: [String]) throws -> Int32 {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = [program] + arguments
        process.currentDirectoryURL = Self.folder
        try process.run()
        process.waitUntilExit()
        return process.terminationStatus
    }

    @Test("the in-kernel programs' object is what their source compiles to")
    func objectIsCurrent() throws {
        let rebuilt = FileManager.default.temporaryDirectory
            .appending(path: "lvsdr-\(UUID().uuidString).o")
        defer { try? FileManager.default.removeItem(at: rebuilt) }
        try #require(try run("scripts/build-bpf", [rebuilt.path]) == 0)
        let committed = Self.folder.appending(path: "Sources/CDataPlane/bpf/tap.bpf.o")
        #expect(try Data(contentsOf: rebuilt) == Data(contentsOf: committed))
    }
}
