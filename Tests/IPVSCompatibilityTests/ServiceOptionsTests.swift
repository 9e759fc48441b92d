// SPDX-License-Identifier: Apache-2.0

import IPVSCompatibility
import LVSModel
import Testing

@Suite("What ipvsadm's rules say of services and real servers")
struct ServiceOptionsTests {
    private func services(_ text: String) throws -> [VirtualService] {
        try IPVSRules.parse(text, file: "rules")
    }

    private func service(_ text: String) throws -> VirtualService {
        try #require(try services(text).first)
    }

    private func errors(_ text: String) -> [String] {
        let failure = #expect(throws: IPVSRulesFailure.self) { try services(text) }
        return failure?.errors.map { String($0.description.dropFirst("rules:".count)) } ?? []
    }

    @Test("what ipvsadm -S -n prints of a director with everything")
    func saved() throws {
        let text = """
            -A -t 10.0.0.100:80 -s mh -p 300 -M 255.255.255.0 -b mh-fallback,mh-port
            -a -t 10.0.0.100:80 -r 10.0.0.11:80 -g -w 3 -x 1000 -y 900
            -A -u 10.0.0.100:53 -s rr -o
            -A -t 10.0.0.100:0 -s wlc -p 360
            -a -t 10.0.0.100:0 -r 10.0.0.12:0 -g -w 1
            -A -t [fd00::100]:443 -s rr -p 60 -M 64
            -a -t [fd00::100]:443 -r [fd00::11]:443 -g -w 2

            """
        let services = try services(text)
        #expect(
            services.map(\.address.description) == [
                "TCP 10.0.0.100:80", "UDP 10.0.0.100:53", "TCP 10.0.0.100:any",
                "TCP [fd00::100]:443",
            ])
        #expect(
            services.map(\.persistence) == [
                Persistence(timeout: 300, prefixLength: 24), nil,
                Persistence(timeout: 360, prefixLength: 32),
                Persistence(timeout: 60, prefixLength: 64),
            ])
        #expect(services.map(\.onePacket) == [false, true, false, false])
        #expect(services.map(\.onDown) == Array(repeating: .reschedule, count: 4))
        let reals = services.flatMap(\.realServers)
        #expect(reals.map(\.address.description) == ["10.0.0.11", "10.0.0.12", "fd00::11"])
        #expect(reals.map(\.upperThreshold) == [1_000, 0, 0])
        #expect(reals.map(\.lowerThreshold) == [900, 0, 0])
    }

    @Test(
        "persistence, as ipvsadm takes it",
        arguments: [
            ("-A -t 10.0.0.1:80 -p", 300, 32), ("-A -t 10.0.0.1:80 -p 1", 1, 32),
            ("-A -t 10.0.0.1:80 -p2678400", 2_678_400, 32),
            ("-A -t 10.0.0.1:80 -p -M 255.255.255.255", 300, 32),
            ("-A -M 255.0.0.0 -t 10.0.0.1:80 -p 9", 9, 8),
            (
                "--add-service --tcp-service 10.0.0.1:80 --persistent=9 --netmask 255.255.254.0", 9,
                23
            ),
            ("-A -t [fd00::1]:80 -p", 300, 128), ("-A -t [fd00::1]:80 -p -M 1", 300, 1),
            ("-A -6 -t [fd00::1]:80 -p -M 128", 300, 128),
        ] as [(String, UInt32, UInt8)])
    func persistence(text: String, timeout: UInt32, length: UInt8) throws {
        let persistence = try service(text).persistence
        #expect(persistence == Persistence(timeout: timeout, prefixLength: length))
    }

    @Test(
        "port 0, or none, is any port",
        arguments: [
            "-A -t 10.0.0.1:0 -p", "-A -t 10.0.0.1 -p", "-A -t [fd00::1]:0 -p",
            "-A -t [fd00::1] -p", "-A -t fd00::1 -p", "--add-service --ipv6 -t fd00::1 -p",
        ])
    func any(text: String) throws {
        #expect(try service(text).address.ports == .any)
    }

    @Test("a service for all ports stands beside those with one, and not beside another")
    func anyBeside() throws {
        let text = "-A -t 10.0.0.1:0 -p\n-A -t 10.0.0.1:80\n-A -u 10.0.0.1 -p\n"
        #expect(try services(text).count == 3)
        #expect(
            errors(text + "-A -t 10.0.0.1 -p")
                == ["4:7: duplicate service TCP 10.0.0.1:any, already on line 1"])
    }

    @Test("one-packet scheduling by both spellings", arguments: ["-o", "--ops"])
    func onePacket(option: String) throws {
        #expect(try service("-A -u 10.0.0.1:53 \(option)").onePacket)
        #expect(
            errors("-A -t 10.0.0.1:80 \(option)")
                == ["1:19: \(option) goes with -u: a TCP connection has more packets than one"])
    }

    @Test(
        "thresholds by all spellings, of which the lower one may be as great as the upper",
        arguments: [
            ("", 0, 0), ("-x 9", 9, 0), ("-x 9 -y 3", 9, 3), ("-y3 -x9", 9, 3),
            ("--u-threshold=9 --l-threshold 9", 9, 9), ("-x 4294967295", .max, 0),
            ("-x 0 -y 0", 0, 0),
        ] as [(String, UInt32, UInt32)])
    func thresholds(options: String, upper: UInt32, lower: UInt32) throws {
        let service = try service(
            "-A -t 10.0.0.1:80\n-a -t 10.0.0.1:80 -r 10.0.0.2 \(options)\n")
        #expect(
            service.realServers == [
                RealServer(
                    address: try #require(IPAddress("10.0.0.2")), upperThreshold: upper,
                    lowerThreshold: lower)
            ])
    }

    @Test(
        "values that are none are refused",
        arguments: [
            ("-A -t 10.0.0.1:80 -p 0", "1:22: persistence \"0\"; expected 1...2678400 seconds"),
            ("-A -t 10.0.0.1:80 -p 2678401", "1:22: persistence \"2678401\""),
            ("-A -t 10.0.0.1:80 -p 5m", "1:22: persistence \"5m\""),
            ("-A -t 10.0.0.1:80 -p 99999999999", "1:22: persistence \"99999999999\""),
            ("-A -t 10.0.0.1:80 -M 255.0.0.0", "1:19: -M without -p; expected -p beside it"),
            ("-A -t 10.0.0.1:80 -p -M", "1:22: -M needs a value"),
            (
                "-A -t 10.0.0.1:80 -p -M 255.0.255.0",
                "1:25: mask \"255.0.255.0\" is not contiguous: a one stands behind a zero"
            ),
            (
                "-A -t 10.0.0.1:80 -p -M 24",
                "1:25: mask \"24\"; expected a netmask such as 255.255.255.0"
            ),
            ("-A -t 10.0.0.1:80 -p -M 0.0.0.0", "1:25: mask \"0.0.0.0\"; expected a netmask"),
            (
                "-A -t [fd00::1]:80 -p -M 255.0.0.0",
                "1:26: mask \"255.0.0.0\"; expected a prefix length of 1...128, for the VIP is IPv6"
            ),
            ("-A -t [fd00::1]:80 -p -M 0", "1:26: mask \"0\"; expected a prefix length"),
            ("-A -t [fd00::1]:80 -p -M 129", "1:26: mask \"129\"; expected a prefix length"),
            ("-A -t [fd00::1]:80 -p -M 256", "1:26: mask \"256\"; expected a prefix length"),
        ])
    func refusals(text: String, message: String) {
        let errors = errors(text)
        #expect(errors.count == 1 && errors.first?.hasPrefix(message) == true, "\(errors)")
    }

    @Test(
        "thresholds that are none are refused",
        arguments: [
            ("-x -1", "2:31: -x needs a value"),
            ("-x 4294967296", "2:34: upper threshold \"4294967296\"; expected a whole number of 0"),
            (
                "-y many",
                "2:34: lower threshold \"many\"; expected a whole number of 0...4294967295"
            ),
            ("-y 1", "2:31: lower threshold 1 is greater than the upper one, 0 (none)"),
            ("-x 3 -y 4", "2:36: lower threshold 4 is greater than the upper one, 3"),
        ])
    func thresholdRefusals(options: String, message: String) {
        let errors = errors("-A -t 10.0.0.1:80\n-a -t 10.0.0.1:80 -r 10.0.0.2 \(options)\n")
        #expect(errors.first?.hasPrefix(message) == true, "\(errors)")
    }

    @Test("a real server is of its VIP's family, and may repeat any port of a service for all")
    func realServers() throws {
        let any = "-A -t [fd00::1] -p\n-a -t [fd00::1]:0 -r"
        for real in ["fd00::2", "[fd00::2]", "[fd00::2]:0", "[fd00::2]:8080"] {
            #expect(try service("\(any) \(real)").realServers.count == 1)
        }
        #expect(
            errors("\(any) 10.0.0.2") == [
                "2:22: real server 10.0.0.2 is IPv4, VIP fd00::1 IPv6: a mixed pair; expected an "
                    + "IPv6 address"
            ])
        #expect(
            errors("-A -t [fd00::1]:80\n-a -t [fd00::1]:80 -r [fd00::2]:81").first?
                .hasSuffix("expected [fd00::2]:80") == true)
    }
}
