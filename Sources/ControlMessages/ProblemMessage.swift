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
    /// The places of a text that can not be followed, in its order; null when it is about none.
    public var errors: [Finding]?

    /// What is wrong at a place of the configuration file, or of a request's body.
    public struct Finding: Codable, Hashable, Sendable {
        /// From 1, as editors count; null when the text as a whole is meant.
        @Nullable public var line: Int?
        /// From 1, in Unicode scalars.
        @Nullable public var column: Int?
        /// What is there, what was expected, and how to mend it.
        public var detail: String

        public init(line: Int?, column: Int?, detail: String) {
            self.line = line
            self.column = column
            self.detail = detail
        }
    }

    public init(status: Int, title: String, detail: String, errors: [Finding]? = nil) {
        type = "about:blank"
        self.title = title
        self.status = status
        self.detail = detail
        self.errors = errors
    }
}
