// SPDX-License-Identifier: Apache-2.0

import LVSConfiguration
import LVSModel
import Testing

@Suite("Checks that can not be are refused with their places")
struct CheckRefusalTests {
    /// Below `kind:`, in line 10, from column 7.
    private static func refuse(_ kind: String, _ key: String, _ column: Int, _ part: String) {
        Refusal(key, CheckTests.text("kind: \(kind)\n\(key)"), (10, column), part).check()
    }

    @Test("the kind")
    func kind() {
        Refusal(
            "none", CheckTests.text("port: 80"), (9, 7),
            "missing key \"kind\" in a check; expected at least kind"
        ).check()
        Refusal(
            "unknown", CheckTests.text("kind: htps"), (9, 13),
            "unknown kind of check \"htps\"; expected one of tcp, http, https, dns, udp, icmp, smtp, "
                + "exec, file (did you mean "
        ).check()
        Refusal("text", Refusal.seed.replacing("weight: 1", with: "check: yes"), (10, 16), "")
            .check()
    }

    @Test(
        "keys of other kinds",
        arguments: [
            (
                "tcp", "path: /", 7,
                "key \"path\" in a check of kind tcp; expected it with kind http, https, file only"
            ),
            ("http", "server-name: a", 7, "expected it with kind https only"),
            ("http", "verify-certificate: true", 7, "expected it with kind https only"),
            ("icmp", "port: 80", 7, "expected it with kind tcp, http, https, dns, udp, smtp, exec"),
            ("dns", "payload: a", 7, "expected it with kind udp only"),
            ("udp", "command: [/a]", 7, "expected it with kind exec only"),
            ("smtp", "name: a", 7, "expected it with kind dns only"),
            ("tcp", "hello: a", 7, "expected it with kind smtp only"),
            ("tcp", "knid: a", 7, "unknown key \"knid\""),
        ])
    func foreign(_ kind: String, _ key: String, _ column: Int, _ part: String) {
        Self.refuse(kind, key, column, part)
    }

    @Test("exec and file have no via, and need what they run or read")
    func local() {
        Refusal(
            "via", CheckTests.text("kind: file\npath: /a\nvia: rip"), (11, 7),
            "key \"via\" in a check of kind file"
        ).check()
        Refusal(
            "command", CheckTests.text("kind: exec"), (9, 7),
            "missing key \"command\" in a check of kind exec; expected at least kind, command"
        ).check()
        Refusal("path", CheckTests.text("kind: file"), (9, 7), "missing key \"path\"").check()
    }

