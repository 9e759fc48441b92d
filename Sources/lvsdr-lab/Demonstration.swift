// SPDX-License-Identifier: Apache-2.0

import Lab

/// The acts of the demo, in a lab that is up.
struct Demonstration {
    let network: Network
    let programs: Programs

    private var url: String { "http://\(network.topology.vip)/" }

    /// A failure says in which act, and what the daemon logged.
    func run(_ requests: Int) async throws {
        let daemon = try await DirectorDaemon.start(in: network, programs: programs)
        try await step("lvsdrd starts") { try await daemon.waitUntilServing() }
        say("\nlvsdrd runs on the director, and all real servers are up.")
        do {
            try await balance(requests)
            try await showStatistics(of: daemon)
            try await followReply()
        } catch LabError.cancelled {
            throw LabError.cancelled
        } catch {
            throw DemoFailure("\(error)", log: try daemon.process.errors())
        }
    }

    /// The client's requests, one by one, and the answers.
    private func balance(_ requests: Int) async throws {
        say("\nThe client sends \(requests) requests: curl \(url)\n")
        var answers: [String] = []
        for _ in 0..<requests {
            let answer = try await fetch("", with: ["--max-time", "5"])
            say("  " + answer)
            answers.append(answer)
        }
        guard takeTurns(answers) else {
            throw DemoFailure("the real servers did not answer in turn")
        }
    }

    /// True when each real server answers once before the first answers again, and so on.
    private func takeTurns(_ answers: [String]) -> Bool {
        let round = network.topology.webServers
        let known = Set(network.topology.hosts.compactMap { network.topology.answer(of: $0.name) })
        return Set(answers.prefix(round)).count == min(round, answers.count)
            && known.isSuperset(of: answers)
            && zip(answers, answers.dropFirst(round)).allSatisfy(==)
    }

    private func showStatistics(of daemon: DirectorDaemon) async throws {
        say("\nThe director counted: lvsdr stats\n")
        let result = try await daemon.command(["stats"])
        guard result.status.isSuccess else {
            throw DemoFailure("`lvsdr stats` \(result.status): \(result.errors)")
        }
        say(result.output.split(separator: "\n").map { "  \($0)" }.joined(separator: "\n"))
    }

    /// Fetches a large file, and looks where its bytes passed.
    private func followReply() async throws {
        let size = Topology.largeFileSize
        say("\nThe client fetches \(inBytes(UInt64(size))): curl \(url)large\n")
        let before = try await readCounters()
        let received = try await step("the download") {
            try await fetch(
                "large",
                with: [
                    "--max-time", "30", "--output", "/dev/null", "--write-out", "%{size_download}",
                ])
        }
        let passed = zip(try await readCounters(), before).map { late, early in
            LinkReading(host: late.host, interface: late.interface, late.counters - early.counters)
        }
        guard received == String(size) else {
            throw DemoFailure("the client received \(received) bytes of \(size)")
        }
        say(LinkReading.table(passed))
        let director = passed.filter { $0.host == .director }.map(\.total).reduce(0, +)
        guard director < UInt64(size) / 10 else {
            throw DemoFailure("the reply passed the director: \(inBytes(director)) went through it")
        }
        say("\nThe director forwarded what the client sent. The reply went past it.")
    }

    private func readCounters() async throws -> [LinkReading] {
        var readings: [LinkReading] = []
        for host in network.topology.hosts {
            for interface in host.interfaces.map(\.name) {
                let counters = try await network.counters(of: host.name, interface: interface)
                readings.append(LinkReading(host: host.name, interface: interface, counters))
            }
        }
        return readings
    }

    /// The body of the answer to a request of the client, without the end of line.
    private func fetch(_ path: String, with options: [String]) async throws -> String {
        let result = try await network.run(
            on: .client, ["curl", "--silent", "--show-error", "--fail"] + options + [url + path],
            within: .seconds(40))
        guard result.status.isSuccess else {
            throw DemoFailure("`curl \(url)\(path)` \(result.status): \(result.errors)")
        }
        return String(result.output.split(separator: "\n").first ?? "")
    }
}

/// An act of the demo that went wrong.
struct DemoFailure: Error, CustomStringConvertible {
    private let sentence: String
    private let log: String?

    init(_ sentence: String, log: String? = nil) {
        self.sentence = sentence.split(separator: "\n").joined(separator: "\n  ")
        self.log = log
    }

    var description: String {
        guard let log else { return sentence }
        let lines = log.split(separator: "\n").suffix(20).map { "\n  \($0)" }.joined()
        return sentence + (lines.isEmpty ? "; lvsdrd logged nothing" : "; lvsdrd logged:\(lines)")
    }
}
