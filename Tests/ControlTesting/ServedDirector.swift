// SPDX-License-Identifier: Apache-2.0

package import ControlServer
import FoundationEssentials
import LVSModel
import Logging

/// Runs `body` with a new directory of a short path, and removes it afterwards.
package func withTemporaryDirectory<Result>(
    _ body: (String) async throws -> Result
) async throws -> Result {
    let path = "/tmp/lvsdr-\(UInt64.random(in: 0 ... .max))"
    try FileManager.default.createDirectory(
        atPath: path, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o755])
    defer { try? FileManager.default.removeItem(atPath: path) }
    return try await body(path)
}

extension ControlServer.Limits {
    /// So much time that no client is cut off on a machine that is busy with other tests.
    package static var patient: Self {
        var limits = Self()
        limits.lifetime = .seconds(600)
        limits.grace = .seconds(60)
        return limits
    }
}

/// Serves a control socket in a directory of its own while `body` runs, and passes its path.
///
/// Returns when the server has stopped, and before the directory goes.
package func withDirector<Result>(
    _ source: any ControlSource = SampleDirector(),
    limits: ControlServer.Limits = .patient,
    _ body: (String) async throws -> Result
) async throws -> Result {
    try await withTemporaryDirectory { directory in
        try await serving(source, at: directory + "/control.sock", limits: limits, body)
    }
}

/// Serves a control socket at `path` while `body` runs; throws what the server throws.
package func serving<Result>(
    _ source: any ControlSource = SampleDirector(), at path: String,
    access: ControlServer.Access = .full, limits: ControlServer.Limits = .patient,
    _ body: (String) async throws -> Result
) async throws -> Result {
    let server = ControlServer(
        path: path, access: access, source: source, logger: Logger(label: "test"), limits: limits)
    let (listening, signal) = AsyncStream<Never>.makeStream()
    let task = Task {
        defer { signal.finish() }
        try await server.run { signal.finish() }
    }
    for await _ in listening {}
    let result: Result
    do {
        result = try await body(path)
    } catch {
        task.cancel()
        _ = await task.result
        throw error
    }
    task.cancel()
    try await task.value
    return result
}

/// Serves figures over TCP on this host while `body` runs, and passes the port.
package func withMetrics<Result>(
    _ source: any ControlSource = SampleDirector(), _ body: (UInt16) async throws -> Result
) async throws -> Result {
    let address = SocketAddress(address: IPAddress(ipv4: 0x7F00_0001), port: 0)
    let server = MetricsServer(
        address: address, source: source, logger: Logger(label: "test"), limits: .patient)
    let (ports, signal) = AsyncStream<UInt16>.makeStream()
    let task = Task {
        defer { signal.finish() }
        try await server.run { port in signal.yield(port) }
    }
    var iterator = ports.makeAsyncIterator()
    guard let port = await iterator.next() else {
        try await task.value
        throw CancellationError()
    }
    let result: Result
    do {
        result = try await body(port)
    } catch {
        task.cancel()
        _ = await task.result
        throw error
    }
    task.cancel()
    try await task.value
    return result
}
