// SPDX-License-Identifier: Apache-2.0

import Glibc
import Lab

/// A lvsdrd that was started on a stage, asked over its control socket.
struct RunningDaemon: Sendable {
    private let line: Line
    private let services: ServiceSet
    private let process: RunningProcess
    /// Its runtime directory, which its mount namespace alone has.
    private let folder: String
    /// From its start until all its real servers were up.
    let startTime: Duration

    /// Returns when it serves, with all its real servers up.
    static func start(
        on stage: Stage, file: String, folder: String
    ) async throws(BenchError) -> RunningDaemon {
        let command = """
            mkdir -p \(folder) && mount -t tmpfs lvsdr-lab \(folder) && \
            mount -t bpf lvsdr-lab /sys/fs/bpf && \
            exec \(stage.programs.daemon) --config \(file)
            """
        let start = ContinuousClock.now
        let process = try await stage.start(
            [stage.programs.traffic, "run", "cpu=\(stage.directorCPU)"]
                + ["unshare", "--mount", "--propagation", "private", "sh", "-c", command],
            label: "lvsdrd")
        func daemon() -> RunningDaemon {
            RunningDaemon(
                line: stage.line, services: stage.contender.services, process: process,
                folder: folder, startTime: ContinuousClock.now - start)
        }
        let starting = daemon()
        try await stage.wait(for: process, within: .seconds(60)) {
            (try? await starting.isServing()) == true
        }
        return daemon()
    }

    var pid: Int32 { process.pid }

    /// Stands still, until it is to go on: to look after a million flows would be noise to others.
    func rest() {
        process.send(signal: SIGSTOP)
    }

    func goOn() {
        process.send(signal: SIGCONT)
    }

    private func isServing() async throws(BenchError) -> Bool {
        let up = try await ask(
            "/v1/services", "| tr -d ' \\n' | grep -o '\"health\":\"up\"' | wc -l")
        return up.number == Double(services.realServers)
    }

    /// The first problem that it tells of, in its words.
    func problem() async throws(BenchError) -> String? {
        let text = try await ask("/v1/status")
        guard let list = text.firstRange(of: "\"problems\"") else { return nil }
        let words = text[list.upperBound...].prefix { $0 != "]" }.split(separator: "\"")
        return words.count > 1 ? String(words[1]) : nil
    }

    /// What a path answers, through a filter.
    private func ask(_ path: String, _ filter: String = "") async throws(BenchError) -> String {
        try await shell("\(curl) 'http://lvsdrd\(path)' \(filter)")
    }

    private var curl: String {
        "curl --silent --fail --max-time 30 --unix-socket \(folder)/control.sock"
    }

    private func shell(_ line: String) async throws(BenchError) -> String {
        try await BenchError.wrap { () throws(LabError) in
            try await self.line.run(
                on: .director, ["nsenter", "-t", "\(pid)", "--mount", "sh", "-c", line],
                within: .seconds(40)
            ).output
        }
    }
}

extension RunningDaemon {
    /// What it costs as it stands. A weight is changed some times meanwhile, and changed back by a
    /// reload.
    func cost(of contender: String) async throws(BenchError) -> Cost {
        let own = try await number("awk '/^RssAnon/ {print $2 * 1024}' /proc/\(pid)/status")
        let file = try await number("stat -c %s \(folder)/flows 2>/dev/null || echo 0")
        let maps = try await number(mapSum("sum += bytes"))
        let lines = file > 0 ? 0 : try await number(mapSum("if (bytes > sum) sum = bytes"))
        let before = try await publications()
        var changes: [Double] = []
        for weight in 2...6 { changes.append(try await change(weight: weight)) }
        let published = try await publications() - before
        let reload = try await number(post("/v1/reload?exact=true"))
        return Cost(
            contender: contender, services: services.spread,
            realServers: services.realServers, ownBytes: own, flowTableBytes: file + lines,
            mapBytes: maps - lines, startSeconds: startTime / .seconds(1),
            publicationSeconds: published / Double(changes.count),
            changeSeconds: Spread(changes)?.median ?? 0, reloadSeconds: reload)
    }

    /// Over the memory of its in-kernel maps, each once (Documentation/filesystems/proc.rst, fdinfo).
    private func mapSum(_ step: String) -> String {
        let program = "/^memlock:/ {bytes = $2} /^map_id:/ {if (!seen[$2]++) {\(step)}}"
        return "cat /proc/\(pid)/fdinfo/* | awk '\(program) END {print sum + 0}'"
    }

    /// The time of all publications until now, seconds.
    private func publications() async throws(BenchError) -> Double {
        try await number(
            "\(curl) http://lvsdrd/metrics | awk '/^lvsdr_publication_seconds_total/ {print $2; exit}'"
        )
    }

    /// Gives a real server another weight; how long the answer took, seconds.
    private func change(weight: Int) async throws(BenchError) -> Double {
        let change = """
            {"changes": [{"edit-real-server": {"service": \
            "\(Wiring.vip):\(services.udpPort)/udp", \
            "address": "\(Wiring.real)", "weight": \(weight)}}]}
            """
        return try await number(post("/v1/changes", "--data-binary '\(change)'"))
    }

    private func post(_ path: String, _ options: String = "") -> String {
        "\(curl) -X POST \(options) -o /dev/null -w '%{time_total}' 'http://lvsdrd\(path)'"
    }

    private func number(_ line: String) async throws(BenchError) -> Double {
        let text = try await shell(line)
        guard let number = text.number else { throw .unreadable(program: line, output: text) }
        return number
    }
}

extension String {
    /// The one number that it is.
    fileprivate var number: Double? {
        let words = split(whereSeparator: \.isWhitespace)
        return words.count == 1 ? Double(words[0]) : nil
    }
}
