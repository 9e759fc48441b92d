// SPDX-License-Identifier: Apache-2.0

import LVSConfiguration
import LVSModel
import Testing

@Suite("Health checks")
struct CheckTests {
    /// The seed's file with a check at the service, whose keys stand from line 9, column 7 on.
    static func text(_ keys: String) -> String {
        let lines = keys.split(separator: "\n").map { "      \($0)\n" }.joined()
        return Refusal.seed.replacing(
            "    scheduler: rr\n", with: "    scheduler: rr\n    check:\n\(lines)")
    }

    private func check(_ keys: String) throws -> HealthCheck? {
        try settings(Self.text(keys)).services.first?.check
    }

    @Test("without the key there is none, and a kind alone has the defaults")
    func defaults() throws {
        #expect(try settings(Refusal.seed).services.first?.check == nil)
        let check = try #require(try check("kind: tcp"))
        #expect(check == HealthCheck(kind: .tcp))
        #expect(check.interval == 2_000 && check.timeout == 2_000)
        #expect(check.rise == 2 && check.fall == 3 && check.via == .vip && check.port == nil)
    }

    @Test("the keys of every kind")
    func timing() throws {
        let text = """
            kind: icmp
            interval: 500ms
            timeout: 1m
            rise: 1000
            fall: 1
            via: rip
            """
        let expected = HealthCheck(
            kind: .icmp, via: .rip, interval: 500, timeout: 60_000, rise: 1_000, fall: 1)
        #expect(try check(text) == expected)
    }

    @Test(
        "times are seconds, or have a unit",
        arguments: [
            ("1", 1_000), ("100ms", 100), ("1500ms", 1_500), ("2s", 2_000), ("5m", 300_000),
            ("24h", 86_400_000), ("\"3s\"", 3_000),
        ] as [(String, UInt32)])
    func times(text: String, milliseconds: UInt32) throws {
        #expect(try check("kind: tcp\ninterval: \(text)")?.interval == milliseconds)
    }

    @Test("http and https")
    func http() throws {
        let text = """
            kind: https
            port: 8443
            method: POST
            path: /health?full=1
            host: www.example.org:8443
            server-name: www.example.org
            headers: {Accept: "text/html, */*", X-Probe: lvsdr}
            status: [200, 300-399]
            body-contains: "all\\nfine"
            body-matches: "^up|(ok)+ [0-9]{1,3}$"
            body-sha256: "\(String(repeating: "0aB", count: 21))f"
            verify-certificate: true
            http-version: 2
            """
        let http = HTTPCheck(
            isEncrypted: true, version: .http2, method: "POST", path: "/health?full=1",
            host: "www.example.org:8443", serverName: "www.example.org",
            headers: [
                HTTPCheck.Header(name: "Accept", value: "text/html, */*"),
                HTTPCheck.Header(name: "X-Probe", value: "lvsdr"),
            ],
            statuses: [200...200, 300...399], bodyContains: "all\nfine",
            bodyMatches: "^up|(ok)+ [0-9]{1,3}$",
            bodySHA256: String(repeating: "0ab", count: 21) + "f", verifiesCertificate: true)
        #expect(try check(text) == HealthCheck(kind: .http(http), port: 8_443))
        #expect(try check("kind: http")?.kind == .http(HTTPCheck()))
        let ranges = try check("kind: http\nstatus: 204")
        #expect(ranges?.kind == .http(HTTPCheck(statuses: [204...204])))
    }

    @Test(
        "dns, udp, smtp, exec, file",
        arguments: [
            ("kind: dns", .dns(DNSCheck())),
            (
                "kind: dns\nname: www.example.org\ntype: AAAA\nanswer: \"2001:db8::1\"",
                .dns(DNSCheck(name: "www.example.org", type: .aaaa, answer: "2001:db8::1"))
            ),
            ("kind: dns\nname: .", .dns(DNSCheck())),
            ("kind: udp", .udp(UDPCheck())),
            (
                "kind: udp\npayload: \"ping\\r\\n\"\nreply: pong",
                .udp(UDPCheck(payload: Array("ping\r\n".utf8), reply: Array("pong".utf8)))
            ),
            (
                "kind: udp\npayload-hex: 00ffA5\nreply-hex: \"00\"\nrequires-reply: false",
                .udp(UDPCheck(payload: [0, 0xFF, 0xA5], reply: [0], requiresReply: false))
            ),
            ("kind: smtp", .smtp(SMTPCheck())),
            ("kind: smtp\nhello: mx.example.org", .smtp(SMTPCheck(helloName: "mx.example.org"))),
            ("kind: exec\ncommand: [/bin/true]", .exec(ExecCheck(program: "/bin/true"))),
            (
                "kind: exec\ncommand: [/usr/bin/probe, -v, \"a b\", \"\", 7]\nsets-weight: true",
                .exec(
                    ExecCheck(
                        program: "/usr/bin/probe", arguments: ["-v", "a b", "", "7"],
                        setsWeight: true))
            ),
            ("kind: file\npath: /run/up", .file(FileCheck(path: "/run/up"))),
        ] as [(String, CheckKind)])
    func kinds(keys: String, kind: CheckKind) throws {
        #expect(try check(keys)?.kind == kind)
    }

    @Test("a real server has the service's check, none, or its own")
    func own() throws {
        let text = Self.text("kind: tcp").replacing(
            "weight: 1", with: "check: none")
        let service = try #require(try settings(text).services.first)
        #expect(service.realServers.map(\.check) == [.none, .services])
        let own = try settings(
            Refusal.seed.replacing("weight: 1", with: "check: {kind: icmp, fall: 1}"))
        let check = HealthCheck(kind: .icmp, fall: 1)
        #expect(own.services.first?.realServers.first?.check == .own(check))
    }

    @Test("a service with all ports needs a port where the check asks one")
    func ports() throws {
        let text = Self.text("kind: dns").replacing("port: 80", with: "ports: any")
        Refusal(
            "dns", text, (9, 7),
            "a check of kind dns without a port, of a service with all; expected port: and the"
        ).check()
        for keys in ["kind: dns\nport: 53", "kind: icmp", "kind: exec\ncommand: [/bin/true]"] {
            let text = Self.text(keys).replacing("    port: 80", with: "    ports: any")
            #expect(try settings(text).services.first?.check != nil)
        }
    }
}
