// SPDX-License-Identifier: Apache-2.0

import ControlClient
import ControlMessages
import ControlTesting
import LVSModel
import Testing

@Suite("An explanation over the control socket")
struct ExplainTests {
    private static let flow = FlowAddress(
        client: IPAddress(ipv4: 0xC0A8_8E03), clientPort: 40_000,
        vip: IPAddress(ipv4: 0xC0A8_8E64), port: 80, transport: .udp)

    @Test("the client gets what the director says of the flow")
    func answer() async throws {
        try await withDirector { socket in
            let message = try await blocking {
                try ControlClient(socket: socket, timeoutMilliseconds: 60_000).explain(Self.flow)
            }
            #expect(message == ExplanationMessage(SampleDirector.explanation(of: Self.flow)))
            #expect(message.protocol == "udp")
        }
    }

    @Test("IPv6 addresses find their way")
    func ipv6() async throws {
        try await withDirector { socket in
            var flow = Self.flow
            flow.client = try #require(IPAddress("fd00::3"))
            flow.vip = try #require(IPAddress("fd00::100"))
            let asked = flow
            let message = try await blocking {
                try ControlClient(socket: socket, timeoutMilliseconds: 60_000).explain(asked)
            }
            #expect(message.client == "[fd00::3]:40000")
            #expect(message.asked == "[fd00::100]:80")
        }
    }

    @Test(
        "what is wrong is a problem",
        arguments: [
            ("service=192.168.142.100:80", 400, "client is missing"),
            ("client=192.168.142.3:40000&service=moon", 400, "service is 'moon'"),
            ("client=192.168.142.3:1&service=192.168.142.100:80", 503, "there is no table yet"),
        ])
    func refused(query: String, status: Int, detail: String) async throws {
        try await withDirector { socket in
            let answer = try await run([
                "curl", "-sSi", "-m", "60", "--unix-socket", socket,
                "http://localhost/v1/explain?\(query)",
            ])
            #expect(answer.output.hasPrefix("HTTP/1.1 \(status) "))
            #expect(answer.output.contains(detail))
        }
    }
}
