// SPDX-License-Identifier: Apache-2.0

import LVSModel
import Patterns

/// Says what an answer means for a check, with the cause of a failure in words.
struct HTTPJudgement {
    let check: HTTPCheck
    let question: ProbeQuestion
    /// The one in TLS.
    let serverName: String

    /// A wrong status says more than what went wrong after it.
    func outcome(of answer: HTTPAnswer) -> CheckOutcome {
        if let status = answer.status, !accepts(status) {
            return .failed("\(status), expected \(statuses)")
        }
        switch answer.end {
        case .timedOut: return answer.isConnected ? question.silence : question.absence
        case .noConnection(let code) where Wording.isAbsence(code):
            return .unanswered(Wording.cause(of: code))
        default: break
        }
        let cause = cause(of: answer.end) ?? cause(ofWhole: answer)
        return cause.map { .failed($0) } ?? .passed(weight: nil)
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
        case .answered, .timedOut: nil
        case .noConnection(0): "no connection"
        case .noConnection(let errno): Wording.cause(of: errno)
        case .noMark(let errno): "cannot mark the socket: \(Wording.cause(of: errno))"
        case .cancelled: "cancelled"
        case .closed where isHTTP2:
            "the connection was closed before an answer in HTTP/2 was whole"
        case .closed: "the connection was closed before the answer was whole"
        case .headerTooLarge: "more than 64 KiB of header"
        case .bodyTooLarge: "more than 1 MiB of body"
        case .bodiesTooLarge: "more than 256 MiB of bodies in all checks together"
        // What libcurl calls an answer without a status line.
        case .notHTTP(let text) where text.contains("HTTP/0.9"): "the answer is not \(version)"
        case .notHTTP(let text): "the answer is not \(version): \(Wording.shown(text))"
        case .wrongName: "certificate: it is not for \(Wording.shown(serverName))"
        case .certificate(let text): "certificate: \(Wording.shown(Self.lastPart(of: text)))"
        case .tls(let text, 0) where text.contains("SSL_ERROR_SYSCALL"):
            "TLS: the connection was closed"
        case .tls(let text, 0): "TLS: \(Wording.shown(Self.lastPart(of: text)))"
        case .tls(_, let errno): "TLS: \(Wording.cause(of: errno))"
        case .failed(let text): Wording.shown(text)
        }
    }

    private func cause(ofWhole answer: HTTPAnswer) -> String? {
        if isHTTP2, !answer.isHTTP2 { return "HTTP/1.1, expected HTTP/2" }
        let body = answer.body
        if let text = check.bodyContains, !body.holds(text) {
            return "the body does not contain \"\(Wording.shown(text))\""
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
        do throws(Pattern.Fault) {
            switch try Pattern(text).search(body) {
            case .found: return nil
            case .notFound: return "the body does not match \"\(Wording.shown(text))\""
            case .tooCostly:
                return "to seek \"\(Wording.shown(text))\" in the body takes more than 0.1 s"
            }
        } catch {
            return "\"\(Wording.shown(text))\" is no regular expression: \(error.words)"
        }
    }

    private var isHTTP2: Bool { check.version == .http2 }

    private var version: String { isHTTP2 ? "HTTP/2" : "HTTP/1.1" }

    /// Of libcurl's and OpenSSL's `where: what`, what.
    private static func lastPart(of text: String) -> String {
        let part = text.split(separator: ":").last ?? ""
        return String(part.drop { $0 == " " })
    }
}
