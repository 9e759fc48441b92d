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

    /// Whether a check of that kind has the key.
    func belongs(to kind: Kind) -> Bool {
        switch self {
        case .kind, .interval, .timeout, .rise, .fall: true
        case .via: kind != .exec && kind != .file
        // A program finds it in its environment.
        case .port: kind.asksPort || kind == .exec
        case .method, .host, .headers, .status, .bodyContains, .bodyMatches, .bodySHA256,
            .httpVersion:
            kind == .http || kind == .https
        case .path: kind == .http || kind == .https || kind == .file
        case .serverName, .verifyCertificate: kind == .https
        case .name, .type, .answer: kind == .dns
        case .payload, .payloadHex, .reply, .replyHex, .requiresReply: kind == .udp
        case .hello: kind == .smtp
        case .command, .setsWeight: kind == .exec
        }
    }

    /// The kinds of check that have the key.
    var kinds: [Kind] { Kind.allCases.filter(belongs) }
}
