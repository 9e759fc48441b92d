// SPDX-License-Identifier: Apache-2.0

import Glibc
import LVSModel

/// Says what an answer means for a check, with the cause of a failure in words.
struct HTTPJudgement {
    let check: HTTPCheck
    let request: HTTPRequest

    /// The most characters that a cause quotes.
    private static let quoted = 120

    func outcome(of answer: HTTPAnswer) -> CheckOutcome {
        guard let cause = cause(of: answer) else { return .passed(weight: nil) }
        return .failed(cause)
    }

    /// nil: the answer is right. A wrong status says more than what went wrong after it.
    private func cause(of answer: HTTPAnswer) -> String? {
        if let status = answer.status, !accepts(status) { return "\(status), expected \(statuses)" }
        if let cause = cause(of: answer.end) { return cause }
        if request.isHTTP2, !answer.isHTTP2 { return "HTTP/1.1, expected HTTP/2" }
        return cause(of: answer.body)
    }

    private func accepts(_ status: Int) -> Bool {
        check.statuses.contains { $0.contains(UInt16(clamping: status)) }
    }

    /// `200`, `200...299`, `200, 301...302`.
    private var statuses: String {
        check.statuses
            .map { $0.count == 1 ? "\($0.lowerBound)" : "\($0.lowerBound)...\($0.upperBound)" }
            .joined(separator: ", ")
    }

    private func cause(of end: HTTPAnswer.End) -> String? {
        switch end {
        case .answered: nil
        case .noConnection(0): "no connection"
        case .noConnection(let errno): Self.words(errno)
        case .noMark(let errno): "cannot mark the socket: \(Self.words(errno))"
        case .timedOut: "no answer in \(time)"
        case .cancelled: "cancelled"
        case .closed where request.isHTTP2:
            "the connection was closed before an answer in HTTP/2 was whole"
        case .closed: "the connection was closed before the answer was whole"
        case .headerTooLarge: "more than 64 KiB of header"
        case .bodyTooLarge: "more than 1 MiB of body"
        case .bodiesTooLarge: "more than 256 MiB of bodies in all checks together"
        // What libcurl calls an answer without a status line.
        case .notHTTP(let text) where text.contains("HTTP/0.9"): "the answer is not \(version)"
        case .notHTTP(let text): "the answer is not \(version): \(Self.shown(text))"
        case .wrongName: "certificate: it is not for \(Self.shown(name))"
        case .certificate(let text): "certificate: \(Self.shown(Self.lastPart(of: text)))"
        case .tls(let text, 0) where text.contains("SSL_ERROR_SYSCALL"):
            "TLS: the connection was closed"
        case .tls(let text, 0): "TLS: \(Self.shown(Self.lastPart(of: text)))"
        case .tls(_, let errno): "TLS: \(Self.words(errno))"
        case .failed(let text): Self.shown(text)
        }
    }

    private func cause(of body: [UInt8]) -> String? {
        if let text = check.bodyContains, !body.holds(text) {
            return "the body does not contain \"\(Self.shown(text))\""
        }
        if let cause = check.bodyMatches.flatMap({ Self.cause(of: body, against: $0) }) {
            return cause
        }
        if let digest = check.bodySHA256, body.sha256 != digest {
            return "the body's SHA-256 is \(body.sha256 ?? "unknown"), expected \(digest)"
        }
        return nil
    }

    private static func cause(of body: [UInt8], against text: String) -> String? {
        do {
            let isRight = try HTTPBodyPattern(text).matches(body)
            return isRight ? nil : "the body does not match \"\(shown(text))\""
        } catch {
            return "\"\(shown(text))\" is no regular expression: \(error.words)"
        }
    }

    private var version: String { request.isHTTP2 ? "HTTP/2" : "HTTP/1.1" }

    /// What TLS asked for.
    private var name: String {
        check.serverName ?? HTTPRequest.name(inHost: request.headers.first?.value ?? "")
    }

    /// `2 s`, `1500 ms`.
    private var time: String {
        request.timeout % 1_000 == 0 ? "\(request.timeout / 1_000) s" : "\(request.timeout) ms"
    }

    /// In the middle of a sentence: `connection refused`.
    private static func words(_ errno: Int32) -> String {
        let words = unsafe String(cString: strerror(errno))
        return words.prefix(1).lowercased() + words.dropFirst()
    }

    /// Of libcurl's and OpenSSL's `where: what`, what.
    private static func lastPart(of text: String) -> String {
        let part = text.split(separator: ":").last ?? ""
        return String(part.drop { $0 == " " })
    }

    /// Cut, and without what a terminal acts on.
    private static func shown(_ text: String) -> String {
        let scalars = text.unicodeScalars.map { $0.isPrintable ? $0 : "?" }
        var shown = String.UnicodeScalarView()
        shown.append(contentsOf: scalars.prefix(quoted))
        return String(shown) + (scalars.count > quoted ? "..." : "")
    }
}
