// SPDX-License-Identifier: Apache-2.0

import Foundation
import Glibc
import LVSModel
import Lab
import Testing

/// A configuration as large as any: 10,000 services (2,000 where nothing is measured) with ten real
/// servers each, beside the lab's own. The real servers share a hundred addresses of the two web
/// servers.
struct LargeConfiguration {
    static let services = isMeasured ? 10_000 : 2_000
    static let realServers = 10 * services

    var settings: DirectorSettings

    init(_ network: Network) {
        settings = network.topology.settings(runtimeDirectory: network.folder(of: .director))
        settings.services += (0..<Self.services).map { Self.service(UInt32($0)) }
    }

    static func service(_ number: UInt32) -> VirtualService {
        // 10.8.0.0 and on; 10.0.0.11 to 10.0.0.110.
        VirtualService(
            address: ServiceAddress(
                address: IPAddress(ipv4: 0x0A08_0000 + number), port: 80, transport: .tcp),
            scheduler: .wlc,
            realServers: (0..<10).map { real in
                RealServer(address: IPAddress(ipv4: 0x0A00_000B + (number * 10 + real) % 100))
            })
    }

    /// Gives the hosts the addresses.
    static func prepare(_ network: Network) async throws {
        try await network.shell(.director, "ip address add 10.0.0.1/16 dev eth0")
        for (host, first) in [(HostName.web(1), 11), (.web(2), 61)] {
            let line = """
                for i in $(seq \(first) \(first + 49)); do echo address add 10.0.0.$i/16 dev eth0; \
                done | ip -batch -
                """
            try await network.shell(host, line)
        }
    }
}

/// What changes from one file to the next.
private enum FileChange: String, CaseIterable {
    case nothing = "nothing changed"
    case few = "10 weights changed"
    case all = "all weights changed"
    case exchange = "100 services gone, 100 come"

    func make(in settings: inout DirectorSettings) {
        switch self {
        case .nothing: break
        case .few: for number in 1...10 { settings.services[number].realServers[0].weight += 1 }
        case .all:
            for number in 1...LargeConfiguration.services {
                for real in 0..<10 { settings.services[number].realServers[real].weight += 1 }
            }
        case .exchange:
            settings.services.removeSubrange(1...100)
            settings.services += (0..<100).map {
                LargeConfiguration.service(UInt32(LargeConfiguration.services + $0))
            }
        }
    }

    var publications: Int { self == .nothing ? 0 : 1 }
}

extension InLab {
    @Suite struct ScaleTests {
        /// The figures of `/metrics` without labels, by their names.
        private func figures(_ daemon: DirectorDaemon, _ network: Network) async throws
            -> [String: Double]
        {
            let text = try await network.shell(
                .director,
                "curl -sS -f -m 60 --unix-socket \(daemon.socketPath) http://x/metrics | head -60")
            let pairs = text.split(separator: "\n").compactMap { line -> (String, Double)? in
                let words = line.split(separator: " ")
                guard words.count == 2, let value = Double(words[1]) else { return nil }
                return (String(words[0]), value)
            }
            return Dictionary(pairs) { first, _ in first }
        }

        /// Asks a path and counts the lines of the answer that have the text, or its bytes.
        private func ask(
            _ path: String, _ daemon: DirectorDaemon, _ network: Network, count: String = "wc -c"
        ) async throws -> Int {
            let line = """
                curl -sS -f -m 120 --unix-socket \(daemon.socketPath) 'http://x\(path)' | \(count)
                """
            let text = try await network.shell(.director, line, within: .seconds(150))
            return try #require(Int(text.filter(\.isNumber)))
        }

        private func start(_ network: Network) async throws -> DirectorDaemon {
            let settings = LargeConfiguration(network).settings
            let begin = ContinuousClock.now
            let daemon = try await DirectorDaemon.start(
                in: network, programs: measuredPrograms(), settings: settings)
            let expected = LargeConfiguration.realServers + 2
            var time: Duration?
            while true {
                if try await daemon.answer(to: "/v1/status")?.contains("\"serving\"") == true {
                    time = time ?? ContinuousClock.now - begin
                    let up = try await ask(
                        "/v1/services", daemon, network,
                        count: "grep -o '\"health\":\"up\"' | wc -l")
                    if up == expected { break }
                }
                let log = try daemon.process.errors().suffix(300)
                try #require(daemon.process.status == nil, "\(log)")
                try #require(ContinuousClock.now - begin < .seconds(120), "\(log)")
                try await Task.sleep(for: .milliseconds(100))
            }
            let usage = try Usage(of: daemon.process.pid)
            print(
                "start: serving after \(time ?? .zero), all up after "
                    + "\(ContinuousClock.now - begin); \(usage.processor) s of processor, "
                    + "\(usage.memory) KiB")
            return daemon
        }

