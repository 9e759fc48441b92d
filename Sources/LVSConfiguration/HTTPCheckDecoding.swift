// SPDX-License-Identifier: Apache-2.0

import LVSModel
import Patterns

// Health checks over HTTP.
extension SettingsDecoder {
    mutating func httpCheck(_ fields: Fields<CheckKey>, isEncrypted: Bool) -> HTTPCheck {
        var check = HTTPCheck(isEncrypted: isEncrypted)
        put(
            fields[.method].flatMap { token($0, named: "method", such: "GET or HEAD") },
            in: &check.method)
        put(fields[.path].flatMap { requestPath($0) }, in: &check.path)
        check.host = fields[.host].flatMap { hostName($0, named: "host", extra: ":[]") }
        check.serverName = fields[.serverName].flatMap { hostName($0, named: "server-name") }
        put(fields[.headers].map { headers($0) }, in: &check.headers)
        put(fields[.status].flatMap { statuses($0) }, in: &check.statuses)
        check.bodyContains = fields[.bodyContains].flatMap {
            text($0, named: "body-contains", upTo: 4_096, expected: "text of 1...4096 bytes")
        }
        check.bodyMatches = fields[.bodyMatches].flatMap { pattern($0) }
        check.bodySHA256 = fields[.bodySHA256].flatMap { digest($0) }
        put(
            fields[.verifyCertificate].flatMap { flag($0, named: "verify-certificate") },
            in: &check.verifiesCertificate)
        put(
            fields[.httpVersion].flatMap {
                choice($0, named: "http-version", as: HTTPCheck.Version.self)
            }, in: &check.version)
        refuseBody(of: check, fields)
        return check
    }

    private mutating func refuseBody(of check: HTTPCheck, _ fields: Fields<CheckKey>) {
        guard check.method == "HEAD" else { return }
        for key in [CheckKey.bodyContains, .bodyMatches, .bodySHA256] {
            guard let value = fields[key] else { continue }
            note(
                value, "\(key.rawValue) with method HEAD",
                expected: "another method, such as GET", hint: "an answer to HEAD has no body")
        }
    }

    /// RFC 9110 section 5.6.2.
    private mutating func token(_ value: Value, named name: String, such example: String) -> String?
    {
        text(
            value, named: name, upTo: 64, expected: "a word such as \(example)",
            fault: "is no word of HTTP"
        ) {
            $0.utf8.allSatisfy { byte in
                (0x21...0x7E).contains(byte) && !"\"(),/:;<=>?@[\\]{}".utf8.contains(byte)
            }
        }
    }

    /// What stands in the request line, its query included.
    private mutating func requestPath(_ value: Value) -> String? {
        text(
            value, named: "path", upTo: 4_096, expected: "a path such as /health?full=1",
            fault: "does not begin with /, or has blanks, # or characters outside ASCII"
        ) {
            $0.utf8.first == UInt8(ascii: "/")
                && $0.utf8.allSatisfy { (0x21...0x7E).contains($0) && $0 != UInt8(ascii: "#") }
        }
    }

    private mutating func pattern(_ value: Value) -> String? {
        let expected = "a regular expression, as grep -P takes it"
        guard
            let text = text(
                value, named: "body-matches", upTo: Pattern.longest, expected: expected)
        else { return nil }
        do throws(Pattern.Fault) {
            _ = try Pattern(text)
            return text
        } catch {
            let fault = "is no regular expression: \(error.words)"
            note(value, "body-matches \(Quotation.quote(text)) \(fault)", expected: expected)
            return nil
        }
    }

    private mutating func digest(_ value: Value) -> String? {
        text(
            value, named: "body-sha256", upTo: 64,
            expected: "64 hexadecimal digits, as sha256sum prints them",
            fault: "is no SHA-256"
        ) {
            $0.utf8.count == 64 && Hexadecimal.bytes($0) != nil
        }?.lowercased()
    }

    /// `200`, `200-299`, or a list of both.
    private mutating func statuses(_ value: Value) -> [ClosedRange<UInt16>]? {
        guard case .list(let items) = value.content else { return status(value).map { [$0] } }
        guard (1...64).contains(items.count) else {
            note(value, "status has \(items.count) items", expected: "1...64 numbers and ranges")
            return nil
        }
        return items.compactMap { status($0) }
    }

    private mutating func status(_ value: Value) -> ClosedRange<UInt16>? {
        let expected = "a status of 100...599, a range such as 200-299, or a list of both"
        guard let text = text(value, named: "status", expected: expected) else { return nil }
        let ends = text.split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false)
        guard let first = shortNumber(ends[0]), let last = shortNumber(ends[ends.count - 1]),
            first <= last, first >= 100, last <= 599
        else {
            note(value, "status \(shown(text)) is none", expected: expected)
            return nil
        }
        return first...last
    }
}

// MARK: - Headers

extension SettingsDecoder {
    /// What the request says of itself, in lower case: another word would smuggle a second request.
    private static let ownHeaders = [
        "connection", "content-length", "transfer-encoding", "upgrade",
    ]

    private mutating func headers(_ value: Value) -> [HTTPCheck.Header] {
        guard case .mapping(let pairs) = value.content, pairs.count <= 64 else {
            note(
                value, "headers is \(kind(value))",
                expected: "a mapping with at most 64 names and their values")
            return []
        }
        var names: Set<String> = []
        return pairs.compactMap { pair in
            guard let name = token(pair.key, named: "header", such: "Accept") else { return nil }
            checkName(name, at: pair.key, isNew: names.insert(name.lowercased()).inserted)
            return headerValue(pair.value).map { HTTPCheck.Header(name: name, value: $0) }
        }
    }

    private mutating func checkName(_ name: String, at place: Value, isNew: Bool) {
        let name = name.lowercased()
        if !isNew {
            note(place, "header \(name) twice", expected: "each header once")
        } else if name == "host" {
            note(place, "header host", expected: "the check's key host", hint: "move it out")
        } else if Self.ownHeaders.contains(name) {
            note(place, "header \(name)", expected: "a header that says nothing of the connection")
        }
    }

    private mutating func headerValue(_ value: Value) -> String? {
        text(
            value, named: "header's value", upTo: 4_096, expected: "printable text on one line",
            fault: "has line breaks or other controls"
        ) {
            $0.unicodeScalars.allSatisfy(\.isPrintable)
        }
    }
}
