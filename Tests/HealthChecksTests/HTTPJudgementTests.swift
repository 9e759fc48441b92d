// SPDX-License-Identifier: Apache-2.0

import LVSModel
import Testing

@testable import HealthChecks

@Suite("HTTP: what is asked, and what an answer means")
struct HTTPJudgementTests {
    private static let vip = IPAddress(ipv4: 0xC0A8_8E64)
    private static let vip6 = IPAddress(high: 0xFD00 << 48, low: 0x64)
    private static let rip = IPAddress(ipv4: 0xC0A8_8E0A)
    private static let rip6 = IPAddress(high: 0xFD00 << 48, low: 0x0A)

    private func request(
        _ check: HTTPCheck, vip: IPAddress = vip, realServer: IPAddress = rip, port: UInt16
    ) -> HTTPRequest {
        HTTPRequest(
            check, ProbeQuestion(vip: vip, realServer: realServer, port: port, timeout: .seconds(2))
        )
    }

    private func outcome(
        of answer: HTTPAnswer, _ check: HTTPCheck = HTTPCheck()
    ) -> CheckOutcome {
        let question = ProbeQuestion(
            vip: Self.vip, realServer: Self.rip, port: 80, timeout: .milliseconds(1_500))
        return HTTPJudgement(check: check, question: question, serverName: "a.example")
            .outcome(of: answer)
    }

    @Test("the VIP is named where the check names no host, with a port that is not the scheme's")
    func hosts() {
        for (check, vip, port, url, host) in [
            (HTTPCheck(), Self.vip, UInt16(80), "http://192.168.142.100:80/", "192.168.142.100"),
            (HTTPCheck(), Self.vip, 8080, "http://192.168.142.100:8080/", "192.168.142.100:8080"),
            (HTTPCheck(), Self.vip6, 80, "http://[fd00::64]:80/", "[fd00::64]"),
            (
                HTTPCheck(isEncrypted: true, path: "/a?b"), Self.vip6, 443,
                "https://[fd00::64]:443/a?b", "[fd00::64]"
            ),
            (
                HTTPCheck(isEncrypted: true), Self.vip6, 80, "https://[fd00::64]:80/",
                "[fd00::64]:80"
            ),
            (HTTPCheck(host: "a.example"), Self.vip, 8080, "http://a.example:8080/", "a.example"),
            (HTTPCheck(host: "a.example:1"), Self.vip, 80, "http://a.example:80/", "a.example:1"),
            (HTTPCheck(host: "[fd00::1]:1"), Self.vip, 80, "http://[fd00::1]:80/", "[fd00::1]:1"),
            (
                HTTPCheck(isEncrypted: true, host: "a.example", serverName: "b.example"), Self.vip,
                443, "https://b.example:443/", "a.example"
            ),
        ] {
            let request = request(check, vip: vip, port: port)
            #expect(request.url == url)
            #expect(request.headers == [.init(name: "Host", value: host)])
        }
    }

