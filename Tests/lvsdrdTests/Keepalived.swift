// SPDX-License-Identifier: Apache-2.0

import Foundation
import Glibc
import LVSModel
import Lab
import Testing

/// Debian's keepalived on a director, with one of our example configurations.
struct Keepalived {
    let process: RunningProcess
    private let folder: String

    /// An example, made ready for a director of the lab.
    ///
    /// - Parameters:
    ///   - example: its file's name.
    ///   - preempts: whether the higher priority takes over again when it comes back.
    /// - Returns: its path.
    static func configure(
        _ daemon: DirectorDaemon, in network: Network, example: String, preempts: Bool = false
    ) throws -> String {
        let folder = network.folder(of: daemon.host)
        let source = URL(filePath: #filePath).deletingLastPathComponent()
            .appending(path: "../../docs/keepalived/\(example)")
        var text = try String(contentsOf: source, encoding: .utf8)
        if daemon.host == .director2 {
            text = text.replacing("priority 150", with: "priority 100")
        }
        if preempts { text = text.replacing("    nopreempt\n", with: "") }
        // The installed program's path, and the lab's daemon.
        let command = "\(folder)/lvsdr"
        text = text.replacing("/usr/bin/lvsdr", with: command)
        let program =
            "#!/bin/sh\nexec \(try Programs().command) \"$@\" --socket \(daemon.socketPath)\n"
        try program.write(toFile: command, atomically: true, encoding: .utf8)
        try FileManager.default.setAttributes(
            [.posixPermissions: 0o755], ofItemAtPath: command)
        let path = "\(folder)/keepalived.conf"
        try text.write(toFile: path, atomically: true, encoding: .utf8)
        return path
    }

    static func start(
        _ daemon: DirectorDaemon, in network: Network, example: String, preempts: Bool = false
    ) async throws -> Keepalived {
        let path = try configure(daemon, in: network, example: example, preempts: preempts)
        let folder = network.folder(of: daemon.host)
        let process = try await network.start(
            on: daemon.host,
            [
                "keepalived", "--use-file=\(path)", "--vrrp", "--dont-fork", "--log-console",
                "--no-syslog", "--pid=\(folder)/keepalived.pid", "--vrrp_pid=\(folder)/vrrp.pid",
            ],
            label: "keepalived")
        return Keepalived(process: process, folder: folder)
    }

    /// Kills it: the process that speaks VRRP first, so that nobody is left who could say good-bye.
    func kill() async throws {
        let text = try String(contentsOfFile: "\(folder)/vrrp.pid", encoding: .utf8)
        let child = try #require(Int32(text.trimmingCharacters(in: .whitespacesAndNewlines)))
        process.send(signal: SIGSTOP)
        Glibc.kill(child, SIGKILL)
        process.send(signal: SIGKILL)
        _ = try #require(try await process.ended(within: .seconds(5)))
    }
}
