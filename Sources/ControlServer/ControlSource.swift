// SPDX-License-Identifier: Apache-2.0

public import ControlMessages
public import LVSModel

/// What the control socket tells of, and changes; the daemon's director.
///
/// Reading is answered within moments; a change when it is in force.
public protocol ControlSource: Sendable {
    func status() async -> DirectorStatus
    func services() async -> [ServiceStatus]
    /// A piece of the flow table.
    func flows(from cursor: UInt64, matching filter: FlowFilter, atMost count: Int) async
        -> FlowPage
    /// The events after this one that are remembered.
    func events(since id: UInt64) async -> [EventRecord]
    /// These and all to come, until its reader lets go of it.
    func followEvents(after id: UInt64) async -> AsyncStream<EventRecord>
    /// What is running, as the configuration file would say it.
    func settings() async -> String
    func differences() async -> DifferencesMessage
    func explain(_ flow: FlowAddress) async throws(ExplanationFailure) -> Explanation
    /// Starts a capture; whoever gets it ends it.
    func capture(_ request: CaptureRequest) async throws(CaptureRefusal) -> any CaptureSession

    /// Makes the changes that a request's body asks for: all, or none. Here and below: `author` is
    /// whom its events name; nil when that is not known.
    func change(
        _ body: [UInt8], by author: Author?
    ) async throws(ControlRefusal) -> ChangesMessage
    func reload(
        _ query: ReloadQuery, by author: Author?
    ) async throws(ControlRefusal) -> ReloadMessage
    func save(by author: Author?) async throws(ControlRefusal) -> SavedMessage
    /// Lets figures count from here; nil: those of all services.
    func zero(
        _ service: ServiceAddress?, by author: Author?
    ) async throws(ControlRefusal) -> DoneMessage
    func setRole(_ role: Role, by author: Author?) async throws(ControlRefusal) -> DoneMessage

    /// What is logged: this and what is more urgent.
    var logLevel: LogLevel { get }
    /// In force at once, for all that the program logs.
    func setLogLevel(_ level: LogLevel)
}

/// A capture that is running.
public protocol CaptureSession: Sendable {
    /// The name of the interface that frames come in by.
    var interface: String { get }
    /// Takes what came since the last call, about `count` packets; waits for nothing.
    func take(atMost count: Int) async -> CaptureReading
    /// Ends it; the second time nothing happens.
    func end() async
}

/// Why a change is not made.
public struct ControlRefusal: Error, Hashable, Sendable, CustomStringConvertible {
    public enum Kind: Hashable, Sendable {
        /// It is not what can be read: 400.
        case unreadable
        /// It can not be so, whatever else there is: 422.
        case invalid
        /// What should change is not there: 404.
        case notFound
        /// Something is in its place: 409.
        case conflict
        /// Right, but not possible now: 503.
        case unavailable
    }

    public let kind: Kind
    /// In words.
    public let description: String
    /// The places of the text that can not be followed, where it is about those.
    public let findings: [ProblemMessage.Finding]

    public init(
        _ kind: Kind, _ description: String, findings: [ProblemMessage.Finding] = []
    ) {
        self.kind = kind
        self.description = description
        self.findings = findings
    }
}
