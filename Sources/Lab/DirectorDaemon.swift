// SPDX-License-Identifier: Apache-2.0

import LVSConfiguration
public import LVSModel

/// `lvsdrd` on a director of a lab.
public struct DirectorDaemon: Sendable {
    public let process: RunningProcess
    public let settings: DirectorSettings
    public let host: HostName
    private let network: Network
    private let programs: Programs

    /// Writes the configuration file and starts the daemon with it; the lab's own settings where
    /// none are given.
    public static func start(
        in network: Network, on host: HostName = .director, programs: Programs,
        settings: DirectorSettings? = nil
    ) async throws(LabError) -> DirectorDaemon {
        let settings =
            settings ?? network.topology.settings(runtimeDirectory: network.folder(of: host))
        let file = try network.writeDirectorConfiguration(settings, on: host)
        let process = try await network.start(
            on: host, [programs.daemon, "--config", file], label: "lvsdrd")
        return DirectorDaemon(
            process: process, settings: settings, host: host, network: network,
            programs: programs)
    }

    /// The path of the control socket.
    public var socketPath: String { "\(settings.runtimeDirectory)/control.sock" }

    /// Waits until all real servers of all services are up.
    public func waitUntilServing(within timeout: Duration = .seconds(15)) async throws(LabError) {
        let expected = settings.services.map(\.realServers.count).reduce(0, +)
        try await waitUntilServing(expected, within: timeout)
    }

    /// Waits until so many real servers are up, of all services together.
    public func waitUntilServing(
        _ expected: Int, within timeout: Duration = .seconds(15)
    ) async throws(LabError) {
        let serving = try await eventually(within: timeout, every: .milliseconds(50)) {
            () throws(LabError) in
            if let status = process.status {
                throw .ended(process: "lvsdrd", status: status, log: try process.errors())
            }
            return try await realServersUp() == expected
        }
        guard serving else {
            throw .timedOut(
                waitingFor: "lvsdrd to have \(expected) real servers up", after: timeout,
                log: try process.errors())
        }
    }

    /// Asks the control socket, such as for `/v1/services`; nil where it does not answer.
    public func answer(to path: String) async throws(LabError) -> String? {
        guard Files.exists(socketPath) else { return nil }
        let result = try await network.run(
            on: host,
            [
                "curl", "--silent", "--fail", "--max-time", "5", "--unix-socket", socketPath,
                "http://lvsdrd\(path)",
            ])
        return result.status.isSuccess ? result.output : nil
    }

    /// Runs `lvsdr` against this daemon, such as with `stats`.
    public func command(_ words: [String]) async throws(LabError) -> CommandResult {
        try await network.run(
            on: host, [programs.command] + words + ["--socket", socketPath])
    }

    /// How many real servers the daemon holds to be up. In JSON the quotes of a text within a
    /// string are escaped, so that this finds the member alone.
    private func realServersUp() async throws(LabError) -> Int {
        guard let services = try await answer(to: "/v1/services") else { return 0 }
        let compact = String(services.filter { !$0.isWhitespace })
        return compact.split(separator: "\"health\":\"up\"", omittingEmptySubsequences: false)
            .count - 1
    }
}

extension Network {
    /// Writes the file for `lvsdrd --config`; the lab's own settings where none are given.
    ///
    /// - Returns: its path.
    @discardableResult
    public nonisolated func writeDirectorConfiguration(
        _ settings: DirectorSettings? = nil, on host: HostName = .director
    ) throws(LabError) -> String {
        let folder = folder(of: host)
        let settings = settings ?? topology.settings(runtimeDirectory: folder)
        let path = "\(folder)/lvsdr.yaml"
        try Files.write(ConfigurationText.write(settings), to: path)
        return path
    }
}
