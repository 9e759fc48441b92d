// SPDX-License-Identifier: Apache-2.0

import LVSModel

// The checker of a real_server block.
extension KeepalivedTranslation {
    private static let checkers: Set<String> = [
        "tcp_check", "http_get", "ssl_get", "dns_check", "smtp_check", "udp_check", "ping_check",
        "misc_check", "file_check", "bfd_check",
    ]
    /// What each checker may say, and is read here or needs no word.
    private static let silent: Set<String> = [
        "connect_ip", "connect_port", "connect_timeout", "retry", "nb_get_retry", "delay_loop",
        "warmup", "alpha", "log_all_failures", "delay_before_retry", "url", "http_protocol",
        "virtualhost", "enable_sni", "type", "name", "helo_name", "payload", "require_reply",
        "misc_path", "misc_timeout", "misc_dynamic", "track_file", "fast_recovery",
    ]

    /// nil for none.
    mutating func check(
        of real: KeepalivedDirective, _ server: KeepalivedDirective, _ service: VirtualService
    ) -> HealthCheck? {
        let found = real.children.filter { Self.checkers.contains($0.name) }
        for further in found.dropFirst() {
            note(further, "a real server has one check here, the first; left out")
        }
        guard let checker = found.first, let kind = kind(of: checker, real, server) else {
            return nil
        }
        noteRest(
            of: checker, silent: Self.silent,
            reasons: [
                "bindto": "a check leaves by the route to the real server",
                "fwmark": "marks are the director's own here",
            ])
        var check = HealthCheck(kind: kind, rise: 1, fall: 2)
        let scopes = [checker, real, server]
        check.interval = milliseconds("delay_loop", in: scopes) ?? 60_000
        check.timeout =
            milliseconds(
                checker.name == "misc_check" ? "misc_timeout" : "connect_timeout", in: scopes)
            ?? 5_000
        check.interval = min(max(check.interval, 100), 86_400_000)
        check.timeout = min(max(check.timeout, 1), 3_600_000)
        let retry = scopes.lazy.compactMap { $0.first("retry", "nb_get_retry")?.value }.first
        if let retry, let times: UInt16 = Endpoint.number(retry), times < 1_000 {
            check.fall = times + 1
        }
        place(&check, checker, of: real, service)
        return check
    }

    /// Where it asks: on the VIP, unless keepalived asks at another port or address.
    private mutating func place(
        _ check: inout HealthCheck, _ checker: KeepalivedDirective, of real: KeepalivedDirective,
        _ service: VirtualService
    ) {
        guard check.kind.isNetworked else { return }
        if let directive = checker.first("connect_port") {
            check.port = directive.value.flatMap { Endpoint.number($0) }
            if let port = check.port, !service.address.ports.contains(port) { check.via = .rip }
        }
        if let directive = checker.first("connect_ip"), directive.value != real.value {
            note(directive, "a check asks its own real server")
        }
        if service.address.ports.isAny, check.port == nil {
            check.port = 80
            note(checker, "the service has all ports: port 80 is asked, set it right")
        }
    }

    /// Seconds, also with a fraction.
    private func milliseconds(_ name: String, in scopes: [KeepalivedDirective]) -> UInt32? {
        let text = scopes.lazy.compactMap { $0.first(name)?.value }.first
        guard let seconds = text.flatMap(Double.init), seconds > 0, seconds < 4_000_000 else {
            return nil
        }
        return UInt32(seconds * 1_000)
    }

    private mutating func kind(
        of checker: KeepalivedDirective, _ real: KeepalivedDirective, _ server: KeepalivedDirective
    ) -> CheckKind? {
        switch checker.name {
        case "tcp_check": return .tcp
        case "ping_check": return .icmp
        case "http_get": return .http(http(checker, real, server, isEncrypted: false))
        case "ssl_get": return .http(http(checker, real, server, isEncrypted: true))
        case "smtp_check":
            return .smtp(SMTPCheck(helloName: checker.first("helo_name")?.value ?? "localhost"))
        case "dns_check": return dns(checker)
        case "udp_check": return udp(checker)
        case "misc_check": return exec(checker)
        case "file_check": return file(checker)
        default:
            note(checker, "not served: the real server has no check")
            return nil
        }
    }

