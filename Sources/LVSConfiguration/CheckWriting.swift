// SPDX-License-Identifier: Apache-2.0

import LVSModel

extension HealthCheck {
    /// Without what is as it would be anyway, and what its kind does not have.
    var written: Written {
        let standard = HealthCheck(kind: .tcp)
        var keys = WrittenMapping()
        keys.add("kind", .text(kind.name))
        if kind != .icmp, kind.name != CheckKey.Kind.file.rawValue {
            keys.add("port", port, Written.count)
        }
        if kind.isNetworked { keys.add("via", via, unless: standard.via, Written.word) }
        keys.add("interval", interval, unless: standard.interval, Self.time)
        keys.add("timeout", timeout, unless: standard.timeout, Self.time)
        keys.add("rise", rise, unless: standard.rise, Written.count)
        keys.add("fall", fall, unless: standard.fall, Written.count)
        kind.write(to: &keys)
        return keys.written
    }

    private static func time(_ milliseconds: UInt32) -> Written {
        .text(TimeText.milliseconds(milliseconds))
    }
}

extension CheckKind {
    fileprivate func write(to keys: inout WrittenMapping) {
        switch self {
        case .tcp, .icmp: break
        case .http(let check): check.write(to: &keys)
        case .dns(let check):
            let standard = DNSCheck()
            keys.add("name", check.name, unless: standard.name, Written.text)
            keys.add("type", check.type, unless: standard.type, Written.word)
            keys.add("answer", check.answer, Written.text)
        case .udp(let check):
            keys.add(bytes: check.payload, "payload")
            keys.add(bytes: check.reply ?? [], "reply")
            keys.add("requires-reply", check.requiresReply, unless: true, Written.flag)
        case .smtp(let check):
            keys.add("hello", check.helloName, unless: SMTPCheck().helloName, Written.text)
        case .exec(let check):
            keys.add("command", .list(([check.program] + check.arguments).map(Written.text)))
            keys.add("sets-weight", check.setsWeight, unless: false, Written.flag)
        case .file(let check):
            keys.add("path", .text(check.path))
        }
    }
}

extension HTTPCheck {
    fileprivate func write(to keys: inout WrittenMapping) {
        let standard = HTTPCheck()
        keys.add("method", method, unless: standard.method, Written.text)
        keys.add("path", path, unless: standard.path, Written.text)
        keys.add("host", host, Written.text)
        if isEncrypted { keys.add("server-name", serverName, Written.text) }
        keys.add("headers", headers, unless: standard.headers) { headers in
            .mapping(headers.map { Written.Pair(key: $0.name, value: .text($0.value)) })
        }
        keys.add("status", statuses, unless: standard.statuses) { ranges in
            ranges.count == 1 ? Self.written(ranges[0]) : .list(ranges.map(Self.written))
        }
        keys.add("body-contains", bodyContains, Written.text)
        keys.add("body-matches", bodyMatches, Written.text)
        keys.add("body-sha256", bodySHA256, Written.text)
        if isEncrypted {
            keys.add("verify-certificate", verifiesCertificate, unless: false, Written.flag)
        }
        keys.add("http-version", version, unless: standard.version, Written.word)
    }

    private static func written(_ range: ClosedRange<UInt16>) -> Written {
        range.count == 1
            ? .count(range.lowerBound) : .text("\(range.lowerBound)-\(range.upperBound)")
    }
}

extension WrittenMapping {
    /// As text where it is some, else in hexadecimal digits under the key's name with `-hex`.
    fileprivate mutating func add(bytes: [UInt8], _ key: String) {
        if bytes.isEmpty { return }
        if !bytes.contains(0), let text = String(validating: bytes, as: UTF8.self),
            text.unicodeScalars.allSatisfy({ $0.isPrintable || $0 == "\r" || $0 == "\n" })
        {
            add(key, .text(text))
        } else {
            let digits = bytes.map { Hexadecimal.text($0, width: 2) }.joined()
            add(key + "-hex", .text(digits))
        }
    }
}
