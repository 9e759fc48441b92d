// SPDX-License-Identifier: Apache-2.0

import LVSModel
import Testing

@testable import HealthChecks

@Suite struct DNSMessageTests {
    /// Asks for `www.example`, whose name stands at 12.
    private static func question(_ check: DNSCheck) throws -> [UInt8] {
        let step = DNSConversation(check: check, identifier: 0x1234).begin()
        guard case .send(let bytes) = step else { throw Unexpected() }
        return bytes
    }

    private struct Unexpected: Error {}

    private static func judge(_ check: DNSCheck, _ reply: DNSReply) -> CheckOutcome? {
        let conversation = DNSConversation(check: check, identifier: 0x1234)
        guard case .done(let outcome) = conversation.receive(reply.bytes) else { return nil }
        return outcome
    }

    @Test("a question is written as RFC 1035 says")
    func question() throws {
        let header: [UInt8] = [0x12, 0x34, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0]
        let named = try Self.question(DNSCheck(name: "www.example.", type: .aaaa))
        #expect(named == header + [3] + "www".utf8 + [7] + "example".utf8 + [0, 0, 28, 0, 1])
        #expect(try Self.question(DNSCheck()) == header + [0, 0, 6, 0, 1])
    }

    /// The type, the record's data, the text that it is.
    private static let records: [(DNSCheck.RecordType, [UInt8], String)] = [
        (.a, [192, 0, 2, 1], "192.0.2.1"),
        (.aaaa, [0x20, 1, 0xD, 0xB8] + [UInt8](repeating: 0, count: 11) + [1], "2001:db8::1"),
        (.aaaa, [0x20, 1, 0xD, 0xB8] + [UInt8](repeating: 0, count: 11) + [1], "2001:0DB8:0::1"),
        (.cname, [1, 0x41, 0xC0, 16], "a.EXAMPLE"),
        (.ns, [0xC0, 12], "www.example."),
        (.ptr, [0], "."),
        (
            .soa, [2, 0x6E, 0x73, 0xC0, 16, 0xC0, 12] + [UInt8](repeating: 9, count: 20),
            "ns.example"
        ),
        (.mx, [0, 10, 0xC0, 12], "10 www.example"),
        (.srv, [0, 1, 0, 2, 0, 80, 0xC0, 12], "1 2 80 www.example"),
        (.txt, [2, 0x61, 0x62, 1, 0x43], "abC"),
    ]

    @Test("an answer of each type is compared", arguments: records)
    func right(type: DNSCheck.RecordType, data: [UInt8], text: String) throws {
        let check = DNSCheck(name: "www.example", type: type, answer: text)
        // The second of two, behind one of another type.
        let reply = DNSReply(to: try Self.question(check))
            .adding(type == .cname ? .a : .cname, [0xC0, 12]).adding(type, data)
        #expect(Self.judge(check, reply) == .passed)
        let other = DNSCheck(name: "www.example", type: type, answer: "other")
        #expect(Self.judge(other, reply)?.cause?.hasSuffix("expected other") == true)
    }

    @Test("the strings of TXT are compared to the letter")
    func letters() throws {
        let check = DNSCheck(name: "www.example", type: .txt, answer: "ABC")
        let reply = DNSReply(to: try Self.question(check)).adding(.txt, [3, 0x61, 0x42, 0x43])
        #expect(Self.judge(check, reply) == .failed("the answer is \"aBC\", expected ABC"))
    }

    @Test("a cut answer is an answer, but not the one that is not in it")
    func cut() throws {
        let check = DNSCheck(name: "www.example", type: .a)
        let reply = DNSReply(to: try Self.question(check), flags: 0x8200)
        #expect(Self.judge(check, reply) == .passed)
        let wanting = DNSCheck(name: "www.example", type: .a, answer: "192.0.2.1")
        #expect(
            Self.judge(wanting, reply) == .failed("the answer is cut, 192.0.2.1 is not in it"))
    }

    @Test(
        "an error is told by its name",
        arguments: [(2, "SERVFAIL"), (3, "NXDOMAIN"), (9, "error 9")])
    func error(code: UInt8, name: String) throws {
        let reply = DNSReply(to: try Self.question(DNSCheck()), code: code)
        #expect(Self.judge(DNSCheck(), reply) == .failed("the answer is \(name)"))
    }

    /// Names that are none. The record's data begins at 41.
    private static let crookedNames: [(String, [UInt8])] = [
        ("a pointer to itself", [0xC0, 41]),
        ("a pointer ahead", [0xC0, 43, 1, 0x61, 0]),
        ("two pointers in a circle", [1, 0x61, 0xC0, 41]),
        ("a pointer to behind the message", [0xFF, 0xFF]),
        ("half a pointer", [0xC0]),
        ("a label that is longer than the message", [63, 0x61]),
        ("a label's length that is none", [0x40, 0x61, 0]),
        ("a name without an end", [1, 0x61]),
        ("a name of 256 bytes", (0..<127).flatMap { _ in [1, 0x61] } + [1, 0x61, 0]),
        ("nothing", []),
    ]

    @Test("a name that is none is no answer, and takes no time", arguments: crookedNames)
    func crooked(what: String, data: [UInt8]) throws {
        let check = DNSCheck(name: "www.example", type: .cname, answer: "a")
        let question = try Self.question(check)
        #expect(question.count + 12 == 41, "where the data begins")
        let reply = DNSReply(to: question).adding(.cname, data)
        #expect(Self.judge(check, reply) == .failed("the answer is \"nothing\", expected a"))
    }

    @Test("whatever arrives, nothing is read behind its end")
    func anyBytes() throws {
        var random = Linear(state: 7)
        for type in DNSCheck.RecordType.allCases {
            let check = DNSCheck(name: "www.example", type: type, answer: "a")
            let whole = DNSReply(to: try Self.question(check))
                .adding(type, [0, 1, 0, 2, 0, 80, 0xC0, 12, 1, 0x61, 0xC0, 41])
                .adding(type, [0xC0, 12]).bytes
            for _ in 0..<2_000 {
                var bytes = whole
                for _ in 0..<Int.random(in: 0...6, using: &random) {
                    bytes[Int.random(in: 2..<bytes.count, using: &random)] =
                        .random(in: 0...255, using: &random)
                }
                bytes.removeLast(Int.random(in: 0...bytes.count, using: &random))
                let step = DNSConversation(check: check, identifier: 0x1234).receive(bytes)
                if case .done(.failed(let cause)) = step { #expect(cause.count < 200) }
            }
        }
    }

    /// The same numbers in each run.
    private struct Linear: RandomNumberGenerator {
        var state: UInt64

        mutating func next() -> UInt64 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return state ^ state >> 29
        }
    }
}