    private mutating func http(
        _ checker: KeepalivedDirective, _ real: KeepalivedDirective, _ server: KeepalivedDirective,
        isEncrypted: Bool
    ) -> HTTPCheck {
        var check = HTTPCheck(isEncrypted: isEncrypted)
        let urls = checker.children.filter { $0.name == "url" }
        for further in urls.dropFirst() { note(further, "one url is asked, the first; left out") }
        let url = urls.first
        check.host =
            [url, checker, real, server].lazy.compactMap {
                $0?.first("virtualhost")?.value
            }
            .first
        if let version = checker.first("http_protocol"), version.value?.hasPrefix("2") == true {
            check.version = .http2
        }
        guard let url else { return check }
        noteRest(
            of: url,
            silent: ["path", "status_code", "virtualhost", "regex"],
            reasons: ["digest": "keepalived's digest is MD5: set body-sha256"])
        if let path = url.first("path")?.value, path.hasPrefix("/") { check.path = path }
        if let regex = url.first("regex")?.value { check.bodyMatches = regex }
        if let directive = url.first("status_code") {
            let ranges = directive.values.compactMap(Self.statuses)
            if ranges.isEmpty || ranges.count < directive.values.count {
                note(directive, "not all of it are statuses of 100...599")
            }
            if !ranges.isEmpty { check.statuses = ranges }
        }
        return check
    }

    /// `200`, `300-399`.
    private static func statuses(_ text: String) -> ClosedRange<UInt16>? {
        let parts = text.split(separator: "-").map { Endpoint.number($0) as UInt16? }
        guard let first = parts.first ?? nil, let last = parts.last ?? nil, parts.count <= 2,
            (100...599).contains(first), (first...599).contains(last)
        else { return nil }
        return first...last
    }

    private mutating func dns(_ checker: KeepalivedDirective) -> CheckKind {
        var check = DNSCheck()
        if let name = checker.first("name")?.value { check.name = name }
        if let directive = checker.first("type") {
            if let type = directive.value.flatMap({
                DNSCheck.RecordType(rawValue: $0.uppercased())
            }) {
                check.type = type
            } else {
                note(directive, "not known, SOA in its place")
            }
        }
        return .dns(check)
    }

    private mutating func udp(_ checker: KeepalivedDirective) -> CheckKind {
        var check = UDPCheck(requiresReply: false)
        if let directive = checker.first("payload") {
            check.payload = bytes(directive) ?? []
        }
        if let directive = checker.first("require_reply") {
            check.requiresReply = true
            if !directive.values.isEmpty { check.reply = bytes(directive) }
        }
        return .udp(check)
    }

    /// Hexadecimal digits, two a byte, or a text.
    private mutating func bytes(_ directive: KeepalivedDirective) -> [UInt8]? {
        let text = directive.values.joined()
        let digits = Array(text.utf8)
        let pairs = stride(from: 0, to: digits.count - 1, by: 2).compactMap {
            UInt8(String(decoding: digits[$0...$0 + 1], as: UTF8.self), radix: 16)
        }
        guard digits.count.isMultiple(of: 2), pairs.count * 2 == digits.count,
            pairs.count <= 1_024
        else {
            note(directive, "no hexadecimal digits, left out")
            return nil
        }
        return pairs
    }

    private mutating func exec(_ checker: KeepalivedDirective) -> CheckKind? {
        let words =
            checker.first("misc_path").map {
                $0.values.flatMap { $0.split(separator: " ").map(String.init) }
            } ?? []
        guard let program = words.first, program.hasPrefix("/") else {
            note(
                checker,
                "misc_path names no program by its whole path: the real server has no check")
            return nil
        }
        return .exec(
            ExecCheck(
                program: program, arguments: Array(words.dropFirst()),
                setsWeight: checker.first("misc_dynamic") != nil))
    }

    private mutating func file(_ checker: KeepalivedDirective) -> CheckKind? {
        guard let name = checker.first("track_file")?.value else {
            note(checker, "it names no track_file: the real server has no check")
            return nil
        }
        guard let path = trackedFiles[name] else {
            note(checker, "there is no track_file \(name): the real server has no check")
            return nil
        }
        note(checker, "a number in the file is the weight here, not added to it")
        return .file(FileCheck(path: path))
    }
}