    @Test("it is connected to the address that is asked, and to no other")
    func destinations() {
        #expect(request(HTTPCheck(), port: 80).destination == "192.168.142.10:80")
        #expect(
            request(HTTPCheck(), realServer: Self.rip6, port: 8080).destination == "[fd00::a]:8080")
    }

    @Test("a header of the check's own replaces ours")
    func ownHeaders() {
        let check = HTTPCheck(
            headers: [
                .init(name: "user-agent", value: "x"), .init(name: "Content-type", value: "a/b"),
            ])
        let lines = String(decoding: request(check, port: 80).headerLines, as: UTF8.self)
        #expect(lines == "Host: 192.168.142.100\0user-agent: x\0Content-type: a/b\0\0")
    }

    @Test("a body is fetched only where something is asked of it")
    func wantsBody() {
        #expect(!request(HTTPCheck(), port: 80).wantsBody)
        #expect(request(HTTPCheck(bodyContains: "a"), port: 80).wantsBody)
        #expect(request(HTTPCheck(bodyMatches: "a"), port: 80).wantsBody)
        #expect(request(HTTPCheck(bodySHA256: "a"), port: 80).wantsBody)
    }

    @Test("the status is one of those that are right")
    func statuses() {
        let check = HTTPCheck(statuses: [200...200, 301...302])
        for status in [200, 301, 302] {
            #expect(outcome(of: HTTPAnswer(end: .answered, status: status), check) == .passed)
        }
        for status in [201, 300, 303, 503, 999] {
            #expect(
                outcome(of: HTTPAnswer(end: .answered, status: status), check)
                    == .failed("\(status), expected 200, 301...302"))
        }
        #expect(
            outcome(of: HTTPAnswer(end: .answered, status: 503))
                == .failed("503, expected 200...299"))
    }

    @Test("a wrong status says more than what went wrong after it")
    func statusFirst() {
        let check = HTTPCheck(bodyContains: "x")
        for end in [HTTPAnswer.End.timedOut, .bodyTooLarge, .closed, .answered] {
            #expect(
                outcome(of: HTTPAnswer(end: end, status: 500), check)
                    == .failed("500, expected 200...299"))
        }
        #expect(
            outcome(of: HTTPAnswer(end: .timedOut, status: 200), check)
                == .failed("no answer in 1500 ms"))
    }

    @Test("each end has its words")
    func ends() {
        for (end, words) in [
            (HTTPAnswer.End.noConnection(0), "no connection"),
            (
                .noMark(1),
                "cannot mark the socket: not permitted; CAP_NET_ADMIN and CAP_NET_RAW are needed"
            ),
            (.headerTooLarge, "more than 64 KiB of header"),
            (.bodiesTooLarge, "more than 256 MiB of bodies in all checks together"),
            (.tls("x: error:0A00:SSL routines::no shared cipher", 0), "TLS: no shared cipher"),
            (.tls("x", 104), "TLS: connection reset"),
            (
                .certificate("SSL certificate problem: it has expired"),
                "certificate: it has expired"
            ),
            (.wrongName, "certificate: it is not for a.example"),
            (.failed("Out of memory"), "Out of memory"),
        ] {
            #expect(outcome(of: HTTPAnswer(end: end)) == .failed(words))
        }
        #expect(outcome(of: HTTPAnswer(end: .timedOut)) == .failed("no answer in 1500 ms"))
        for (end, words) in [
            (HTTPAnswer.End.noConnection(111), "connection refused"),
            (.noConnection(113), "host unreachable"), (.timedOut, "no answer in 1500 ms"),
        ] {
            let answer = HTTPAnswer(end: end, isConnected: false)
            #expect(outcome(of: answer) == .unanswered(words))
        }
    }

    @Test("time and mark are the question's; no time at all is still some")
    func timeAndMark() {
        var question = ProbeQuestion(
            vip: Self.vip, realServer: Self.rip, port: 80, timeout: .seconds(3_600), mark: 7)
        #expect(HTTPRequest(HTTPCheck(), question).timeout == 3_600_000)
        #expect(HTTPRequest(HTTPCheck(), question).mark == 7)
        question.timeout = .zero
        question.mark = nil
        #expect(HTTPRequest(HTTPCheck(), question).timeout == 1)
        #expect(HTTPRequest(HTTPCheck(), question).mark == 0)
    }

    @Test("what comes from the network is cut, and nothing in it moves a terminal")
    func hostileWords() {
        let words = "\u{1B}[31m\u{202E}\n" + String(repeating: "x", count: 500)
        #expect(
            outcome(of: HTTPAnswer(end: .failed(words)))
                == .failed("?[31m??" + String(repeating: "x", count: 73) + "..."))
    }

    @Test("a body is searched byte by byte, over its whole length")
    func bodies() {
        let body = Array("a\0b\nok\n".utf8)
        for (check, words) in [
            (HTTPCheck(bodyContains: "ok"), nil as String?), (HTTPCheck(bodyContains: "\0b"), nil),
            (HTTPCheck(bodyContains: "a\0b\nok\n."), "the body does not contain \"a?b?ok?.\""),
            (HTTPCheck(bodyMatches: "ok"), nil), (HTTPCheck(bodyMatches: "^ok$"), nil),
            (HTTPCheck(bodyMatches: "^x|k"), nil), (HTTPCheck(bodyMatches: "a[^x]b$"), nil),
            (HTTPCheck(bodyMatches: "^b"), "the body does not match \"^b\""),
            (HTTPCheck(bodyMatches: "b.ok"), "the body does not match \"b.ok\""),
            (
                HTTPCheck(bodyMatches: "("),
                "\"(\" is no regular expression: missing closing parenthesis (at offset 1)"
            ),
            (
                HTTPCheck(
                    bodySHA256: "4fbb3b1bf6e38ff2c5a6cd4a1cdad0b44cb79ddafcb8d1d9db7d0e12b3ee4d1e"),
                "the body's SHA-256 is DIGEST, expected "
                    + "4fbb3b1bf6e38ff2c5a6cd4a1cdad0b44cb79ddafcb8d1d9db7d0e12b3ee4d1e"
            ),
        ] {
            let found = outcome(of: HTTPAnswer(end: .answered, status: 200, body: body), check)
            let expected = words?.replacing("DIGEST", with: body.sha256 ?? "")
            #expect(found == expected.map { .failed($0) } ?? .passed)
        }
    }

    @Test("a body that makes a pattern slow fails the check, with the reason")
    func hostileBody() {
        let body = [UInt8](repeating: UInt8(ascii: "x"), count: 1 << 20)
        let answer = HTTPAnswer(end: .answered, status: 200, body: body)
        #expect(
            outcome(of: answer, HTTPCheck(bodyMatches: "(x+x+)+[yz]"))
                == .failed("to seek \"(x+x+)+[yz]\" in the body takes more than 0.1 s"))
    }

    @Test("an empty body is a body")
    func emptyBody() {
        let answer = HTTPAnswer(end: .answered, status: 204)
        #expect(outcome(of: answer, HTTPCheck(bodyMatches: "^$")) == .passed)
        // FIPS 180-4's digest of nothing.
        let digest = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
        #expect(outcome(of: answer, HTTPCheck(bodySHA256: digest)) == .passed)
        #expect(
            outcome(of: answer, HTTPCheck(bodyContains: "x"))
                == .failed("the body does not contain \"x\""))
    }
}