        private func reload(
            _ change: FileChange, _ settings: inout DirectorSettings, _ daemon: DirectorDaemon,
            _ network: Network
        ) async throws {
            change.make(in: &settings)
            try network.writeDirectorConfiguration(settings)
            let before = try await figures(daemon, network)
            let cost = try await cost(to: daemon.process.pid) {
                try await network.shell(
                    .director,
                    "curl -sS -f -m 100 -X POST -o /dev/null --unix-socket \(daemon.socketPath) "
                        + "http://x/v1/reload", within: .seconds(110))
            }
            let after = try await figures(daemon, network)
            func difference(_ name: String) throws -> Double {
                try #require(after[name]) - #require(before[name])
            }
            let published = try difference("lvsdr_publications_total")
            #expect(published == Double(change.publications), "\(change.rawValue)")
            let time = try difference("lvsdr_publication_seconds_total")
            print("reload, \(change.rawValue): \(cost); publication \(time) s")
            // What is promised of a release build; else a bound for busy machines.
            #expect(cost.time < (isMeasured ? 5 : 30))
            #expect(time < (isMeasured ? 0.2 : 2))
        }

        @Test(
            "a configuration as large as any is reloaded while requests run, and read",
            .timeLimit(.minutes(10)))
        func large() async throws {
            try await withNetwork { network in
                try await LargeConfiguration.prepare(network)
                let daemon = try await start(network)
                let wrk = try await network.start(
                    on: .client,
                    ["wrk", "-t1", "-c8", "-d500s", "--timeout", "20s", "http://\(network.vip)/"],
                    label: "wrk")
                var settings = LargeConfiguration(network).settings
                for change in FileChange.allCases {
                    try await reload(change, &settings, daemon, network)
                }
                for (path, line) in [
                    ("/v1/services", "grep -o '\"drainEnd\"' | wc -l"),
                    ("/metrics", "grep -c ^lvsdr_real_server_up"),
                ] {
                    let cost = try await cost(to: daemon.process.pid) {
                        let count = try await ask(path, daemon, network, count: line)
                        #expect(count == LargeConfiguration.realServers + 2)
                    }
                    print("\(path): \(cost)")
                    // The figures themselves, not their text, which has more than 50 MB.
                    #expect(cost.memory < 128 << 10)
                }
                wrk.send(signal: SIGINT)
                #expect(try await wrk.ended(within: .seconds(30)) == .exited(0))
                let report = try wrk.output()
                #expect(report.contains("requests in"))
                #expect(
                    !report.contains("Socket errors") && !report.contains("Non-2xx"), "\(report)")
            }
        }

        @Test(
            "all flows are streamed with less than a megabyte more, however many there are",
            .timeLimit(.minutes(10)))
        func flows() async throws {
            let flows = isMeasured ? 1_000_000 : 200_000
            try await withNetwork { network in
                var settings = network.topology.settings(
                    runtimeDirectory: network.folder(of: .director))
                settings.services[0].address = ServiceAddress(
                    address: network.topology.vip, port: 9, transport: .udp)
                let daemon = try await DirectorDaemon.start(
                    in: network, programs: measuredPrograms(), settings: settings)
                try await daemon.waitUntilServing()
                let flood = DatagramFlood(network)
                var known = 0
                // What a full ring dropped is sent again.
                for _ in 0..<10 where known < flows {
                    try await flood.send(flows: UInt32(flows))
                    known = Int(try await figures(daemon, network)["lvsdr_flows"] ?? 0)
                }
                try #require(known == flows)
                // The first gives threads and buffers what they keep.
                for (turn, limit) in [("first", 4_000), ("second", 1_000)] {
                    let cost = try await cost(to: daemon.process.pid) {
                        let lines = try await ask(
                            "/v1/flows?stream=true", daemon, network, count: "wc -l")
                        #expect(lines == flows)
                    }
                    print("/v1/flows, \(flows) flows, \(turn) time: \(cost)")
                    #expect(cost.memory < limit)
                }
            }
        }
    }
}
