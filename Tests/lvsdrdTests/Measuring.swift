// SPDX-License-Identifier: Apache-2.0

import Foundation
import Lab
import Synchronization
import Testing

/// The programs that are measured: those beside the tests, or of the folder that `LVSDR_PROGRAMS`
/// names, such as a release build's.
func measuredPrograms() throws -> Programs {
    try Programs(in: ProcessInfo.processInfo.environment["LVSDR_PROGRAMS"])
}

/// Whether these are the programs that figures are told of, at the sizes that are promised. Among all
/// the other tests a debugging build shows the same at a fraction of the size.
let isMeasured = ProcessInfo.processInfo.environment["LVSDR_PROGRAMS"] != nil

/// What a process has used.
struct Usage {
    /// Seconds of processor time.
    var processor: Double
    /// KiB that are the process's alone (RssAnon).
    var memory: Int

    init(of pid: Int32) throws {
        let fields = try String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8)
            .split(separator: " ")
        // utime and stime, in ticks: proc_pid_stat(5); the name of our programs has no blank.
        let ticks = [13, 14].compactMap { Double(fields[$0]) }.reduce(0, +)
        processor = ticks / Double(sysconf(Int32(_SC_CLK_TCK)))
        memory = try Self.memory(of: pid)
    }

    static func memory(of pid: Int32) throws -> Int {
        let status = try String(contentsOfFile: "/proc/\(pid)/status", encoding: .utf8)
        let line = status.split(separator: "\n").first { $0.hasPrefix("RssAnon:") }
        return try #require(line.flatMap { Int($0.filter(\.isNumber)) })
    }
}

/// What something cost.
struct Cost: CustomStringConvertible {
    /// Seconds.
    var time: Double
    var processor: Double
    /// KiB that the process had more while it ran.
    var memory: Int

    var description: String {
        let seconds = (time * 1_000).rounded() / 1_000
        return "\(seconds) s, \(processor) s of processor, \(memory) KiB more"
    }
}

/// What `body` costs the process; its memory is looked at every 10 ms.
func cost(to pid: Int32, of body: () async throws -> Void) async throws -> Cost {
    let before = try Usage(of: pid)
    let peak = Atomic(before.memory)
    let watch = Task {
        while !Task.isCancelled {
            let memory = try Usage.memory(of: pid)
            _ = peak.max(memory, ordering: .relaxed)
            try await Task.sleep(for: .milliseconds(10))
        }
    }
    defer { watch.cancel() }
    let start = ContinuousClock.now
    try await body()
    let time = (ContinuousClock.now - start) / .seconds(1)
    let after = try Usage(of: pid)
    return Cost(
        time: time, processor: after.processor - before.processor,
        memory: max(peak.load(ordering: .relaxed), after.memory) - before.memory)
}
