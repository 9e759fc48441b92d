// SPDX-License-Identifier: Apache-2.0

import LVSConfiguration
import LVSModel
import Testing

@Suite("The ports of a service")
struct PortTests {
    private static func text(_ ports: String) -> String {
        Refusal.seed.replacing("port: 80", with: ports)
    }

    @Test(
        "one, several, ranges, any",
        arguments: [
            ("port: 80", "80"), ("ports: 80", "80"), ("ports: [80]", "80"),
            ("ports: [80, 443]", "80,443"), ("ports: [443,80]", "80,443"),
            ("ports:\n      - 443\n      - 80", "80,443"), ("ports: 8000-8100", "8000-8100"),
            ("ports: \"8000-8100\"", "8000-8100"), ("ports: [21, 50000-50100]", "21,50000-50100"),
            ("ports: [80, 81]", "80-81"), ("ports: any", "any"), ("ports: 'any'", "any"),
            ("ports: 1-65535", "1-65535"),
        ])
    func taken(text: String, ports: String) throws {
        let service = try settings(Self.text(text)).services.first
        #expect(service?.address.ports == PortSet(ports))
    }

    @Test(
        "what is none, or says one twice, is refused",
        arguments: [
            (
                "ports: http", 12,
                "port http is not a whole number; expected a port of 1...65535, a range such as "
                    + "8000-8100, a list of both, or any"
            ),
            ("ports: 0", 12, "port 0 is out of range"),
            ("ports: 65536", 12, "port 65536 is out of range"),
            ("ports: -80", 12, "port -80 is out of range"),
            ("ports: \"80\"", 12, "port \"80\" is text in quotes"),
            ("ports: 80,443", 12, "port 80,443 is not a whole number; expected a port of"),
            ("ports: 80 443", 12, "port \"80 443\" is not a whole number"),
            ("ports: 80-", 12, "port 80- is not a whole number"),
            ("ports: 0-80", 12, "ports 0-80 is no range; expected a port of 1...65535"),
            ("ports: 80-65536", 12, "ports 80-65536 is no range"),
            ("ports: 080-90", 12, "ports 080-90 is no range"),
            ("ports: 1-2-3", 12, "ports 1-2-3 is no range"),
            ("ports: 80 - 90", 12, "ports \"80 - 90\" is no range"),
            ("ports: 443-80", 12, "ports 443-80 ends before it begins; expected 80-443"),
            ("ports:", 11, "ports is empty"),
            ("ports: {a: 1}", 12, "ports is a mapping"),
            ("ports: []", 12, "ports has 0 items; expected 1...64 ports and ranges (any is all"),
            ("ports: [80, [443]]", 17, "ports is a list; expected a port of"),
            ("ports: [80, any]", 17, "port any is not a whole number"),
            ("ports: [80, 80]", 17, "ports has \"80\" twice; expected each port once"),
            ("ports: [80-90, 85]", 20, "ports has \"85\" twice"),
            ("port: 80-90", 11, "port 80-90 is not a whole number; expected a whole number of"),
            ("port: any", 11, "port any is not a whole number"),
        ])
    func refused(text: String, column: Int, part: String) {
        Refusal(text, Self.text(text), (6, column), part).check()
    }

    @Test("port and ports together are refused at the second")
    func both() {
        let expected = "both port and ports in a service; expected port, or ports for several"
        Refusal("port first", Self.text("port: 80\n    ports: 81"), (7, 12), expected).check()
        Refusal("ports first", Self.text("ports: 81\n    port: 80"), (7, 11), expected).check()
    }

    @Test("64 items are the most")
    func limit() throws {
        let list = (1...65).map { "\($0 * 2)" }
        let most = "ports: [\(list.dropLast().joined(separator: ", "))]"
        #expect(try settings(Self.text(most)).services[0].address.ports.ranges.count == 64)
        let more = Self.text("ports: [\(list.joined(separator: ", "))]")
        Refusal("65", more, (6, 12), "ports has 65 items; expected 1...64 ports").check()
    }

