// SPDX-License-Identifier: Apache-2.0

/// The keys of a health check.
enum CheckKey: String, CaseIterable {
    case kind
    case interval
    case timeout
    case rise
    case fall
    case via
    case port
    case method
    case path
    case host
    case serverName = "server-name"
    case headers
    case status
    case bodyContains = "body-contains"
    case bodyMatches = "body-matches"
    case bodySHA256 = "body-sha256"
    case verifyCertificate = "verify-certificate"
    case httpVersion = "http-version"
    case name
    case type
    case answer
    case payload
    case payloadHex = "payload-hex"
    case reply
    case replyHex = "reply-hex"
    case requiresReply = "requires-reply"
    case hello
    case command
    case setsWeight = "sets-weight"

    /// As the key `kind` names them.
    enum Kind: String, CaseIterable {
        case tcp
        case http
        case https
        case dns
        case udp
        case icmp
        case smtp
        case exec
        case file

        /// Whether it asks a port of the real server.
        var asksPort: Bool {
            switch self {
            case .tcp, .http, .https, .dns, .udp, .smtp: true
            case .icmp, .exec, .file: false
            }
        }
    }

    /// The kinds of check that have the key.
    var kinds: [Kind] {
        switch self {
        case .kind, .interval, .timeout, .rise, .fall: Kind.allCases
        case .via: Kind.allCases.filter { $0 != .exec && $0 != .file }
        // A program finds it in its environment.
        case .port: Kind.allCases.filter { $0.asksPort || $0 == .exec }
        case .method, .host, .headers, .status, .bodyContains, .bodyMatches, .bodySHA256,
            .httpVersion:
            [.http, .https]
        case .path: [.http, .https, .file]
        case .serverName, .verifyCertificate: [.https]
        case .name, .type, .answer: [.dns]
        case .payload, .payloadHex, .reply, .replyHex, .requiresReply: [.udp]
        case .hello: [.smtp]
        case .command, .setsWeight: [.exec]
        }
    }
}
