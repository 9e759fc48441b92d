// SPDX-License-Identifier: Apache-2.0

import Patterns
import Testing

struct PatternTests {
    @Test("it is sought in every line, byte by byte")
    func searches() throws {
        let body = Array("a\0b\r\nok\nd\u{E9}".utf8)
        for text in ["ok", "^ok$", "^x|k", "a[^x]b$", "(?i)^OK", "^d..$", "^a\\x00b$"] {
            let finding = try Pattern(text).search(body)
            #expect(finding == .found, "\(text)")
        }
        for text in ["^b", "b.ok", "ok.", "^$"] {
            let finding = try Pattern(text).search(body)
            #expect(finding == .notFound, "\(text)")
        }
        let finding = try Pattern("^$").search([])
        #expect(finding == .found)
    }

    @Test(
        "what is none is told of with its place",
        arguments: [
            ("(", "missing closing parenthesis (at offset 1)"),
            ("a)(b", "unmatched closing parenthesis (at offset 1)"),
            ("[a", "missing terminating ] for character class (at offset 2)"),
            ("a{2,1}", "numbers out of order in {} quantifier (at offset 5)"),
            // The C library takes this for one, and an hour to compile it.
            (
                "^(up|o*\(String(repeating: "*", count: 44))k)+[0-9]{1,3}$",
                "quantifier does not follow a repeatable item (at offset 7)"
            ),
            ("(*UTF)a", "using UTF is disabled by the application (at offset 6)"),
        ])
    func faults(text: String, words: String) {
        let fault = #expect(throws: Pattern.Fault.self) {
            _ = try Pattern(text)
        }
        #expect(fault?.words == words)
    }

    @Test(
        "a small pattern is not large when it is compiled",
        arguments: ["((((x{99}){99}){99}){99}){99}", "((x+x+)+){9999}", "([^-.]{1,9}){9999}"])
    func largePatterns(text: String) {
        let fault = #expect(throws: Pattern.Fault.self) {
            _ = try Pattern(text)
        }
        #expect(fault?.words.hasPrefix("regular expression is too large") == true)
    }

    @Test(
        "no body makes a search long",
        arguments: [
            ("(x+x+)+y", Pattern.Finding.notFound), ("(x|y)*x(x|y){200}z", .notFound),
            ("(x+x+)+[yz]", .tooCostly), ("(x|y)*x(x|y){200}[^x]", .tooCostly),
            ("x++[^x]", .tooCostly), ("(?:x*)*+[^x]", .tooCostly), ("x+$", .found),
        ])
    func hostileBodies(text: String, expected: Pattern.Finding) throws {
        let body = [UInt8](repeating: UInt8(ascii: "x"), count: 1 << 20)
        let clock = ContinuousClock()
        let start = clock.now
        let finding = try Pattern(text).search(body)
        #expect(finding == expected)
        // 0.1 s of processor time, on a machine that has other things to do.
        #expect(clock.now - start < .seconds(5))
    }
}
