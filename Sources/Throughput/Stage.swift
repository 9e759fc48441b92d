// SPDX-License-Identifier: Apache-2.0

public import Lab

/// The programs that a comparison runs.
public struct BenchPrograms: Hashable, Sendable {
    /// The path of `lvsdr-traffic`.
    public let traffic: String
    /// The path of `lvsdrd`.
    public let daemon: String

    public init(_ programs: Programs) {
        daemon = programs.daemon
        traffic =
            programs.daemon.split(separator: "/").dropLast().map { "/" + $0 }.joined()
            + "/lvsdr-traffic"
    }
}

/// A line with a contender on it, ready to be measured.
struct Stage: Sendable {
    let line: Line
    let programs: BenchPrograms
    let contender: Contender
    let generatorCPU: Int
    let directorCPU: Int
    let generator: Bench.Generator
    /// What does the director's work: the kernel's thread that receives, and the contender's own.
    private(set) var processes: [Int32] = []
    /// lvsdrd, where that is the contender.
    private(set) var daemon: RunningDaemon?

    /// Brings the line up and starts the contender. Nothing is left of it where that fails.
    static func up(
        _ contender: Contender, of bench: Bench
    ) async throws(BenchError) -> Stage {
        let line = try await BenchError.wrap { () throws(LabError) in
            try await Line.up { Wiring.commands($0, way: contender.way) }
        }
        var stage = Stage(
            line: line, programs: bench.programs, contender: contender,
            generatorCPU: bench.generatorCPU, directorCPU: bench.directorCPU,
            generator: bench.generator)
        do {
            let receiver = try await stage.settle()
            let started = try await contender.start(stage)
            stage.processes = [receiver] + started.processes
            stage.daemon = started.daemon
            return stage
        } catch {
            try await stage.down()
            throw error
        }
    }

    func down() async throws(BenchError) {
        daemon?.goOn()
        try await BenchError.wrap { () throws(LabError) in try await line.down() }
    }

    /// All veths receive by NAPI (GRO on), without checksums left undone, and what comes to the
    /// director, or to the real server without one, is received on the director's CPU.
    private func settle() async throws(BenchError) -> Int32 {
        let ends: [(HostName, [String])] = [
            (.client, ["eth0", "eth1"]), (.director, [line.ingress, "eth1"]),
            (.web(1), ["eth0", line.straight]),
        ]
        for (host, interfaces) in ends {
            for interface in interfaces {
                try await run(host, ["ethtool", "-K", interface, "gro", "on", "tx", "off"])
            }
        }
        if !contender.features.isEmpty {
            try await director(["ethtool", "-K", line.ingress] + contender.features)
        }
        let straight = contender.way == .straight
        let output = try await BenchError.wrap { () throws(LabError) in
            try await line.runWithSystemFiles(
                on: straight ? .web(1) : .director,
                [
                    programs.traffic, "settle", "cpu=\(directorCPU)",
                    "interface=\(straight ? line.straight : line.ingress)",
                ]
            ).output
        }
        guard let receiver = Int32(output.split(separator: "\n").first ?? "") else {
            throw .unreadable(program: "lvsdr-traffic settle", output: output)
        }
        return receiver
    }

    @discardableResult
    func run(
        _ host: HostName, _ command: [String], within timeout: Duration = .seconds(10)
    ) async throws(BenchError) -> String {
        try await BenchError.wrap { () throws(LabError) in
            try await line.run(on: host, command, within: timeout).output
        }
    }

    /// Runs a command on the director.
    func director(_ command: [String]) async throws(BenchError) {
        try await run(.director, command)
    }

    /// Lines of `ip -batch` on the director.
    func onDirector(_ lines: [String]) async throws(BenchError) {
        try await BenchError.wrap { () throws(LabError) in
            try await line.batch(lines, on: .director)
        }
    }

    func write(
        _ text: String, to file: String, on host: HostName = .director
    ) throws(BenchError) -> String {
        do throws(LabError) {
            return try line.write(text, to: file, on: host)
        } catch {
            throw .lab(error)
        }
    }

    func start(
        on host: HostName = .director, _ command: [String], label: String
    ) async throws(BenchError) -> RunningProcess {
        try await BenchError.wrap { () throws(LabError) in
            try await line.start(on: host, command, label: label)
        }
    }

    /// Waits until a process does its work.
    func wait(
        for process: RunningProcess, within timeout: Duration = .seconds(15),
        until ready: @Sendable () async -> Bool
    ) async throws(BenchError) {
        try await BenchError.wrap { () throws(LabError) in
            let done = try await eventually(within: timeout) { () throws(LabError) in
                if let status = process.status {
                    throw .ended(
                        process: process.label, status: status, log: try process.errors())
                }
                return await ready()
            }
            guard done else {
                throw .timedOut(
                    waitingFor: process.label, after: timeout, log: try process.errors())
            }
        }
    }
}
