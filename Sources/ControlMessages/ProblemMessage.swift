// SPDX-License-Identifier: Apache-2.0

/// Why a request was not answered: a problem document (RFC 9457), `application/problem+json`.
public struct ProblemMessage: ControlMessage {
    /// The media type that it is sent as.
    public static let mediaType = "application/problem+json"

    /// `about:blank`: the problem is what the status says (RFC 9457 section 4.2.1).
    public var type: String
    /// The HTTP status in words.
    public var title: String
    /// The HTTP status.
    public var status: Int
    /// What was wrong with this request, a sentence.
    public var detail: String

    public init(status: Int, title: String, detail: String) {
        type = "about:blank"
        self.title = title
        self.status = status
        self.detail = detail
    }
}
