// SPDX-License-Identifier: Apache-2.0

import IPVSCompatibility
import LVSModel
import Testing

@Suite("The rules that ipvsadm-save prints")
struct IPVSRulesTests {
    private static let service = "-A -t 10.0.0.100:80 -s rr\n"

    private func services(_ text: String) throws -> [VirtualService] {
        try IPVSRules.parse(text, file: "rules")
    }

    /// The errors without the file's name: `1:4: ...`.
    private func errors(_ text: String) -> [String] {
        let failure = #expect(throws: IPVSRulesFailure.self) { try services(text) }
        return failure?.errors.map { String($0.description.dropFirst("rules:".count)) } ?? []
    }

    private func address(
        _ vip: String, _ port: UInt16, _ transport: TransportProtocol = .tcp
    ) throws -> ServiceAddress {
        ServiceAddress(
            address: try #require(IPAddress(vip)), port: port, transport: transport)
    }

    private func real(_ rip: String, weight: UInt16 = 1) throws -> RealServer {
        RealServer(address: try #require(IPAddress(rip)), weight: weight)
    }

    @Test("services and real servers come in the order of their rules")
    func saved() throws {
        let text = """
            -A -t 192.168.142.100:80 -s rr
            -a -t 192.168.142.100:80 -r 192.168.142.5:80 -g -w 1
            -a -t 192.168.142.100:80 -r 192.168.142.6:80 -g -w 0
            -A -u 192.168.142.100:53 -s mh -b mh-fallback,mh-port
            -a -u 192.168.142.100:53 -r 192.168.142.6:53 -g -w 65535

            """
        #expect(
            try services(text) == [
                VirtualService(
                    address: address("192.168.142.100", 80), scheduler: .rr,
                    realServers: [real("192.168.142.5"), real("192.168.142.6", weight: 0)]),
                VirtualService(
                    address: address("192.168.142.100", 53, .udp), scheduler: .mh,
                    schedulerFlags: [.mhFallback, .mhPort],
                    realServers: [real("192.168.142.6", weight: 65_535)]),
            ])
    }

    @Test(
        "an option may be spelled as ipvsadm takes it",
        arguments: [
            "-A -t 10.0.0.100:80 -s rr\n-a -t 10.0.0.100:80 -r 10.0.0.11:80 -g -w 3",
            "-At 10.0.0.100:80 -srr\n-at10.0.0.100:80 -gr 10.0.0.11 -w3",
            "--add-service --tcp-service 10.0.0.100:80 --scheduler=rr\n"
                + "--add-server --tcp-service=10.0.0.100:80 --real-server 10.0.0.11:80 "
                + "--gatewaying --weight=3",
            "-t 10.0.0.100:80 -s rr -A\n-w 3 -x 0 -y 0 -r 10.0.0.11:80 -t 10.0.0.100:80 -a",
            "# saved\r\n\r\n\t-A -t 10.0.0.100:80 -s rr # web\r\n"
                + " -a  -t 10.0.0.100:80 -r 10.0.0.11:80 -w 3\r\n",
        ])
    func spellings(text: String) throws {
        #expect(
            try services(text) == [
                VirtualService(
                    address: address("10.0.0.100", 80), scheduler: .rr,
                    realServers: [real("10.0.0.11", weight: 3)])
            ])
    }

    @Test("without -s it is wlc, without -w the weight is 1, and no rules are no services")
    func defaults() throws {
        let text = "-A -t 10.0.0.100:80\n-a -t 10.0.0.100:80 -r 10.0.0.11\n"
        let service = try #require(try services(text).first)
        #expect(service.scheduler == .wlc)
        #expect(try service.realServers == [real("10.0.0.11")])
        #expect(try services("") == [])
        #expect(try services("\n# nothing\n") == [])
    }