    @Test(
        "a real server may repeat one of the service's ports",
        arguments: [("ports: [80, 443]", 443), ("ports: 80-90", 85), ("ports: any", 7)])
    func repeated(ports: String, port: Int) throws {
        let text = Self.text(ports).replacing("weight: 1", with: "port: \(port)")
        #expect(try settings(text).services[0].realServers.count == 2)
    }

    @Test("a port of a real server that is none of the service's is refused")
    func translated() {
        let text = Self.text("ports: [80, 443]").replacing("weight: 1", with: "port: 8080")
        Refusal(
            "8080", text, (10, 15),
            "the real server's port 8080 is not the service's port 80,443; expected 80,443, or no"
        ).check()
    }
}

@Suite("Ports of several services")
struct ClaimedPortTests {
    private static func text(_ services: [String]) -> String {
        "interface: eth0\nservices:\n"
            + services.map { "  - {scheduler: rr, real-servers: [], \($0)}\n" }.joined()
    }

    @Test(
        "each port of a VIP and protocol is served once",
        arguments: [
            (["port: 80", "port: 81"], nil),
            (["ports: [80, 443]", "ports: 81-442"], nil),
            (["port: 80", "ports: any", "ports: 443-500"], nil),
            (["ports: 1-65535", "ports: any"], nil),
            (["port: 80", "port: 80, protocol: udp"], nil),
            (["ports: 80-90", "port: 85"], "TCP 10.0.0.1:85 overlap with TCP 10.0.0.1:80-90"),
            (["port: 85", "ports: 80-90"], "TCP 10.0.0.1:80-90 overlap with TCP 10.0.0.1:85"),
            (
                ["ports: [80, 443]", "ports: [443, 8080]"],
                "the ports of service TCP 10.0.0.1:443,8080 overlap with TCP 10.0.0.1:80,443 on line "
                    + "3; expected each address, port and protocol once"
            ),
            (
                ["ports: [1-10, 20-30]", "ports: [11-19, 30]"],
                "TCP 10.0.0.1:11-19,30 overlap with TCP 10.0.0.1:1-10,20-30 on line 3"
            ),
            (
                ["ports: any", "ports: any"],
                "duplicate service TCP 10.0.0.1:any, already on line 3"
            ),
            (
                ["ports: [80, 81]", "ports: 80-81"],
                "duplicate service TCP 10.0.0.1:80-81, already on line 3"
            ),
        ] as [([String], String?)])
    func pair(_ ports: [String], _ part: String?) throws {
        let text = Self.text(ports.map { "address: 10.0.0.1, \($0)" })
        if let part {
            Refusal("\(ports)", text, (4, 5), part).check()
        } else {
            #expect(try settings(text).services.count == ports.count)
        }
    }

    @Test("another VIP has ports of its own")
    func otherVIP() throws {
        let text = Self.text([
            "address: 10.0.0.1, ports: any", "address: 10.0.0.2, ports: any",
            "address: fd00::1, ports: any",
        ])
        #expect(try settings(text).services.count == 3)
    }

    @Test("a service that reaches over several others is named for each of them")
    func wide() {
        let ports = ["ports: 1-100", "port: 7", "ports: 200-300", "port: 9", "port: 301"]
        let failure = #expect(throws: ConfigurationFailure.self) {
            try settings(Self.text(ports.map { "address: 10.0.0.1, \($0)" }))
        }
        #expect(failure?.errors.map(\.position?.line) == [4, 6])
        #expect(failure?.errors.allSatisfy { $0.found.hasSuffix("on line 3") } == true)
    }

    @Test("thousands of services of one VIP are compared in time", .timeLimit(.minutes(1)))
    func many() throws {
        var services = (0..<4_095).map { "address: 10.0.0.1, ports: \($0 * 4 + 1)-\($0 * 4 + 3)" }
        services.append("address: 10.0.0.1, port: 3")
        Refusal(
            "the last overlaps the first", Self.text(services), (4_098, 5), "on line 3; expected"
        ).check()
    }
}
