// SPDX-License-Identifier: Apache-2.0

import Foundation
import Lab
import Testing

/// `lvsdrd --check` touches nothing, and needs no rights.
@Suite struct CheckTests {
    private func check(_ text: String?) throws -> (status: Int32, output: String, errors: String) {
        let file = FileManager.default.temporaryDirectory
            .appending(path: "lvsdr-\(UUID().uuidString).yaml")
        if let text { try Data(text.utf8).write(to: file) }
        defer { try? FileManager.default.removeItem(at: file) }
        let process = Process()
        let (output, errors) = (Pipe(), Pipe())
        process.executableURL = URL(filePath: try Programs().daemon)
        process.arguments = ["--check", "--config", file.path]
        process.standardOutput = output
        process.standardError = errors
        try process.run()
        process.waitUntilExit()
        let read = { (pipe: Pipe) in
            String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        }
        return (process.terminationStatus, read(output), read(errors))
    }

    @Test("a file that is in order is said to be")
    func inOrder() throws {
        let result = try check("interface: eth0\nservices: []\n")
        #expect(result.status == 0)
        #expect(result.output.contains("in order"))
    }

    @Test("a file that is not is refused with 78, and with the line of each error")
    func refused() throws {
        let result = try check("interface: eth0\nserivces: []\nflow-capacity: many\n")
        #expect(result.status == 78)
        #expect(result.errors.contains(".yaml:2:1: "))
        #expect(result.errors.contains(".yaml:3:16: "))
    }

    @Test("a file that does not exist is refused with 78")
    func absent() throws {
        let result = try check(nil)
        #expect(result.status == 78)
        #expect(result.errors.contains(".yaml"))
    }
}
