// SPDX-License-Identifier: Apache-2.0

public import LVSModel

/// What the director needs of the part that checks real servers.
public protocol HealthSource: Sendable {
    /// What becomes known, after rise and fall; ends when the source can tell no more.
    var reports: AsyncStream<HealthReport> { get }

    /// Checks these from now on, and no others. One that was checked in the same way before goes on
    /// as it was; its `health` counts for new ones only.
    ///
    /// - Parameter limit: how many run at once at most, 1...10,000.
    func watch(_ realServers: [CheckedRealServer], limit: Int) async

    /// What the checks came to, of those that are watched.
    func figures() async -> [CheckedName: CheckFigures]
}

/// Names what is checked: a real server of a virtual service.
public struct CheckedName: Hashable, Sendable {
    public var service: ServiceAddress
    /// The RIP.
    public var realServer: IPAddress

    public init(service: ServiceAddress, realServer: IPAddress) {
        self.service = service
        self.realServer = realServer
    }
}
