// SPDX-License-Identifier: Apache-2.0

import LVSModel
import Testing

@testable import ControlMessages

@Suite("What is asked in a query")
struct QueriesTests {
    private func capture(_ parameters: (String, String)...) throws -> CaptureRequest {
        try CaptureRequest(
            Query(
                parameters.map { (name: $0.0, value: $0.1) }, of: CaptureRequest.parameters))
    }

    private func flow(_ parameters: (String, String)...) throws -> FlowAddress {
        try FlowAddress(
            Query(parameters.map { (name: $0.0, value: $0.1) }, of: FlowAddress.parameters))
    }

    @Test("an endpoint is an address and a port of 1...65535")
    func endpoints() {
        #expect(Endpoint("192.168.142.100:80")?.description == "192.168.142.100:80")
        #expect(Endpoint("[fd00::1]:65535")?.description == "[fd00::1]:65535")
        for wrong in [
            "", ":", "80", "192.168.142.100", "192.168.142.100:", "192.168.142.100:0",
            "192.168.142.100:65536", "192.168.142.100:+8", "192.168.142.100:8:0", "fd00::1:80",
            "[192.168.142.100]:80", "[fd00::1]", "[]:80", "[fd00::1:80", "web:80",
        ] {
            #expect(Endpoint(wrong) == nil, "\(wrong)")
        }
    }

    @Test("a service is TCP unless its protocol stands behind it")
    func services() {
        #expect(
            ServiceAddress(endpoint: "10.0.0.1:53/udp")?.description == "UDP 10.0.0.1:53")
        #expect(ServiceAddress(endpoint: "10.0.0.1:53")?.description == "TCP 10.0.0.1:53")
        for wrong in ["10.0.0.1:53/", "10.0.0.1:53/sctp", "10.0.0.1:53/udp/udp", "10.0.0.1/udp"] {
            #expect(ServiceAddress(endpoint: wrong) == nil, "\(wrong)")
        }
    }

    @Test("a capture's parameters, and what stands for those that are not there")
    func captures() throws {
        #expect(try capture() == CaptureRequest())
        let request = try capture(
            ("service", "[fd00::1]:53/udp"), ("real", "fd00::5"), ("count", "5"),
            ("duration", "9"), ("snap-length", "64"))
        #expect(request.service?.description == "UDP [fd00::1]:53")
        #expect(request.realServer?.description == "fd00::5")
        #expect((request.count, request.duration, request.snapLength) == (5, 9, 64))
        #expect(
            request.path
                == "/v1/capture?service=%5Bfd00::1%5D:53/udp&real=fd00::5&count=5&duration=9"
                + "&snap-length=64")
    }

    @Test(
        "a parameter that is wrong, unknown or there twice is named",
        arguments: [
            (
                ["service", "moon"],
                "service is 'moon'; expected VIP:PORT, VIP:PORT/tcp or VIP:PORT/udp"
            ),
            (["real", "10.0.0.1:80"], "real is '10.0.0.1:80'; expected an IP address"),
            (["count", "0"], "count is '0'; expected a whole number of 1...10000000"),
            (["duration", "5m"], "duration is '5m'; expected a whole number of 1...86400"),
            (
                ["snap-length", "2049"],
                "snap-length is '2049'; expected a whole number of 64...2048"
            ),
            (
                ["cuont", "1"],
                "there is no parameter 'cuont'; there are count, duration, real, service, snap-length"
            ),
        ])
    func refusals(parameter: [String], text: String) {
        let error = #expect(throws: QueryError.self) {
            try capture((parameter[0], parameter[1]))
        }
        #expect(error?.description == text)
        #expect(throws: QueryError.self) { try capture(("count", "1"), ("count", "1")) }
    }

    @Test("a flow has a client and a service of one family")
    func flows() throws {
        let tcp = try flow(("client", "10.0.0.3:40000"), ("service", "10.0.0.1:80"))
        #expect(tcp.description == "TCP 10.0.0.3:40000 > 10.0.0.1:80")
        let udp = try flow(
            ("client", "[fd00::3]:1"), ("service", "[fd00::1]:2"), ("protocol", "udp"))
        #expect(udp.description == "UDP [fd00::3]:1 > [fd00::1]:2")
        #expect(
            udp.explainPath
                == "/v1/explain?client=%5Bfd00::3%5D:1&service=%5Bfd00::1%5D:2&protocol=udp")
        #expect(throws: QueryError.self) {
            try flow(("client", "10.0.0.3:40000"), ("service", "[fd00::1]:80"))
        }
        let missing = #expect(throws: QueryError.self) { try flow(("service", "10.0.0.1:80")) }
        #expect(
            missing?.description
                == "client is missing; expected an address and a port such as 192.168.142.100:80")
    }
}
