// SPDX-License-Identifier: Apache-2.0

import LVSModel

/// What a check over HTTP asks, and where.
struct HTTPRequest: Hashable, Sendable {
    /// In TLS's server name indication, unless it is an address, and in the certificate.
    var serverName: String
    /// Its host is the server name, its port the one that is connected to.
    var url: String
    /// The address and port that is connected to, an IPv6 address in brackets.
    var destination: String
    var method: String
    /// Host is the first.
    var headers: [HTTPCheck.Header]
    var isHTTP2: Bool
    var verifiesCertificate: Bool
    var wantsBody: Bool
    /// Milliseconds for the whole check, greater than 0.
    var timeout: UInt32
    /// The socket's mark (SO_MARK); 0: none.
    var mark: UInt32

    /// The VIP is the host where the check names none.
    init(_ check: HTTPCheck, _ question: ProbeQuestion) {
        let (scheme, own) = check.isEncrypted ? ("https", UInt16(443)) : ("http", 80)
        let vip = Self.inURL(question.service.address)
        let host = check.host ?? (question.port == own ? vip : "\(vip):\(question.port)")
        serverName = check.serverName ?? Self.name(inHost: host)
        url = "\(scheme)://\(serverName):\(question.port)\(check.path)"
        destination = "\(Self.inURL(question.realServer)):\(question.port)"
        method = check.method
        headers = [HTTPCheck.Header(name: "Host", value: host)] + check.headers
        isHTTP2 = check.version == .http2
        verifiesCertificate = check.verifiesCertificate
        wantsBody = check.wantsBody
        timeout = max(1, UInt32(clamping: question.timeout.milliseconds))
        mark = question.mark ?? 0
    }

    /// RFC 3986 section 3.2.2.
    private static func inURL(_ address: IPAddress) -> String {
        address.family == .ipv6 ? "[\(address)]" : "\(address)"
    }

    /// `example.org` of `example.org:8080`, `[fd00::1]` of `[fd00::1]:8080`.
    private static func name(inHost host: String) -> String {
        if host.first == "[", let end = host.firstIndex(of: "]") { return String(host[...end]) }
        return String(host.prefix { $0 != ":" })
    }
}

extension HTTPCheck {
    var wantsBody: Bool { bodyContains != nil || bodyMatches != nil || bodySHA256 != nil }
}

// MARK: - For C

extension HTTPRequest {
    /// What a client says of itself, unless the check says otherwise.
    private static let ownHeaders = [
        HTTPCheck.Header(name: "User-Agent", value: "lvsdr/\(Version.current)")
    ]

    /// libcurl's words: a NUL behind each line, and another at the end.
    ///
    /// `Name;` is a header without a value, `Name:` takes away one that libcurl would add.
    var headerLines: [UInt8] {
        let given = Set(headers.map { $0.name.lowercased() })
        var lines = (headers + Self.ownHeaders.filter { !given.contains($0.name.lowercased()) })
            .map { $0.value.isEmpty ? "\($0.name);" : "\($0.name): \($0.value)" }
        if !given.contains("content-type") { lines.append("Content-Type:") }
        return lines.flatMap { Array($0.utf8) + [0] } + [0]
    }
}
