// SPDX-License-Identifier: Apache-2.0

import ControlMessages
import ControlServer
import ControlTesting
import LVSModel
import Logging
import Testing

@Suite("Figures for Prometheus")
struct MetricsTests {
    private func curl(_ words: String...) async throws -> ProgramResult {
        try await run(["curl", "-sS", "-m", "120"] + words)
    }

    private func metrics(_ socket: String) async throws -> String {
        try await curl("--unix-socket", socket, "http://localhost/metrics").output
    }

    @Test("what the director says is in it, with what it means")
    func content() async throws {
        try await withDirector { socket in
            let lines = try await metrics(socket).split(separator: "\n")
            let web = #"vip="192.168.142.100",ports="80",protocol="tcp""#
            for line in [
                "# TYPE lvsdr_flows gauge", "lvsdr_flows 5012", "lvsdr_flows_capacity 1048576",
                #"lvsdr_frames_total{verdict="DROP",reason="no-real-server"} 7"#,
                "lvsdr_publications_total 3",
                "lvsdr_publication_seconds_total 0.0", "lvsdr_mac_changes_total 0",
                "lvsdr_active 1",
                #"lvsdr_build_info{version="\#(Version.current)"} 1"#,
                "lvsdr_service_connections_total{\(web)} 12345",
                "lvsdr_service_usable_real_servers{\(web)} 1",
                #"lvsdr_real_server_up{\#(web),real_server="192.168.142.6"} 0"#,
                #"lvsdr_real_server_flows{\#(web),real_server="192.168.142.5",state="active"} 12"#,
                """
                lvsdr_real_server_check_duration_seconds_sum{\(web),\
                real_server="192.168.142.5"} 0.5
                """,
                """
                lvsdr_real_server_check_duration_seconds_count{\(web),\
                real_server="192.168.142.5"} 100
                """,
            ] {
                #expect(lines.contains(Substring(line)), "\(line)")
            }
        }
    }

    @Test("promtool finds nothing to say")
    func promtool() async throws {
        try await withDirector { socket in
            let answer = try await run([
                "sh", "-c",
                "curl -sS -m 60 --unix-socket \(socket) http://localhost/metrics "
                    + "| promtool check metrics",
            ])
            #expect(answer.status == 0)
            #expect(answer.output + answer.errors == "")
        }
    }

    @Test("HEAD has the type and no figures")
    func head() async throws {
        try await withDirector { socket in
            let answer = try await curl("-I", "--unix-socket", socket, "http://localhost/metrics")
            #expect(answer.output.hasPrefix("HTTP/1.1 200 OK\r\n"))
            #expect(answer.output.contains("\r\nContent-Type: text/plain; version=0.0.4"))
        }
    }

    @Test("a hundred thousand real servers are told, each figure once")
    func large() async throws {
        let director = SampleDirector(copies: 34_000)
        try await withDirector(director) { socket in
            let answer = try await run([
                "sh", "-c",
                "curl -sS -m 300 --unix-socket \(socket) http://localhost/metrics "
                    + "| grep -c '^lvsdr_real_server_up{'",
            ])
            #expect(answer.output == "102000\n")
        }
    }

    @Test("over TCP there are figures, and nothing else")
    func tcp() async throws {
        try await withMetrics { port in
            let url = "http://127.0.0.1:\(port)"
            let figures = try await curl(url + ControlPath.metrics)
            #expect(figures.output.contains("\nlvsdr_flows 5012\n"))
            for path in Route.all.map(\.path) + ["/", "/x"] where path != ControlPath.metrics {
                let answer = try await curl("-i", url + path)
                #expect(answer.output.hasPrefix("HTTP/1.1 404 "), "\(path)")
                #expect(answer.output.contains("there is no \(path); there is /metrics"))
            }
            let post = try await curl("-i", "-d", "x", url + ControlPath.metrics)
            #expect(post.output.hasPrefix("HTTP/1.1 405 "))
        }
    }

    @Test("a port that somebody has is an error that names it")
    func inUse() async throws {
        try await withMetrics { port in
            let address = SocketAddress(address: IPAddress(ipv4: 0x7F00_0001), port: port)
            let error = await #expect(throws: ControlServerError.self) {
                try await MetricsServer(
                    address: address, source: SampleDirector(), logger: Logger(label: "test")
                ).run()
            }
            #expect(
                error?.description.hasPrefix(
                    "cannot listen at 127.0.0.1:\(port) for metrics: Address already in use")
                    == true)
        }
    }
}
