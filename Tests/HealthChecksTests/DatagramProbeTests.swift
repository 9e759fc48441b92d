// SPDX-License-Identifier: Apache-2.0

import Glibc
import LVSModel
import Testing

@testable import HealthChecks

@Suite("Checks over UDP", .timeLimit(.minutes(1)))
struct DatagramProbeTests {
    private let probes: Probes

    init() throws {
        probes = try Probes()
    }

    /// A port of the loopback interface where nobody takes datagrams.
    private static let closedPort: UInt16 = 1

    @Test("any answer passes, and one that begins as asked for")
    func answered() async throws {
        let listener = try DatagramListener { [[0xFF] + $0] }
        let payload = Array("ping".utf8)
        for reply in [nil, [], [0xFF], [0xFF] + payload] as [[UInt8]?] {
            let check = UDPCheck(payload: payload, reply: reply)
            #expect(await probes.ask(.udp(check), of: listener) == .passed)
        }
    }

    @Test("another answer fails, with what it says in print")
    func otherAnswer() async throws {
        let listener = try DatagramListener { _ in [Array("go\u{7}away".utf8)] }
        let check = UDPCheck(payload: [1], reply: [1])
        #expect(
            await probes.ask(.udp(check), of: listener)
                == .failed("the reply \"go?away\" does not begin as it should"))
    }

    @Test("an answer of 60,000 bytes is read as far as it is needed")
    func giant() async throws {
        let listener = try DatagramListener { _ in [[UInt8](repeating: 7, count: 60_000)] }
        let right = UDPCheck(payload: [1], reply: [UInt8](repeating: 7, count: 1_024))
        #expect(await probes.ask(.udp(right), of: listener) == .passed)
        let wrong = await probes.ask(.udp(UDPCheck(payload: [1], reply: [8])), of: listener)
        #expect(wrong.cause?.count ?? .max < 200)
    }

    @Test("silence is right only where no answer is due", arguments: [true, false])
    func silence(requiresReply: Bool) async throws {
        let listener = try DatagramListener { _ in [] }
        let check = UDPCheck(payload: [1], requiresReply: requiresReply)
        let outcome = await probes.ask(.udp(check), of: listener, timeout: .milliseconds(200))
        #expect(outcome == (requiresReply ? .unanswered("no answer in 200 ms") : .passed))
    }

    @Test("an ICMP error is wrong in any case", arguments: [true, false])
    func refused(requiresReply: Bool) async throws {
        let check = UDPCheck(payload: [1], requiresReply: requiresReply)
        #expect(
            await probes.ask(.udp(check), port: Self.closedPort)
                == .unanswered("connection refused"))
    }

    @Test("an empty datagram is an answer; where it should begin somehow, a wrong one")
    func empty() async throws {
        let listener = try DatagramListener { _ in [[]] }
        #expect(await probes.ask(.udp(UDPCheck(payload: [1])), of: listener) == .passed)
        #expect(
            await probes.ask(.udp(UDPCheck(payload: [1], reply: [1])), of: listener)
                == .failed("the reply \"\" does not begin as it should"))
    }

    private static let identified = DNSCheck(name: "www.example", type: .a, answer: "10.0.0.1")

    @Test("a name server that answers passes; one that says no fails")
    func name() async throws {
        let listener = try DatagramListener { question in
            [DNSReply(to: question).adding(.a, [10, 0, 0, 1]).bytes]
        }
        #expect(await probes.ask(.dns(Self.identified), of: listener) == .passed)
        let other = DNSCheck(name: "www.example", type: .a, answer: "10.0.0.2")
        #expect(
            await probes.ask(.dns(other), of: listener)
                == .failed("the answer is \"10.0.0.1\", expected 10.0.0.2"))
        let refusing = try DatagramListener { [DNSReply(to: $0, code: 5).bytes] }
        #expect(
            await probes.ask(.dns(DNSCheck()), of: refusing) == .failed("the answer is REFUSED"))
    }

    @Test("answers to other questions, and what is no message, are waited out")
    func otherQuestions() async throws {
        let listener = try DatagramListener { question in
            let right = DNSReply(to: question).adding(.a, [10, 0, 0, 1]).bytes
            let other = [right[0] ^ 1] + right.dropFirst()
            return [other, [], [1, 2, 3], question, right]
        }
        #expect(await probes.ask(.dns(Self.identified), of: listener) == .passed)
        let wrong = try DatagramListener { question in
            [[question[0], question[1] ^ 1] + DNSReply(to: question).bytes.dropFirst(2)]
        }
        #expect(
            await probes.ask(.dns(DNSCheck()), of: wrong, timeout: .milliseconds(200))
                == .unanswered("no answer in 200 ms"))
    }

    @Test("a flood of wrong answers ends the check")
    func flood() async throws {
        let listener = try DatagramListener { question in
            Array(repeating: [question[0] ^ 1] + question.dropFirst(), count: 200_000)
        }
        #expect(
            await probes.ask(.dns(DNSCheck()), of: listener)
                == .failed("no answer in more than 4096 messages"))
    }
}
