// SPDX-License-Identifier: Apache-2.0

public import ControlMessages
import Glibc
public import LVSModel

/// Asks a director over its control socket.
///
/// A value without a connection: each question connects, is answered and closes. A question blocks
/// its thread until the answer is there or the time is over.
public struct ControlClient: Sendable {
    /// Where the daemon listens unless its configuration says another runtime directory.
    public static let defaultSocket = "/run/lvsdr/control.sock"

    /// Larger than the answer of a director that is full.
    private static let bodyLimit = 128 << 20

    /// What the kernel takes as a socket's path, in bytes.
    private static let socketLengths = 1...107

    public let socket: String
    private let timeoutMilliseconds: UInt32

    /// - Parameters:
    ///   - socket: The path of the control socket, 1...107 bytes.
    ///   - timeoutMilliseconds: For a whole question, greater than 0.
    public init(socket: String = Self.defaultSocket, timeoutMilliseconds: UInt32 = 10_000) {
        precondition(timeoutMilliseconds > 0, "a question needs time")
        self.socket = socket
        self.timeoutMilliseconds = timeoutMilliseconds
    }

    public func status() throws(ControlClientError) -> StatusMessage {
        try message(at: ControlPath.status)
    }

    public func services() throws(ControlClientError) -> ServicesMessage {
        try message(at: ControlPath.services)
    }

    /// The JSON at a path such as `ControlPath.status`, byte for byte as the director wrote it.
    public func json(at path: String) throws(ControlClientError) -> [UInt8] {
        try checkSocket()
        let outcome = Transfer(
            socket: socket, timeoutMilliseconds: timeoutMilliseconds, bodyLimit: Self.bodyLimit
        ).get(path)
        guard case .answered(200, let body) = outcome else { throw error(of: outcome) }
        return body
    }

    public func explain(_ flow: FlowAddress) throws(ControlClientError) -> ExplanationMessage {
        try message(at: flow.explainPath)
    }

    /// Asks for a capture, and hands its pcapng file on, in pieces of any size, until it is over.
    ///
    /// - Parameters:
    ///   - stopDescriptor: once it is readable, the capture ends.
    ///   - receive: takes a piece; false ends the capture.
    /// - Returns: True when the director ended it, false when one of the two did.
    public func capture(
        _ request: CaptureRequest, stopDescriptor: Int32,
        receive: @escaping ([UInt8]) -> Bool
    ) throws(ControlClientError) -> Bool {
        try checkSocket()
        let time = UInt32(request.duration) * 1_000 + timeoutMilliseconds
        let outcome = Transfer(
            socket: socket, timeoutMilliseconds: time, bodyLimit: Self.bodyLimit
        ).stream(request.path, stopDescriptor: stopDescriptor, receive: receive)
        switch outcome {
        case .answered(200, _): return true
        case .stopped: return false
        case .timedOut: throw error(.timedOut(milliseconds: time))
        case .failed(let text): throw error(.brokenOff(text))
        default: throw error(of: outcome)
        }
    }

    private func checkSocket() throws(ControlClientError) {
        guard Self.socketLengths.contains(socket.utf8.count) else {
            throw error(.unreachable("a socket's path has 1 to 107 bytes"))
        }
    }

    private func message<Message: ControlMessage>(
        at path: String
    ) throws(ControlClientError) -> Message {
        let json = try json(at: path)
        do {
            return try Message(json: json)
        } catch {
            throw self.error(.notADirector("\(path) is not the expected JSON"))
        }
    }

    /// Why there is no answer of status 200.
    private func error(of outcome: Transfer.Outcome) -> ControlClientError {
        switch outcome {
        case .answered(let status, let body): error(ofStatus: status, body: body)
        case .unreachable(let code): error(ofSystemError: code)
        case .timedOut: error(.timedOut(milliseconds: timeoutMilliseconds))
        case .tooLarge: error(.notADirector("more than \(Self.bodyLimit >> 20) MiB"))
        case .failed(let text): error(.notADirector(text))
        case .stopped: error(.notADirector("the answer was not taken"))
        }
    }

    private func error(ofStatus status: Int, body: [UInt8]) -> ControlClientError {
        if let problem = try? ProblemMessage(json: body) {
            return error(.problem(problem))
        }
        return error(.notADirector("HTTP status \(status)"))
    }

    private func error(ofSystemError code: Int32) -> ControlClientError {
        switch code {
        case ENOENT: error(.notRunning)
        case ECONNREFUSED: error(.refused)
        case EACCES, EPERM: error(.permissionDenied)
        case 0: error(.unreachable("no connection"))
        default: error(.unreachable(unsafe String(cString: strerror(code))))
        }
    }

    private func error(_ reason: ControlClientError.Reason) -> ControlClientError {
        ControlClientError(socket: socket, reason: reason)
    }
}
