// SPDX-License-Identifier: Apache-2.0

import ControlMessages
import Foundation
import LVSModel
import Lab
import Testing

extension InLab {
    @Suite("What a running director tells and takes over HTTP")
    struct FiguresTests {
        @Test("its figures are over TCP what clients did, and promtool has nothing to say of them")
        func metrics() async throws {
            try await withDirector {
                $0.metrics = SocketAddress(address: IPAddress(ipv4: 0x7F00_0001), port: 9_707)
            } _: { network, _ in
                _ = try await network.answers(3)
                let ask = "curl -sS -m 10 http://127.0.0.1:9707/metrics"
                let figures = try await network.shell(.director, ask)
                let service = "vip=\"\(network.vip)\",ports=\"80\",protocol=\"tcp\""
                #expect(figures.contains("\nlvsdr_service_connections_total{\(service)} 3\n"))
                #expect(figures.contains("\nlvsdr_service_usable_real_servers{\(service)} 2\n"))
                let said = try await network.shell(
                    .director, "\(ask) | promtool check metrics 2>&1")
                #expect(said == "")
            }
        }

        @Test("a Prometheus with the example's configuration scrapes it")
        func prometheus() async throws {
            try await withDirector {
                $0.metrics = SocketAddress(address: IPAddress(ipv4: 0x7F00_0001), port: 9_707)
            } _: { network, _ in
                _ = try await network.answers(3)
                let docs = URL(filePath: #filePath).deletingLastPathComponent()
                    .deletingLastPathComponent().deletingLastPathComponent().appending(path: "docs")
                let example = try String(
                    contentsOf: docs.appending(path: "prometheus.yaml"), encoding: .utf8)
                let configuration =
                    example
                    .replacing("alerts.yaml", with: docs.appending(path: "alerts.yaml").path)
                    .replacing("15s", with: "1s")
                let folder = network.folder(of: .director)
                try Data(configuration.utf8).write(to: URL(filePath: folder + "/prometheus.yaml"))
                let answer = try await network.shell(
                    .director, Self.prometheus(in: folder), within: .seconds(90))
                #expect(answer.contains(#""__name__":"lvsdr_service_connections_total""#))
                #expect(answer.contains(#","3"]"#), "\(answer)")
            }
        }

        /// Starts a Prometheus, asks it until it knows, and ends it.
        private static func prometheus(in folder: String) -> String {
            """
            cd \(folder)
            prometheus --config.file=prometheus.yaml --storage.tsdb.path=data \
                --web.listen-address=127.0.0.1:9090 >prometheus.log 2>&1 &
            prometheus=$!
            trap 'kill $prometheus; wait $prometheus' EXIT
            ask="http://127.0.0.1:9090/api/v1/query?query=lvsdr_service_connections_total"
            for try in $(seq 300); do
                curl -sS -m 5 "$ask" 2>/dev/null | grep lvsdr_service && exit 0
                kill -0 $prometheus 2>/dev/null || break
                sleep 0.2
            done
            cat prometheus.log >&2
            exit 1
            """
        }

        @Test("its log's level changes while it runs, and errors of a change have their places")
        func control() async throws {
            try await withDirector { network, daemon in
                let folder = network.folder(of: .director)
                let ask = "curl -sS -m 10 --unix-socket \(folder)/control.sock -X POST"
                let level = try await network.shell(
                    .director, "\(ask) 'http://x/v1/log-level?level=debug'")
                #expect(level == "{\"level\":\"debug\"}\n")
                #expect(try await daemon.answer(to: "/v1/log-level") == level)
                let refused = try await network.shell(
                    .director, "\(ask) -d '{\"changes\": [\n{\"drain\": 1}]}' http://x/v1/changes")
                let problem = try JSONDecoder().decode(
                    ProblemMessage.self, from: Data(refused.utf8))
                #expect(problem.status == 400)
                #expect(problem.errors?.first?.line == 2)
            }
        }
    }
}
