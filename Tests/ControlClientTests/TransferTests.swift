// SPDX-License-Identifier: Apache-2.0

import ControlTesting
import Testing

@testable import ControlClient

@Suite("A bounded transfer")
struct TransferTests {
    private func answer(_ text: String, bodyLimit: Int) async throws -> Transfer.Outcome {
        try await withTemporaryDirectory { directory in
            let path = directory + "/s"
            let listener = try RawListener(at: path)
            defer { listener.close() }
            async let answering: Void = blocking { listener.answerOnce(text) }
            let outcome = try await blocking {
                Transfer(socket: path, timeoutMilliseconds: 60_000, bodyLimit: bodyLimit).ask("/")
            }
            try await answering
            return outcome
        }
    }

    @Test("a body of the limit's size passes, one more byte does not", arguments: [0, 1, 5_000])
    func limit(size: Int) async throws {
        let text = "HTTP/1.1 200 OK\r\n\r\n" + String(repeating: "x", count: size)
        let body = [UInt8](repeating: UInt8(ascii: "x"), count: size)
        #expect(
            try await answer(text, bodyLimit: size) == .answered(status: 200, body: body))
        #expect(try await answer(text + "x", bodyLimit: size) == .tooLarge)
    }

    @Test("any status is an answer")
    func status() async throws {
        let text = "HTTP/1.1 503 Busy\r\nContent-Length: 2\r\n\r\nno"
        #expect(
            try await answer(text, bodyLimit: 10)
                == .answered(status: 503, body: Array("no".utf8)))
    }

    @Test("a body of more than 1 MiB is sent without asking first whether it is wanted")
    func noExpectation() async throws {
        try await withTemporaryDirectory { directory in
            let path = directory + "/s"
            let listener = try RawListener(at: path)
            defer { listener.close() }
            async let request = blocking { listener.answerOnce("HTTP/1.1 200 OK\r\n\r\n") }
            _ = try await blocking {
                Transfer(socket: path, timeoutMilliseconds: 60_000, bodyLimit: 10)
                    .ask("/", posting: [UInt8](repeating: 0x20, count: 2 << 20))
            }
            let head = try await request
            #expect(head.hasPrefix("POST / HTTP/1.1\r\n"))
            #expect(head.contains("\r\nContent-Length: 2097152\r\n"))
            #expect(!head.lowercased().contains("\r\nexpect:"))
        }
    }
}
