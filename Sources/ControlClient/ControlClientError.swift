// SPDX-License-Identifier: Apache-2.0

public import ControlMessages

/// Why the director did not answer; its description is for people and says what to do.
public struct ControlClientError: Error, Hashable {
    public enum Reason: Hashable, Sendable {
        /// There is no socket.
        case notRunning
        /// There is a socket, and nobody listens: a director went without a clean stop.
        case refused
        case permissionDenied
        /// No whole answer within so many milliseconds.
        case timedOut(milliseconds: UInt32)
        /// What listens there does not talk like a director.
        case notADirector(String)
        /// The director answered with a problem.
        case problem(ProblemMessage)
        /// A stream ended before its end: the director stopped, or was killed.
        case brokenOff(String)
        /// No connection for another reason.
        case unreachable(String)
    }

    /// The path of the control socket.
    public let socket: String
    public let reason: Reason
}

extension ControlClientError: CustomStringConvertible {
    public var description: String {
        switch reason {
        case .notRunning:
            "cannot reach the director at \(socket): no such file; is lvsdrd running? "
                + "Start it with: systemctl start lvsdrd"
        case .refused:
            "cannot reach the director at \(socket): connection refused; the socket is there, but "
                + "nobody listens. Start the director with: systemctl restart lvsdrd"
        case .permissionDenied:
            "cannot reach the director at \(socket): permission denied; only root and members of "
                + "the socket's group may ask. Try sudo, or see: ls -l \(socket)"
        case .timedOut(let milliseconds):
            "the director at \(socket) did not answer within \(milliseconds) ms; "
                + "see: systemctl status lvsdrd"
        case .notADirector(let detail):
            "what listens at \(socket) does not answer like a director: \(detail)"
        case .problem(let problem):
            "the director at \(socket) answered \(problem.status) \(problem.title): "
                + problem.detail
        case .brokenOff(let detail):
            "the director at \(socket) broke off: \(detail); see: systemctl status lvsdrd"
        case .unreachable(let detail):
            "cannot reach the director at \(socket): \(detail)"
        }
    }
}
