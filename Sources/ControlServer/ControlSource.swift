// SPDX-License-Identifier: Apache-2.0

public import LVSModel

/// What the control socket tells of; the daemon's director.
///
/// Both are asked once for each request, and answer within moments.
public protocol ControlSource: Sendable {
    func status() async -> DirectorStatus
    func services() async -> [ServiceStatus]
}
