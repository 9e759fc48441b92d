// SPDX-License-Identifier: Apache-2.0

import Foundation
import Lab
import Testing

/// tcpdump on a host's interface, and the frames that it saw.
struct Capture {
    private let process: RunningProcess
    private let path: String

    /// Starts it; returns when it listens.
    static func start(
        in network: Network, on host: HostName, _ filter: String, direction: String = "inout"
    ) async throws -> Capture {
        let name = "capture-\(UUID().uuidString.prefix(8))"
        let path = "\(network.folder(of: host))/\(name).pcap"
        let process = try await network.start(
            on: host,
            [
                "tcpdump", "-i", "eth0", "-Q", direction, "-U", "--immediate-mode", "-Z", "root",
                "-w", path, filter,
            ],
            label: name)
        let listens = try await eventually(within: .seconds(5)) { () throws(LabError) in
            try process.errors().contains("listening on")
        }
        try #require(listens, "tcpdump does not listen")
        return Capture(process: process, path: path)
    }

    /// Ends it once it has seen `count` frames or two seconds are over; each frame's bytes.
    func frames(atLeast count: Int) async throws -> [[UInt8]] {
        _ = try await eventually(within: .seconds(2)) { () throws(LabError) in
            read().count >= count
        }
        await process.terminate()
        return read()
    }

    /// The frames of a capture file of this machine's byte order (pcap-savefile(5)).
    private func read() -> [[UInt8]] {
        guard let data = try? Data(contentsOf: URL(filePath: path)) else { return [] }
        let bytes = [UInt8](data)
        var frames: [[UInt8]] = []
        var offset = 24
        while offset + 16 <= bytes.count {
            let length = (0..<4).reduce(0) { $0 | Int(bytes[offset + 8 + $1]) << (8 * $1) }
            guard offset + 16 + length <= bytes.count else { break }
            frames.append(Array(bytes[offset + 16..<offset + 16 + length]))
            offset += 16 + length
        }
        return frames
    }
}
