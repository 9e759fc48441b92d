// SPDX-License-Identifier: Apache-2.0

import ControlMessages
import ControlTesting
import LVSModel
import Testing

@testable import lvsdr

@Suite("lvsdr explain")
struct ExplainCommandTests {
    private static let flow = FlowAddress(
        client: IPAddress(ipv4: 0xC0A8_8E03), clientPort: 40_000,
        vip: IPAddress(ipv4: 0xC0A8_8E64), port: 80, transport: .tcp)

    private func lvsdr(_ words: [String]) async throws -> ProgramResult {
        try await run(["env", "-u", "LVSDR_SOCKET", try built("lvsdr"), "explain"] + words)
    }

    @Test("run for real, it tells in words what the director says, or prints its JSON")
    func answers() async throws {
        try await withDirector { socket in
            let words = ["192.168.142.3:40000", "192.168.142.100:80", "--socket", socket]
            let text = try await lvsdr(words)
            #expect(text.status == 0)
            #expect(
                text.output == """
                    TCP 192.168.142.3:40000 > 192.168.142.100:80

                    192.168.142.100 is a VIP, and the director answers ARP for it.
                    TCP 192.168.142.100:80 has the port; its scheduler is rr.
                    The flow is ESTABLISHED, to 192.168.142.5; it was silent for 3.250 s and is \
                    forgotten in 896.750 s.
                    A SYN goes to 192.168.142.5, which the scheduler picks now (TX scheduled).
                    A further segment goes to 192.168.142.5, as the flow before it (TX flow).

                      real server    weight  active  inactive  new flows
                      192.168.142.5       1      12     5,000  yes
                      192.168.142.6       1       0         0  no: down: no MAC address

                    """)
            let json = try await lvsdr(words + ["--json"])
            let expected = try ExplanationMessage(SampleDirector.explanation(of: Self.flow)).json()
            #expect(json.output == String(decoding: expected, as: UTF8.self))
        }
    }

    @Test(
        "what makes no sense ends with 64",
        arguments: [
            [], ["192.168.142.3:40000"], ["192.168.142.3", "192.168.142.100:80"],
            ["192.168.142.3:40000", "[fd00::1]:80"],
            ["192.168.142.3:40000", "192.168.142.100:80", "--protocol", "sctp"],
        ])
    func usage(words: [String]) async throws {
        #expect(try await lvsdr(words).status == 64)
    }

    @Test("an address that is no VIP, and a port that no service has")
    func elsewhere() {
        var explanation = SampleDirector.explanation(of: Self.flow)
        explanation.known = nil
        explanation.service = nil
        explanation.realServers = []
        explanation.opening = Explanation.Exit(
            verdict: .answer, reason: "reset-no-service", realServer: nil)
        explanation.segment = nil
        explanation.isFull = true
        #expect(
            ExplanationText(ExplanationMessage(explanation)).lines.dropFirst(2) == [
                "192.168.142.100 is a VIP, and the director answers ARP for it.",
                "No virtual service has the port.",
                "The flow table does not know the flow.",
                "The flow table is full, or was within the last minute.",
                "A SYN is answered with a reset: no service has the port (ANSWER reset-no-service).",
            ])
        explanation.template = Explanation.KnownFlow(
            state: "NONE", realServer: IPAddress(ipv4: 0xC0A8_8E05), idle: 0, expires: 60_000)
        #expect(
            ExplanationText(ExplanationMessage(explanation)).lines[5]
                == "The client's network has a persistence template to 192.168.142.5, which lasts "
                + "60.000 s, and as long as a flow of it.")
        explanation.arp = nil
        #expect(
            ExplanationText(ExplanationMessage(explanation)).lines[2]
                == "192.168.142.100 is no VIP of this director.")
    }
}