    @Test(
        "values",
        arguments: [
            (
                "tcp", "interval: 99ms", 17,
                "interval 99ms is out of range; expected a time of 100ms...24h, such as 2, 2s, 500ms"
            ),
            ("tcp", "interval: 25h", 17, "is out of range"),
            ("tcp", "interval: 1.5s", 17, "interval 1.5s is not a time"),
            ("tcp", "interval: ms", 17, "interval ms is not a time"),
            ("tcp", "timeout: 0", 16, "timeout 0 is out of range; expected a time of 1ms...1h"),
            ("tcp", "timeout: 3601", 16, "is out of range"),
            ("tcp", "rise: 0", 13, "expected a whole number of 1...1000"),
            ("tcp", "fall: 1001", 13, "expected a whole number of 1...1000"),
            ("tcp", "via: vip2", 12, "unknown via \"vip2\"; expected one of vip, rip"),
            ("tcp", "port: 0", 13, "expected a whole number of 1...65535"),
            ("http", "method: \"GET /x\"", 15, "method \"GET /x\" is no word of HTTP"),
            ("http", "method: \"G\\r\\nX\"", 15, "method \"G??X\" is no word of HTTP"),
            ("http", "path: health", 13, "path \"health\" does not begin with /"),
            ("http", "path: \"/a b\"", 13, "has blanks"),
            ("http", "path: \"/a\\r\\nHost: b\"", 13, "expected a path such as"),
            ("http", "path: \"/a#b\"", 13, "expected a path such as"),
            ("http", "host: \"a b\"", 13, "host \"a b\" is no host's name"),
            ("https", "server-name: \"a:443\"", 20, "server-name \"a:443\" is no host's name"),
            (
                "http", "status: 99", 15,
                "status 99 is none; expected a status of 100...599, a range"
            ),
            ("http", "status: 600", 15, "status 600 is none"),
            ("http", "status: 299-200", 15, "status 299-200 is none"),
            ("http", "status: 2xx", 15, "status 2xx is none"),
            ("http", "status: []", 15, "status has 0 items"),
            ("http", "status: [200, ok]", 21, "status ok is none"),
            ("http", "body-contains: ''", 22, "body-contains is \"\""),
            ("http", "body-contains: \"\\0\"", 22, "has a NUL character"),
            (
                "http", "body-matches: \"a(b\"", 21,
                "body-matches \"a(b\" is no regular expression: missing closing parenthesis (at offset 3); "
                    + "expected a regular expression, as grep -P"
            ),
            ("http", "body-matches: \"*{2,1}\"", 21, "is no regular expression"),
            (
                "http", "body-matches: \"((a{1,200}){1,200}){1,200}\"", 21,
                "regular expression is too large"
            ),
            ("http", "body-sha256: abc", 20, "body-sha256 \"abc\" is no SHA-256; expected 64"),
            ("https", "verify-certificate: 1", 27, "expected one of true, false"),
            (
                "http", "http-version: 1.0", 21,
                "unknown http-version \"1.0\"; expected one of 1.1, 2"
            ),
            ("http", "headers: {Host: a}", 17, "header host; expected the check's key host"),
            (
                "http", "headers: {Content-Length: 5}", 17,
                "header content-length; expected a header"
            ),
            ("http", "headers: {A: b, a: c}", 23, "header a twice; expected each header once"),
            ("http", "headers: {\"a b\": c}", 17, "header \"a b\" is no word of HTTP"),
            ("http", "headers: {A: \"b\\r\\nC: d\"}", 20, "has line breaks or other controls"),
            ("http", "headers: [a]", 16, "headers is a list; expected a mapping"),
            ("dns", "name: a..b", 13, "name \"a..b\" is no domain name"),
            ("dns", "name: \"\(String(repeating: "a", count: 64)).b\"", 13, "is no domain name"),
            ("dns", "type: a", 13, "unknown type \"a\"; expected one of A, NS"),
            ("dns", "answer: \"a\\u2028b\"", 15, "has characters that can not be shown"),
            ("udp", "payload-hex: 0d0", 20, "payload-hex \"0d0\" is not in pairs of hexadecimal"),
            ("udp", "payload-hex: zz", 20, "is not in pairs of hexadecimal"),
            ("udp", "payload: \"\(String(repeating: "x", count: 1_025))\"", 16, "has 1025 bytes"),
            ("udp", "requires-reply: maybe", 23, "expected one of true, false"),
            ("smtp", "hello: \"a\\r\\nMAIL\"", 14, "is no host's name"),
            ("exec", "command: []", 16, "command has 0 items; expected a program"),
            ("exec", "command: /bin/true", 16, "command is \"/bin/true\"; expected a list"),
            ("exec", "command: [true]", 17, "program \"true\" is no absolute path"),
            ("exec", "command: [/a, [b]]", 21, "argument is a list"),
            ("file", "path: run/up", 13, "path \"run/up\" is no absolute path"),
        ])
    func values(_ kind: String, _ key: String, _ column: Int, _ part: String) {
        Self.refuse(kind, key, column, part)
    }

    @Test("text and hexadecimal digits for the same bytes, a body where there is none")
    func both() {
        Refusal(
            "payload", CheckTests.text("kind: udp\npayload-hex: 00\npayload: a"), (10, 20),
            "both payload and payload-hex in a check; expected one of the two"
        ).check()
        Refusal(
            "HEAD", CheckTests.text("kind: http\nbody-contains: a\nmethod: HEAD"), (10, 22),
            "body-contains with method HEAD; expected another method, such as GET"
        ).check()
    }

    @Test(
        "expressions that are taken",
        arguments: [
            "[]a]+", "[^]]{3}", "[[:alpha:].-]x", "\\{1\\}", "a{2,}b?", "^(GET|HEAD) /[^ ]*$",
            "version=[0-9]+\\.[0-9]+\\.[0-9]+", "\u{fc}", "\\.",
        ])
    func patterns(_ pattern: String) throws {
        let quoted = pattern.replacing("\\", with: "\\\\")
        let text = CheckTests.text("kind: http\nbody-matches: \"\(quoted)\"")
        let kind = try settings(text).services.first?.check?.kind
        #expect(kind == .http(HTTPCheck(bodyMatches: pattern)))
    }
}
