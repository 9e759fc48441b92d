// SPDX-License-Identifier: Apache-2.0

import LVSModel
import Testing

@Suite("Which real servers serve, and where the director's own things are")
struct AvailabilityTests {
    /// The seed's file with more keys at the service, from column 5 of line 8 on.
    private static func text(_ keys: String) -> String {
        Refusal.seed.replacing("scheduler: rr", with: "scheduler: rr\n    \(keys)")
    }

    @Test("a floor, a sorry server, a slow start")
    func service() throws {
        let text = Self.text("minimum-up: 2\n    sorry-server: 192.168.142.9\n    slow-start: 1m")
        let service = try #require(try settings(text).services.first)
        #expect(service.minimumUp == 2)
        #expect(service.sorryServer == IPAddress("192.168.142.9"))
        #expect(service.slowStart == 60)
        let plain = try #require(try settings(Refusal.seed).services.first)
        #expect(plain.minimumUp == 0 && plain.sorryServer == nil && plain.slowStart == 0)
    }

    @Test(
        "services refused",
        arguments: [
            ("minimum-up: -1", 17, "expected a whole number of 0...131072"),
            ("minimum-up: half", 17, "minimum-up half is not a whole number"),
            (
                "slow-start: 25h", 17,
                "slow-start 25h is out of range; expected a time of 0...86400 seconds"
            ),
            ("sorry-server: fd00::9", 19, "sorry server fd00::9 is IPv6, VIP 192.168.142.100 IPv4"),
            (
                "sorry-server: 192.168.142.6", 19,
                "sorry server 192.168.142.6 is a real server of the service as well; expected"
            ),
            ("sorry-server: 192.168.142.100", 19, "sorry server 192.168.142.100 is a VIP of this"),
            ("sorry-server: page", 19, "sorry server \"page\" is no IP address"),
        ])
    func refusedServices(_ keys: String, _ column: Int, _ part: String) {
        Refusal(keys, Self.text(keys), (8, column), part).check()
    }

    @Test("a real server is enabled, drains until a time or without end, or is disabled")
    func states() throws {
        func real(_ keys: String) throws -> RealServer? {
            let text = Refusal.seed.replacing("weight: 1", with: keys)
            return try settings(text).services.first?.realServers.first
        }
        #expect(try real("weight: 1")?.administrativeState == .enabled)
        #expect(try real("state: disabled")?.administrativeState == .disabled)
        #expect(try real("state: draining")?.drainEnd == nil)
        let draining = try real("drain-until: 1800000000\n        state: draining")
        #expect(draining?.administrativeState == .draining)
        #expect(draining?.drainEnd == 1_800_000_000)
    }

    @Test(
        "real servers refused",
        arguments: [
            (
                "state: off", 16,
                "unknown state \"off\"; expected one of enabled, draining, disabled"
            ),
            (
                "drain-until: 5", 22,
                "drain-until of a real server that is not draining; expected state: draining"
            ),
            (
                "drain-until: 253402300800\n        state: draining", 22,
                "drain-until 253402300800 is out of range; expected seconds since 1970, at most"
            ),
            (
                "check: no", 16,
                "check is \"no\"; expected none, or a mapping with the key kind (without it, the"
            ),
            ("check: [tcp]", 16, "a check is a list; expected a mapping with the keys kind, inter"),
        ])
    func refusedRealServers(_ keys: String, _ column: Int, _ part: String) {
        let text = Refusal.seed.replacing("weight: 1", with: keys)
        Refusal(keys, text, (10, column), part).check()
    }

    @Test("the file's own keys")
    func top() throws {
        let text = "check-limit: 10000\nstart: standby\nmetrics: 127.0.0.1:9707\n" + Refusal.seed
        let read = try settings(text)
        #expect(read.checkLimit == 10_000 && read.start == .standby)
        #expect(
            try read.metrics
                == SocketAddress(address: #require(IPAddress("127.0.0.1")), port: 9_707))
        for address in ["\"[::1]:9707\"", "\"[::]:1\"", "0.0.0.0:65535", "10.0.0.1:80"] {
            #expect(try settings("metrics: \(address)\n" + Refusal.seed).metrics != nil)
        }
        let plain = try settings(Refusal.seed)
        #expect(plain.checkLimit == 256 && plain.start == .active && plain.metrics == nil)
    }

    @Test(
        "the file's own keys refused",
        arguments: [
            (
                "check-limit: 0", 14,
                "check-limit 0 is out of range; expected a whole number of 1..."
            ),
            ("check-limit: 10001", 14, "1...10000"),
            ("start: passive", 8, "unknown start \"passive\"; expected one of active, standby"),
            (
                "metrics: localhost:9707", 10,
                "metrics \"localhost:9707\" is no socket's address; expected an address and a port"
            ),
            ("metrics: 127.0.0.1", 10, "is no socket's address"),
            ("metrics: 127.0.0.1:0", 10, "is no socket's address"),
            ("metrics: 127.0.0.1:80-90", 10, "is no socket's address"),
            ("metrics: \"::1:9707\"", 10, "is no socket's address"),
            ("metrics: 224.0.0.1:9707", 10, "metrics 224.0.0.1 is a multicast address"),
            ("metrics: \"[fe80::1]:9707\"", 10, "is a link-local address"),
            ("metrics: 9707", 10, "is no socket's address"),
        ])
    func refusedTop(_ key: String, _ column: Int, _ part: String) {
        Refusal(key, key + "\n" + Refusal.seed, (1, column), part).check()
    }
}
