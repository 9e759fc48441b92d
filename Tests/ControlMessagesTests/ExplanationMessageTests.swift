// SPDX-License-Identifier: Apache-2.0

import LVSModel
import Testing

@testable import ControlMessages

@Suite("An explanation as JSON")
struct ExplanationMessageTests {
    @Test("every key is there, in alphabetical order, and comes back")
    func json() throws {
        let address = IPAddress(ipv4: 0x0A00_0001)
        let message = ExplanationMessage(
            Explanation(
                flow: FlowAddress(
                    client: IPAddress(ipv4: 0x0A00_0003), clientPort: 40_000, vip: address,
                    port: 80, transport: .tcp),
                arp: nil, service: nil, scheduler: nil, known: nil,
                opening: Explanation.Exit(verdict: .pass, reason: "not-a-vip", realServer: nil),
                segment: nil, isFull: false,
                realServers: [
                    Explanation.Candidate(
                        address: address, weight: 0, flows: FlowCounts(active: 1, inactive: 2),
                        upperThreshold: 9, refusal: "weight 0")
                ]))
        let json = try message.json()
        #expect(
            String(decoding: json, as: UTF8.self) == """
                {"arp":null,"asked":"10.0.0.1:80","client":"10.0.0.3:40000","flow":null,\
                "flowTableFull":false,"opening":{"realServer":null,"reason":"not-a-vip",\
                "verdict":"PASS"},"protocol":"tcp","realServers":[{"activeFlows":1,\
                "address":"10.0.0.1","inactiveFlows":2,"refusal":"weight 0",\
                "upperThreshold":9,"weight":0}],"scheduler":null,"segment":null,"service":null,\
                "template":null}

                """)
        #expect(try ExplanationMessage(json: json) == message)
    }
}
