// SPDX-License-Identifier: Apache-2.0

import IPVSCompatibility
import LVSModel
import Testing

@Suite struct IPVSCommandLineTests {
    private func parse(_ line: String) throws -> IPVSCommand {
        try IPVSCommandLine.parse(line.split(separator: " ").map(String.init))
    }

    private func service(_ port: UInt16 = 80) throws -> ServiceAddress {
        ServiceAddress(
            address: try #require(IPAddress("10.0.0.100")), port: port, transport: .tcp)
    }

    private func real() throws -> IPAddress { try #require(IPAddress("10.0.0.11")) }

    @Test("services are added, edited and removed")
    func services() throws {
        let service = try service()
        #expect(
            try parse("-A -t 10.0.0.100:80 -s rr")
                == .change(.addService(VirtualService(address: service, scheduler: .rr))))
        #expect(
            try parse("-E -t 10.0.0.100:80 -s sh -b sh-port -p 60")
                == .change(
                    .editService(
                        service,
                        ServiceEdit(
                            scheduler: .sh, schedulerFlags: [.shPort],
                            persistence: .set(Persistence(timeout: 60, prefixLength: 32)),
                            onePacket: false))))
        #expect(try parse("-D -t 10.0.0.100:80") == .change(.removeService(service)))
        #expect(try parse("--clear") == .change(.removeAllServices))
    }

    @Test("real servers are added, edited and removed; an edit without a weight makes it 1")
    func realServers() throws {
        let (service, real) = (try service(), try real())
        #expect(
            try parse("-a -t 10.0.0.100:80 -r 10.0.0.11:80 -g -w 3")
                == .change(.addRealServer(RealServer(address: real, weight: 3), to: service)))
        #expect(
            try parse("-e -t 10.0.0.100:80 -r 10.0.0.11:80 -g -x 9")
                == .change(
                    .editRealServer(
                        real, of: service,
                        RealServerEdit(weight: 1, upperThreshold: 9, lowerThreshold: 0))))
        #expect(
            try parse("-d -t 10.0.0.100:80 -r 10.0.0.11")
                == .change(.removeRealServer(real, of: service)))
    }

    @Test("without words it lists, and a list has its columns")
    func lists() throws {
        #expect(try IPVSCommandLine.parse([]) == .list(IPVSListing()))
        var listing = IPVSListing()
        listing.isNumeric = true
        #expect(try parse("-ln") == .list(listing))
        listing.columns = .connections
        #expect(try parse("-Lnc") == .list(listing))
        listing.columns = .stats
        listing.isExact = true
        listing.isSorted = false
        listing.service = try service()
        #expect(
            try parse("-L -n --stats --exact --nosort -t 10.0.0.100:80") == .list(listing))
        #expect(try parse("-S -n") == .save(isNumeric: true))
        #expect(try parse("-R") == .restore)
        #expect(try parse("-Z") == .zero(nil))
        #expect(try parse("-Z -t 10.0.0.100:80") == .zero(try service()))
        #expect(try parse("-h") == .help)
    }

    @Test("--set takes three times")
    func timeouts() throws {
        #expect(
            try parse("--set 900 0 300") == .setTimeouts(tcp: 900, tcpFin: 0, udp: 300))
        for line in ["--set", "--set 1 2", "--set 1 2 3 4", "--set a b c", "--set 1 2 604801"] {
            #expect(throws: IPVSUsageError.self) { try parse(line) }
        }
    }

    @Test(
        "what is no command of ipvsadm's, or none for a director, is refused in words",
        arguments: [
            ("-A", "no service; expected -t or -u ADDRESS:PORT"),
            ("-A -D -t 10.0.0.100:80", "-D beside -A; expected one command"),
            ("-a -t 10.0.0.100:80", "no real server; expected -r ADDRESS:80"),
            (
                "-a -t 10.0.0.100:80 -r 10.0.0.11:80 -m",
                "-m (masquerading) is not direct routing; expected -g"
            ),
            (
                "-A -f 1",
                "-f: a firewall mark names no address that frames at layer 2 could be known by; "
                    + "expected -t or -u"
            ),
            ("-L -c --stats", "--stats beside another list; expected one"),
            ("-L -w 3", "-w goes with -a, -e, not with -L"),
            ("-t 10.0.0.100:80", "a rule without a command; expected -A or -a"),
        ])
    func refusals(line: String, message: String) {
        #expect {
            try parse(line)
        } throws: {
            ($0 as? IPVSUsageError)?.description == message
        }
    }

    @Test("rules may begin with ipvsadm, and a list is no rule")
    func rules() throws {
        let changes = try IPVSCommandLine.parseRules(
            "# saved\nipvsadm -C\n\n-A -t 10.0.0.100:80 -s rr\n", file: "rules")
        #expect(changes.count == 2)
        #expect(throws: IPVSRulesFailure.self) {
            try IPVSCommandLine.parseRules("-L\n", file: "rules")
        }
    }
}
