// SPDX-License-Identifier: Apache-2.0

/// What came of a request.
struct HTTPAnswer: Hashable, Sendable {
    enum End: Hashable, Sendable {
        /// The header is whole, and so is the body where it was wanted.
        case answered
        /// The errno of the attempt, or 0.
        case noConnection(Int32)
        /// The socket could not be marked; the errno.
        case noMark(Int32)
        case timedOut
        case cancelled
        /// The server ended the connection before its answer was whole.
        case closed
        case headerTooLarge
        case bodyTooLarge
        /// All checks together hold too much.
        case bodiesTooLarge
        /// The text may quote the server, here and below.
        case notHTTP(String)
        /// It is trusted, but not for the name.
        case wrongName
        case certificate(String)
        /// The errno of the connection, or 0.
        case tls(String, Int32)
        case failed(String)
    }

    var end: End
    /// Of one that timed out: whether there was a connection.
    var isConnected = true
    /// nil: the server has said none.
    var status: Int?
    /// How the server spoke, when it has said a status.
    var isHTTP2 = false
    var body: [UInt8] = []
}
