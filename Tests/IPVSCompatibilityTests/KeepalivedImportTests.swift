// SPDX-License-Identifier: Apache-2.0

import IPVSCompatibility
import LVSModel
import Testing

@Suite struct KeepalivedImportTests {
    private func read(
        _ text: String, _ files: [String: String] = [:]
    ) throws -> KeepalivedImport {
        try KeepalivedImport(text, file: "keepalived.conf") { pattern, _ in
            files[pattern].map { [(pattern, $0)] } ?? []
        }
    }

    private func address(_ text: String) throws -> IPAddress { try #require(IPAddress(text)) }

    @Test("a virtual server with its real servers and checks")
    func whole() throws {
        let result = try read(
            """
            ! the web
            virtual_server 192.168.142.100 80 {
                delay_loop 6
                lb_algo wrr
                lb_kind DR
                protocol TCP
                persistence_timeout 300
                persistence_granularity 255.255.255.0
                sorry_server 192.168.142.9 80
                inhibit_on_failure

                real_server 192.168.142.5 80 {
                    weight 3
                    uthreshold 100
                    lthreshold 50
                    HTTP_GET {
                        url {
                            path /health
                            status_code 200 301-302
                            regex "o+k"
                        }
                        virtualhost www.example
                        connect_timeout 2
                        retry 3
                        delay_before_retry 3
                    }
                }
                real_server 192.168.142.6 80 {
                    TCP_CHECK
                    {
                        connect_port 8080
                    }
                }
            }
            """)
        #expect(result.settings.interface == "eth0")
        let service = try #require(result.settings.services.first)
        #expect(service.address.description == "TCP 192.168.142.100:80")
        #expect(service.scheduler == .wrr)
        #expect(service.persistence == Persistence(timeout: 300, prefixLength: 24))
        #expect(service.onDown == .keep)
        #expect(service.sorryServer == (try address("192.168.142.9")))
        let first = service.realServers[0]
        #expect(first.weight == 3 && first.upperThreshold == 100 && first.lowerThreshold == 50)
        let http = HTTPCheck(
            path: "/health", host: "www.example", statuses: [200...200, 301...302],
            bodyMatches: "o+k")
        #expect(
            first.check
                == .own(
                    HealthCheck(
                        kind: .http(http), interval: 6_000, timeout: 2_000, rise: 1, fall: 4)))
        #expect(
            service.realServers[1].check
                == .own(
                    HealthCheck(
                        kind: .tcp, port: 8080, via: .rip, interval: 6_000, timeout: 5_000,
                        rise: 1, fall: 2)))
        #expect(
            result.notes.map(\.description) == [
                "keepalived.conf:2: virtual_server 192.168.142.100 80: keepalived names no "
                    + "interface of the VIPs here: set `interface`"
            ])
    }

    @Test("a check that all real servers have becomes the service's")
    func shared() throws {
        let real = "{ TCP_CHECK { connect_timeout 3 } }"
        let result = try read(
            """
            virtual_server 10.0.0.100 443 {
              real_server 10.0.0.11 443 \(real)
              real_server 10.0.0.12 443 \(real)
            }
            """)
        let service = try #require(result.settings.services.first)
        #expect(service.check?.timeout == 3_000)
        #expect(service.realServers.map(\.check) == [.services, .services])
    }

    @Test("groups, ranges, variables and included files")
    func indirection() throws {
        let result = try read(
            """
            $RIP=10.0.0.11   # the first
            $PORT = 80
            $BLOCK=real_server ${RIP} 80
            include vrrp.conf
            virtual_server_group web {
                10.0.0.100 80
                10.0.0.101-103 80
                fwmark 7
            }
            virtual_server group web {
                lvs_sched mh
                mh-port
                lvs_method DR
                $BLOCK { weight 2 }
            }
            """,
            [
                "vrrp.conf": """
                vrrp_instance VI_1 {
                    interface bond0
                    virtual_ipaddress { 10.0.0.101/32 dev bond0 }
                }
                """
            ])
        #expect(result.settings.interface == "bond0")
        #expect(result.settings.start == .standby)
        let services = result.settings.services
        #expect(
            services.map(\.address.description) == [
                "TCP 10.0.0.100:80", "TCP 10.0.0.101:80", "TCP 10.0.0.102:80", "TCP 10.0.0.103:80",
            ])
        #expect(services.map(\.arp) == [.director, .host, .director, .director])
        #expect(services.allSatisfy { $0.scheduler == .mh && $0.schedulerFlags == [.mhPort] })
        #expect(services.allSatisfy { $0.realServers.map(\.weight) == [2] })
        #expect(
            result.notes.contains { $0.description.contains("vrrp.conf:1: vrrp_instance VI_1") })
        #expect(result.notes.contains { $0.text.hasPrefix("fwmark 7: firewall marks") })
    }

    @Test("each checker becomes the check of its kind")
    func checkers() throws {
        let checkers: [(String, CheckKind?)] = [
            ("SSL_GET { url { path / } }", .http(HTTPCheck(isEncrypted: true))),
            (
                "DNS_CHECK { type a\nname www.example }",
                .dns(DNSCheck(name: "www.example", type: .a))
            ),
            ("SMTP_CHECK { helo_name lb }", .smtp(SMTPCheck(helloName: "lb"))),
            (
                "UDP_CHECK { payload 00ff\nrequire_reply 01 }",
                .udp(UDPCheck(payload: [0, 0xFF], reply: [1], requiresReply: true))
            ),
            ("PING_CHECK", .icmp),
            (
                "MISC_CHECK { misc_path \"/bin/ask -v 1\"\nmisc_timeout 4\nmisc_dynamic }",
                .exec(ExecCheck(program: "/bin/ask", arguments: ["-v", "1"], setsWeight: true))
            ),
            ("FILE_CHECK { track_file w }", .file(FileCheck(path: "/run/w"))),
            ("FILE_CHECK { track_file other }", nil),
            ("BFD_CHECK { name b }", nil),
        ]
        for (text, kind) in checkers {
            let result = try read(
                """
                track_file w { file /run/w }
                virtual_server 10.0.0.100 80 { real_server 10.0.0.11 80 {
                \(text)
                } }
                """)
            let service = try #require(result.settings.services.first)
            #expect(service.check?.kind == kind, "\(text)")
        }
    }

    @Test(
        "what is not carried over has a note with its line",
        arguments: [
            ("lb_kind NAT", "lb_kind NAT: not direct routing; the service is left out"),
            ("protocol SCTP", "protocol SCTP: not served; the service is left out"),
            (
                "real_server 10.0.0.11 8080 { }",
                "real_server 10.0.0.11 8080: direct routing does not translate ports: 8080 is not "
                    + "the service's; left out"
            ),
            (
                "quorum 2",
                "quorum 2: the service is up as long as one real server is (minimum-up is "
                    + "a floor, no quorum)"
            ),
            ("lb_algo moon", "lb_algo moon: not known, wlc in its place"),
            ("something 1", "something 1: not known, left out"),
        ])
    func notes(line: String, note: String) throws {
        let result = try read("virtual_server 10.0.0.100 80 {\n\(line)\n}")
        #expect(result.notes.contains { $0.description == "keepalived.conf:2: \(note)" })
    }

    @Test(
        "braces that do not fit and files without end are an error",
        arguments: [
            (
                "virtual_server 10.0.0.1 80 {",
                "keepalived.conf:1: the block of \"virtual_server 10.0.0.1 80\" is not closed"
            ),
            ("}", "keepalived.conf:1: a } without its {"),
            ("include again", "again: included more than 16 files deep"),
        ])
    func errors(text: String, message: String) {
        #expect {
            try read(text, ["again": "include again"])
        } throws: {
            ($0 as? KeepalivedError)?.description == message
        }
    }

    @Test("variables that grow without end are an error")
    func growth() {
        let lines = ["$A=xxxxxxxxxx"] + (0..<30).map { _ in "$A=$A$A" }
        #expect(throws: KeepalivedError.self) { try read(lines.joined(separator: "\n")) }
    }
}