    @Test(
        "what is not understood is refused with its place",
        arguments: [
            ("-A -t 10.0.0.100:80 -s moon", "1:24: unknown scheduler \"moon\"; expected one of"),
            ("-A -t 10.0.0.100:80 -s rr -b sh-port", "1:30: scheduler rr has no flags \"sh-port\""),
            ("-A -t 10.0.0.100:80 -s sh -b flag-9", "1:30: scheduler sh has no flags \"flag-9\""),
            (
                "-A -t www:http",
                "1:7: VIP \"www:http\" is no IP address in numbers; expected such as "
                    + "192.168.142.100:80 or [fd00::8e:100]:80"
            ),
            ("-A -t 10.0.0.100:http", "1:7: port of VIP \"10.0.0.100:http\"; expected a whole"),
            ("-A -t 10.0.0.100:65536", "1:7: port of VIP \"10.0.0.100:65536\""),
            ("-A -t 10.0.0.100:080", "1:7: port of VIP \"10.0.0.100:080\""),
            (
                "-A -t 10.0.0.100:0",
                "1:7: service \"10.0.0.100:0\" is for all ports, but not persistent; expected -p "
            ),
            ("-A -u 10.0.0.100 -o", "1:7: service \"10.0.0.100\" is for all ports, but not pers"),
            (
                "-A -t 127.0.0.1:80",
                "1:7: VIP \"127.0.0.1:80\" is a loopback address; expected an address that one"
            ),
            ("-A -t [fe80::1]:80", "1:7: VIP \"[fe80::1]:80\" is a link-local address, which"),
            ("-A -t \u{9b}31m\u{7f}\u{202e}", "1:7: VIP \"?31m??\" is no IP address in numbers"),
            ("-A -t [fd00::1]:65536", "1:7: port of VIP \"[fd00::1]:65536\""),
            ("-A -t [fd00::1]:", "1:7: port of VIP \"[fd00::1]:\""),
            ("-A -t [fd00::1]80", "1:7: VIP \"[fd00::1]80\" is no IP address in numbers"),
            ("-A -t [fd00::1:80", "1:7: VIP \"[fd00::1:80\" is no IP address in numbers"),
            ("-A -t [10.0.0.1]:80", "1:7: VIP \"[10.0.0.1]:80\" is no IP address in numbers"),
            ("-A -t []:80", "1:7: VIP \"[]:80\" is no IP address in numbers"),
            ("-A -t [::ffff:10.0.0.1]:80", "1:7: VIP \"[::ffff:10.0.0.1]:80\" is no IP address"),
            ("-A -t fd00::1:80", "1:7: service \"fd00::1:80\" is for all ports, but not"),
            ("-A -t 10.0.0.1:80:81", "1:7: VIP \"10.0.0.1:80:81\" is no IP address in numbers"),
            ("-A -6 -t 10.0.0.1:80", "1:4: -6 beside VIP 10.0.0.1; expected an IPv6 address"),
            ("-A", "1:1: no service; expected -t or -u"),
            ("  -s rr", "1:3: a rule without a command; expected -A or -a"),
            ("-A -t", "1:4: -t needs a value"),
            ("-A -t -s rr", "1:4: -t needs a value"),
            ("-A -t 10.0.0.100:80 -u 10.0.0.100:80", "1:21: both -t and -u; expected one service"),
            ("-A -t 10.0.0.1:80 -t 10.0.0.1:80", "1:19: -t again, after column 4"),
            ("-A -a -t 10.0.0.1:80", "1:4: -a beside -A; expected one command"),
            ("-C", "1:1: -C is no rule; expected -A or -a"),
            ("--set 900 120 300", "1:7: unexpected word \"900\""),
            ("ipvsadm -A -t 10.0.0.1:80", "1:1: unexpected word \"ipvsadm\""),
            ("é -A -q", "1:1: unexpected word \"é\""),
            ("-A -tX -é -q", "1:8: unknown option \"-é\""),
            ("-Aq", "1:3: unknown option \"-q\""),
            ("--moon", "1:1: unknown option \"--moon\""),
            ("--add-service=1", "1:1: --add-service takes no value"),
            ("-A -t 10.0.0.1:80 -r 10.0.0.2", "1:19: -r goes with -a, -e, -d, not with -A"),
            ("-A -t 10.0.0.1:80 -w 1", "1:19: -w goes with -a, -e, not with -A"),
            ("-A -n -t 10.0.0.1:80", "1:4: -n goes with -L, -S, not with -A"),
        ])
    func refusals(text: String, message: String) {
        let errors = errors(text)
        #expect(errors.first?.hasPrefix(message) == true, "\(errors)")
    }

