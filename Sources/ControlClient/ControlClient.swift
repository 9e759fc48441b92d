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

    /// - Parameter service: nil for all; none comes when there is no such.
    public func services(
        _ service: ServiceAddress? = nil
    ) throws(ControlClientError) -> ServicesMessage {
        try message(at: path(ControlPath.services, of: service))
    }

    /// What `services(_:)` reads, byte for byte as the director wrote it.
    public func servicesJSON(_ service: ServiceAddress? = nil) throws(ControlClientError) -> [UInt8]
    {
        try json(at: path(ControlPath.services, of: service))
    }

    /// The JSON at a path such as `ControlPath.status`, byte for byte as the director wrote it.
    public func json(at path: String) throws(ControlClientError) -> [UInt8] {
        try checkSocket()
        let outcome = Transfer(
            socket: socket, timeoutMilliseconds: timeoutMilliseconds, bodyLimit: Self.bodyLimit
        ).ask(path)
        guard case .answered(200, let body) = outcome else { throw error(of: outcome) }
        return body
    }

    public func explain(_ flow: FlowAddress) throws(ControlClientError) -> ExplanationMessage {
        try message(at: flow.explainPath)
    }

    public func flows(_ query: FlowQuery) throws(ControlClientError) -> FlowsMessage {
        try message(at: query.path)
    }

    public func events(since id: UInt64) throws(ControlClientError) -> EventsMessage {
        try message(at: EventQuery(since: id).path)
    }

    public func differences() throws(ControlClientError) -> DifferencesMessage {
        try message(at: ControlPath.differences)
    }

    /// What is running, as the configuration file would say it: YAML.
    public func settings() throws(ControlClientError) -> String {
        String(decoding: try json(at: ControlPath.settings), as: UTF8.self)
    }

    /// Makes changes, all or none; returns when they are in force.
    ///
    /// - Parameter text: as `ChangesText` of the module LVSConfiguration writes them.
    public func change(_ text: String) throws(ControlClientError) -> ChangesMessage {
        try done(ControlPath.changes, Array(text.utf8))
    }

    public func reload(_ query: ReloadQuery) throws(ControlClientError) -> ReloadMessage {
        try done(query.path)
    }

    public func save() throws(ControlClientError) -> SavedMessage {
        try done(ControlPath.save)
    }

    /// Lets the figures of a service count from here; nil: of all.
    public func zero(_ service: ServiceAddress?) throws(ControlClientError) -> DoneMessage {
        try done(path(ControlPath.zero, of: service))
    }

    public func setRole(_ role: Role) throws(ControlClientError) -> DoneMessage {
        try done("\(ControlPath.role)?role=\(role.rawValue)")
    }

    public func logLevel() throws(ControlClientError) -> LogLevelMessage {
        try message(at: ControlPath.logLevel)
    }

    public func setLogLevel(_ level: LogLevel) throws(ControlClientError) -> LogLevelMessage {
        try done("\(ControlPath.logLevel)?level=\(level.rawValue)")
    }

    /// Follows events until its end, and hands each one on.
    ///
    /// - Parameters:
    ///   - stopDescriptor: once it is readable, it ends.
    ///   - receive: takes an event; false ends it.
    public func followEvents(
        since id: UInt64, stopDescriptor: Int32, receive: @escaping (EventMessage) -> Bool
    ) throws(ControlClientError) {
        try checkSocket()
        var lines = EventLines()
        let outcome = Transfer(socket: socket, timeoutMilliseconds: 0, bodyLimit: Self.bodyLimit)
            .stream(
                EventQuery(since: id, isFollowing: true).path, stopDescriptor: stopDescriptor
            ) { piece in
                lines.add(piece).allSatisfy(receive)
            }
        switch outcome {
        case .answered(200, _), .stopped: return
        case .failed(let text): throw error(.brokenOff(text))
        default: throw error(of: outcome)
        }
    }

    /// Hands all flows that match on as lines of JSON, in pieces of any size.
    public func streamFlows(
        _ filter: FlowFilter, stopDescriptor: Int32, receive: @escaping ([UInt8]) -> Bool
    ) throws(ControlClientError) {
        try checkSocket()
        let outcome = Transfer(
            socket: socket, timeoutMilliseconds: 600_000, bodyLimit: Self.bodyLimit
        ).stream(
            FlowQuery(filter: filter, isStream: true).path, stopDescriptor: stopDescriptor,
            receive: receive)
        switch outcome {
        case .answered(200, _), .stopped: return
        case .failed(let text): throw error(.brokenOff(text))
        default: throw error(of: outcome)
        }
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

    private func path(_ path: String, of service: ServiceAddress?) -> String {
        service.map { "\(path)?service=\(Query.escaped($0.name))" } ?? path
    }

    private func checkSocket() throws(ControlClientError) {
        guard Self.socketLengths.contains(socket.utf8.count) else {
            throw error(.unreachable("a socket's path has 1 to 107 bytes"))
        }
    }

    private func message<Message: ControlMessage>(
        at path: String
    ) throws(ControlClientError) -> Message {
        try read(try json(at: path), of: path)
    }

    /// Asks with POST; a change has time until it is in force.
    private func done<Message: ControlMessage>(
        _ path: String, _ body: [UInt8] = []
    ) throws(ControlClientError) -> Message {
        try checkSocket()
        let outcome = Transfer(
            socket: socket, timeoutMilliseconds: max(timeoutMilliseconds, 60_000),
            bodyLimit: Self.bodyLimit
        ).ask(path, posting: body)
        guard case .answered(200, let json) = outcome else { throw error(of: outcome) }
        return try read(json, of: path)
    }

    private func read<Message: ControlMessage>(
        _ json: [UInt8], of path: String
    ) throws(ControlClientError) -> Message {
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
