// SPDX-License-Identifier: Apache-2.0

import Glibc
import LVSModel
import Lab
import Testing

/// A runtime directory in memory of 9 MiB, which only those see who enter its mount namespace; it
/// goes with the process that holds it.
private struct SmallRoom {
    let network: Network
    let folder: String
    private let holder: RunningProcess

    init(_ network: Network) async throws {
        self.network = network
        folder = "\(network.folder(of: .director))/small"
        let line = """
            mkdir \(folder) && mount -t tmpfs -o size=9m none \(folder) && echo mounted && \
            exec sleep 300
            """
        holder = try await network.start(
            on: .director, ["unshare", "--mount", "sh", "-c", line], label: "room")
        let process = holder
        try #require(
            try await eventually(within: .seconds(5)) { () throws(LabError) in
                try process.output().contains("mounted")
            })
    }

    private func within(_ command: [String]) -> [String] {
        ["nsenter", "-m", "-t", "\(holder.pid)"] + command
    }

    func start(capacity: Int, label: String) async throws -> RunningProcess {
        var settings = network.topology.settings(runtimeDirectory: folder)
        settings.flowCapacity = capacity
        let file = try network.writeDirectorConfiguration(settings)
        let daemon = try await network.start(
            on: .director, within([Programs().daemon, "--config", file]), label: label)
        let ready = try await eventually(within: .seconds(10)) { () throws(LabError) in
            try daemon.errors().contains("ready")
        }
        let log = try daemon.errors()
        try #require(ready, "\(log)")
        return daemon
    }

    func run(_ command: [String]) async throws -> String {
        try await network.run(on: .director, within(command)).output
    }

    func status() async throws -> String {
        try await run([Programs().command, "status", "--socket", folder + "/control.sock"])
    }
}

extension InLab {
    @Suite(.withoutAcceleration) struct FlowRoomTests {
        @Test("where only one table has room the next takes the earlier one's place and its flows")
        func oneTable() async throws {
            try await withNetwork { network in
                let room = try await SmallRoom(network)
                for turn in 1...3 {
                    let daemon = try await room.start(capacity: 1024, label: "lvsdrd-\(turn)")
                    let log = try daemon.errors()
                    #expect(!log.contains("will not outlive"))
                    #expect(log.contains("of an earlier run will go on") == (turn > 1))
                    _ = try await network.answers(1)
                    #expect(try await !room.status().contains("outlive"))
                    #expect(try await room.run(["ls", room.folder]).contains("flows\n"))
                    daemon.send(signal: SIGKILL)
                    _ = try #require(try await daemon.ended(within: .seconds(5)))
                }
            }
        }

        @Test("without room for the table it serves, and says how much was needed and where")
        func noRoom() async throws {
            try await withNetwork { network in
                let room = try await SmallRoom(network)
                let small = try await room.start(capacity: 1024, label: "lvsdrd-1")
                _ = try await network.answers(1)
                small.send(signal: SIGKILL)
                _ = try #require(try await small.ended(within: .seconds(5)))
                let daemon = try await room.start(capacity: 65_536, label: "lvsdrd-2")
                let words = [
                    "flows will not outlive this lvsdrd", "\(room.folder)/flows (15 MiB)",
                    "No space left on device", "lower flow-capacity",
                ]
                let (log, status) = (try daemon.errors(), try await room.status())
                for word in words {
                    #expect(log.contains(word))
                    #expect(status.contains(word))
                }
                #expect(log.contains("1 flow of an earlier run will go on"))
                #expect(try await !room.run(["ls", room.folder]).contains("flows"))
                #expect(try await network.answers(2).count == 2)
            }
        }
    }
}
