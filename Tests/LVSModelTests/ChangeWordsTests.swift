// SPDX-License-Identifier: Apache-2.0

import LVSModel
import Testing

@Suite("Changes in words")
struct ChangeWordsTests {
    static let vip = IPAddress(ipv4: 0xC0A8_8E64)
    static let web1 = IPAddress(ipv4: 0xC0A8_8E05)
    static let http = ServiceAddress(address: vip, port: 80, transport: .tcp)
    static let settings = DirectorSettings(
        interface: "eth0",
        services: [
            VirtualService(
                address: http, scheduler: .rr,
                realServers: [RealServer(address: web1), RealServer(address: IPAddress(ipv4: 1))])
        ])

    @Test(
        "each change is a line",
        arguments: [
            (
                .addService(settings.services[0]),
                "add TCP 192.168.142.100:80 rr with 2 real servers"
            ),
            (
                .addService(VirtualService(address: http, scheduler: .wlc)),
                "add TCP 192.168.142.100:80 wlc with 0 real servers"
            ),
            (.removeService(http), "remove TCP 192.168.142.100:80"),
            (.removeAllServices, "remove all services"),
            (
                .addRealServer(RealServer(address: web1, weight: 3), to: http),
                "add 192.168.142.5 to TCP 192.168.142.100:80 with weight 3"
            ),
            (
                .removeRealServer(web1, of: http),
                "remove 192.168.142.5 from TCP 192.168.142.100:80"
            ),
            (
                .drain(web1, of: http, until: nil),
                "drain 192.168.142.5 in TCP 192.168.142.100:80"
            ),
            (
                .drain(web1, of: http, until: 1_795_420_800),
                "drain 192.168.142.5 in TCP 192.168.142.100:80 until 2026-11-23T08:00:00Z"
            ),
            (.undrain(web1, of: http), "undrain 192.168.142.5 in TCP 192.168.142.100:80"),
            (.disable(web1, of: http), "disable 192.168.142.5 in TCP 192.168.142.100:80"),
            (.enable(web1, of: http), "enable 192.168.142.5 in TCP 192.168.142.100:80"),
            (.setSourceMAC(.preserve), "source-mac: preserve"),
            (
                .editRealServer(web1, of: http, RealServerEdit(weight: 3)),
                "weight of 192.168.142.5 in TCP 192.168.142.100:80: 3"
            ),
        ] as [(Change, String)])
    func lines(change: Change, line: String) {
        #expect("\(change)" == line)
    }

    @Test(
        "what was there before stands beside what comes",
        arguments: [
            (
                .editRealServer(web1, of: http, RealServerEdit(weight: 3)),
                "weight of 192.168.142.5 in TCP 192.168.142.100:80: 1 -> 3"
            ),
            (
                .editRealServer(
                    web1, of: http,
                    RealServerEdit(
                        upperThreshold: 9, lowerThreshold: 5, check: RealServerCheck.none)
                ),
                "upper-threshold of 192.168.142.5 in TCP 192.168.142.100:80: 0 -> 9, "
                    + "lower-threshold 0 -> 5, check the service's -> none"
            ),
            (
                .editService(
                    http,
                    ServiceEdit(
                        scheduler: .sh, schedulerFlags: [.shPort, .shFallback],
                        persistence: .set(Persistence(prefixLength: 24)), onePacket: false,
                        onDown: .reset, arp: .host, check: .set(HealthCheck(kind: .tcp)),
                        minimumUp: 1, sorryServer: .set(IPAddress(ipv4: 7)), slowStart: 30)),
                "edit TCP 192.168.142.100:80: scheduler rr -> sh, "
                    + "scheduler-flags none -> sh-fallback,sh-port, "
                    + "persistence none -> 300 s for each /24, one-packet false -> false, "
                    + "on-down reschedule -> reset, arp director -> host, "
                    + "check none -> tcp every 2000 ms, minimum-up 0 -> 1, "
                    + "sorry-server none -> 0.0.0.7, slow-start 0 s -> 30 s"
            ),
            (
                .setTimeouts(FlowTimeouts(tcp: 60)),
                "timeouts (tcp tcpfin udp): 900 120 300 -> 60 120 300"
            ),
            (.setCheckLimit(9), "checks at once: 256 -> 9"),
            (
                .setPeers([MACAddress(rawValue: 0x0200_0000_000A)]),
                "peers: none -> 02:00:00:00:00:0a"
            ),
            (
                .setAnswers(AnswerPolicy(noFlow: .drop, perSecond: 5)),
                "answers: no-flow reset, no-real-server unreachable, 1000 a second -> "
                    + "no-flow drop, no-real-server unreachable, 5 a second"
            ),
            (
                .editRealServer(IPAddress(ipv4: 9), of: http, RealServerEdit(weight: 3)),
                "weight of 0.0.0.9 in TCP 192.168.142.100:80: 3"
            ),
        ] as [(Change, String)])
    func differences(change: Change, line: String) {
        #expect(Change.lines([change], before: Self.settings) == [line])
    }

    @Test("an edit of nothing says so")
    func nothing() {
        #expect(
            "\(Change.editService(Self.http, ServiceEdit()))"
                == "edit TCP 192.168.142.100:80: nothing")
        #expect(
            "\(Change.editRealServer(Self.web1, of: Self.http, RealServerEdit()))"
                == "edit 192.168.142.5 in TCP 192.168.142.100:80: nothing")
    }

    @Test("a change names its service and its real server")
    func names() {
        #expect(Change.drain(Self.web1, of: Self.http, until: nil).service == Self.http)
        #expect(Change.drain(Self.web1, of: Self.http, until: nil).realServer == Self.web1)
        #expect(Change.removeService(Self.http).service == Self.http)
        #expect(Change.removeService(Self.http).realServer == nil)
        #expect(Change.removeAllServices.service == nil)
    }
}
