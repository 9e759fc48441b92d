// SPDX-License-Identifier: Apache-2.0

public import LVSModel

/// What the control socket tells of; the daemon's director.
///
/// Each is asked once for a request, and answers within moments.
public protocol ControlSource: Sendable {
    func status() async -> DirectorStatus
    func services() async -> [ServiceStatus]
    func explain(_ flow: FlowAddress) async throws(ExplanationFailure) -> Explanation
    /// Starts a capture; whoever gets it ends it.
    func capture(_ request: CaptureRequest) async throws(CaptureRefusal) -> any CaptureSession
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