    @Test(
        "what a director does not do is refused by the option's name",
        arguments: [
            ("-A -f 1 -s rr", "1:4: -f: a firewall mark names no address"),
            ("-A --sctp-service 10.0.0.1:80", "1:4: --sctp-service: SCTP is not served"),
            ("-A -u 10.0.0.1:53 -p --pe sip", "1:22: --pe: persistence by what a packet says is"),
            ("-A -u 10.0.0.1:53 -O", "1:19: -O is no option of ipvsadm 1.31; expected -o for"),
            ("-a -t 10.0.0.100:80 -r 10.0.0.2 -m", "2:33: -m (masquerading) is not direct routing"),
            ("-a -t 10.0.0.100:80 -r 10.0.0.2 -i", "2:33: -i (tunneling) is not direct routing"),
        ])
    func notServed(text: String, message: String) {
        let errors = errors(text.hasPrefix("-a") ? Self.service + text : text)
        #expect(errors.first?.hasPrefix(message) == true, "\(errors)")
    }

    @Test(
        "a real server is held to its service",
        arguments: [
            ("-a -t 10.0.0.100:81 -r 10.0.0.11", "2:7: no service TCP 10.0.0.100:81 before this"),
            ("-a -u 10.0.0.100:80 -r 10.0.0.11", "2:7: no service UDP 10.0.0.100:80 before this"),
            ("-a -t 10.0.0.100:80", "2:1: no real server; expected -r ADDRESS:80"),
            (
                "-a -t 10.0.0.100:80 -r 10.0.0.11:8080",
                "2:24: the real server's port 8080 is not the service's port 80: direct routing"
            ),
            ("-a -t 10.0.0.100:80 -r 10.0.0.100", "2:24: real server 10.0.0.100 is a VIP of these"),
            ("-a -t 10.0.0.100:80 -r 10.0.0.11 -w 65536", "2:37: weight \"65536\"; expected"),
            ("-a -t 10.0.0.100:80 -r 10.0.0.11 -w -1", "2:34: -w needs a value"),
            ("-a -t 10.0.0.100:80 -r 10.0.0.11 -s rr", "2:34: -s goes with -A, -E, not with -a"),
            ("-a -t 10.0.0.100:80 -r 10.0.0.11 -p", "2:34: -p goes with -A, -E, not with -a"),
            (
                "-a -t 10.0.0.100:80 -r [fd00::2]:80",
                "2:24: real server fd00::2 is IPv6, VIP 10.0.0.100 IPv4: a mixed pair; expected an "
                    + "IPv4 address"
            ),
            (
                "-a -t 10.0.0.100:80 -r 10.0.0.11\n-a -t 10.0.0.100:80 -r 10.0.0.11:80",
                "3:24: duplicate real server 10.0.0.11, already on line 2"
            ),
            (service, "2:7: duplicate service TCP 10.0.0.100:80, already on line 1"),
        ])
    func realServers(text: String, message: String) {
        let errors = errors(Self.service + text)
        #expect(errors.first?.hasPrefix(message) == true, "\(errors)")
    }

    @Test("all errors are told, in their order: the first twenty, and how many more there are")
    func all() throws {
        #expect(
            errors("-A -t 10.0.0.1:80 -m -n\n-C\n").map { $0.prefix(5) } == [
                "1:19:", "1:22:", "2:1: ",
            ])
        let many = String(repeating: "-C\n", count: 30)
        let failure = #expect(throws: IPVSRulesFailure.self) { try services(many) }
        #expect(failure?.errors.count == 20)
        #expect(failure?.omitted == 10)
        #expect(failure?.description.hasSuffix("\nand 10 more") == true)
    }

    @Test("a message shows hostile text on one line, and not all of it")
    func hostileText() {
        let word = "\u{1B}[31m" + String(repeating: "x", count: 900)
        let message = errors("-A -s \(word) -t 10.0.0.1:80").first ?? ""
        #expect(message.hasPrefix("1:7: unknown scheduler \"?[31mxxx"))
        #expect(message.contains("x...\""))
        #expect(
            errors(String(repeating: "-A ", count: 400)) == [
                "1:1: a line of more than 1024 bytes; expected a rule"
            ])
    }

    @Test("a large text ends in time, whatever it holds", .timeLimit(.minutes(1)))
    func hostileSize() throws {
        let size = 1 << 18
        for piece in ["-", "x ", "\n", "-C\n", "-A -t 10.0.0.1:80\n", "#\n", "--", "-w"] {
            let text = String(repeating: piece, count: size / piece.utf8.count)
            #expect((try? services(text))?.isEmpty != false)
        }
        var text = ""
        for service in 0..<16_385 {
            text += "-A -u 10.1.\(service >> 8).\(service & 255):53 -s rr\n"
        }
        #expect(errors(text) == ["16385:7: expected at most 16384 services"])
    }
}
