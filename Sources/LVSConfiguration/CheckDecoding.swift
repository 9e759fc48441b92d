// SPDX-License-Identifier: Apache-2.0

import LVSModel

// Health checks.
extension SettingsDecoder {
    /// - Parameter ports: the service's; nil when they were wrong themselves.
    mutating func check(_ value: Value, ports: PortSet?) -> HealthCheck? {
        guard
            let fields = fields(
                of: value, named: "a check", as: CheckKey.self, required: [.kind]),
            let kind = fields[.kind].flatMap({
                choice($0, named: "kind of check", as: CheckKey.Kind.self)
            })
        else { return nil }
        refuseKeys(of: fields, beside: kind)
        var check = HealthCheck(kind: .tcp)
        put(
            fields[.interval].flatMap {
                milliseconds($0, named: "interval", in: 100...86_400_000)
            }, in: &check.interval)
        put(
            fields[.timeout].flatMap { milliseconds($0, named: "timeout", in: 1...3_600_000) },
            in: &check.timeout)
        put(fields[.rise].flatMap { number($0, named: "rise", in: 1...1_000) }, in: &check.rise)
        put(fields[.fall].flatMap { number($0, named: "fall", in: 1...1_000) }, in: &check.fall)
        put(
            fields[.via].flatMap { choice($0, named: "via", as: CheckWay.self) }, in: &check.via)
        check.port = fields[.port].flatMap { port($0) }
        if kind.asksPort, ports?.isAny == true, fields[.port] == nil {
            note(
                value, "a check of kind \(kind.rawValue) without a port, of a service with all",
                expected: "port: and the number that it asks")
        }
        put(checkKind(kind, fields, of: value), in: &check.kind)
        return check
    }

    private mutating func refuseKeys(of fields: Fields<CheckKey>, beside kind: CheckKey.Kind) {
        for entry in fields.entries where !entry.key.belongs(to: kind) {
            let kinds = entry.key.kinds.map(\.rawValue).joined(separator: ", ")
            findings.add(
                "key \(Quotation.quote(entry.key.rawValue)) in a check of kind \(kind.rawValue)",
                expected: "it with kind \(kinds) only", at: entry.place)
        }
    }

    private mutating func checkKind(
        _ kind: CheckKey.Kind, _ fields: Fields<CheckKey>, of value: Value
    ) -> CheckKind? {
        switch kind {
        case .tcp: .tcp
        case .icmp: .icmp
        case .http, .https: .http(httpCheck(fields, isEncrypted: kind == .https))
        case .dns: .dns(dnsCheck(fields))
        case .udp: .udp(udpCheck(fields))
        case .smtp:
            .smtp(
                fields[.hello].flatMap { hostName($0, named: "hello", extra: ":[]") }
                    .map { SMTPCheck(helloName: $0) } ?? SMTPCheck())
        case .exec:
            required(.command, fields, of: value).flatMap { execCheck($0, fields) }
                .map { .exec($0) }
        case .file:
            required(.path, fields, of: value).flatMap { filePath($0, named: "path") }
                .map { .file(FileCheck(path: $0)) }
        }
    }

    private mutating func required(
        _ key: CheckKey, _ fields: Fields<CheckKey>, of value: Value
    ) -> Value? {
        if let field = fields[key] { return field }
        let kinds = key == .command ? "exec" : "file"
        note(
            value, "missing key \(Quotation.quote(key.rawValue)) in a check of kind \(kinds)",
            expected: "at least kind, \(key.rawValue)")
        return nil
    }

    private mutating func execCheck(
        _ command: Value, _ fields: Fields<CheckKey>
    ) -> ExecCheck? {
        let setsWeight = fields[.setsWeight].flatMap { flag($0, named: "sets-weight") } ?? false
        let items = items(of: command, named: "command")
        guard (1...64).contains(items.count) else {
            if case .list = command.content {
                note(
                    command, "command has \(items.count) items",
                    expected: "a program, and at most 63 arguments for it")
            }
            return nil
        }
        let program = filePath(items[0], named: "program")
        let arguments = items.dropFirst().compactMap { argument($0) }
        return program.map {
            ExecCheck(program: $0, arguments: arguments, setsWeight: setsWeight)
        }
    }

    /// An argument of a program; empty in quotes only.
    private mutating func argument(_ value: Value) -> String? {
        if case .text("", isQuoted: true) = value.content { return "" }
        return text(
            value, named: "argument", upTo: 4_096, expected: "text of at most 4096 bytes")
    }
}

// MARK: - Questions in datagrams

extension SettingsDecoder {
    private mutating func dnsCheck(_ fields: Fields<CheckKey>) -> DNSCheck {
        var check = DNSCheck()
        put(fields[.name].flatMap { domainName($0) }, in: &check.name)
        put(
            fields[.type].flatMap { choice($0, named: "type", as: DNSCheck.RecordType.self) },
            in: &check.type)
        check.answer = fields[.answer].flatMap {
            text(
                $0, named: "answer", upTo: 255, expected: "an answer such as 192.0.2.1",
                fault: "has characters that can not be shown"
            ) {
                $0.unicodeScalars.allSatisfy(\.isPrintable)
            }
        }
        return check
    }

    /// Labels of 1...63 bytes between dots (RFC 1035 section 2.3.4); the root is a dot alone.
    private mutating func domainName(_ value: Value) -> String? {
        text(
            value, named: "name", upTo: 253, expected: "a domain name such as www.example.org",
            fault: "is no domain name"
        ) { text in
            let bytes = text.utf8.last == UInt8(ascii: ".") ? text.utf8.dropLast() : text.utf8[...]
            let labels = bytes.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
            return text == "."
                || labels.allSatisfy { label in
                    (1...63).contains(label.count)
                        && label.allSatisfy { (0x21...0x7E).contains($0) }
                }
        }
    }

    private mutating func udpCheck(_ fields: Fields<CheckKey>) -> UDPCheck {
        var check = UDPCheck()
        put(bytes(.payload, .payloadHex, fields), in: &check.payload)
        check.reply = bytes(.reply, .replyHex, fields)
        put(
            fields[.requiresReply].flatMap { flag($0, named: "requires-reply") },
            in: &check.requiresReply)
        return check
    }

    /// Bytes as text or in hexadecimal digits, whichever of the two keys is there.
    private mutating func bytes(
        _ plain: CheckKey, _ hexadecimal: CheckKey, _ fields: Fields<CheckKey>
    ) -> [UInt8]? {
        let expected = "1...1024 bytes"
        if let value = fields[plain] {
            if let second = fields[hexadecimal] {
                note(
                    second, "both \(plain.rawValue) and \(hexadecimal.rawValue) in a check",
                    expected: "one of the two")
            }
            let text = text(value, named: plain.rawValue, upTo: 1_024, expected: expected)
            return text.map { Array($0.utf8) }
        }
        guard let value = fields[hexadecimal] else { return nil }
        return text(
            value, named: hexadecimal.rawValue, upTo: 2_048,
            expected: expected + " in pairs of hexadecimal digits, such as 0d0a",
            fault: "is not in pairs of hexadecimal digits"
        ) {
            Hexadecimal.bytes($0) != nil
        }
        .flatMap { Hexadecimal.bytes($0) }
    }
}
