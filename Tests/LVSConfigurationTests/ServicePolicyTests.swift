// SPDX-License-Identifier: Apache-2.0

import LVSModel
import Testing

@Suite("Persistence, one-packet scheduling, what happens on down")
struct ServicePolicyTests {
    /// The seed's file with more keys at the service, from column 5 of line 8 on.
    private static func text(_ keys: String, isIPv6: Bool = false) -> String {
        let text = Refusal.seed.replacing("scheduler: rr", with: "scheduler: rr\n    \(keys)")
        return isIPv6 ? text.replacing("192.168.142.", with: "fd00::") : text
    }

    private func service(_ keys: String, isIPv6: Bool = false) throws -> VirtualService {
        try #require(try settings(Self.text(keys, isIPv6: isIPv6)).services.first)
    }

    @Test("without their keys there is none, and flows of one that is down are rescheduled")
    func defaults() throws {
        let service = try service("arp: director")
        #expect(service.persistence == nil)
        #expect(!service.onePacket)
        #expect(service.onDown == .reschedule)
    }

    @Test(
        "persistence is a time, by the client's whole address or by its network",
        arguments: [
            ("persistence: 5m", 300, 32), ("persistence: 1", 1, 32),
            ("persistence: 744h", 2_678_400, 32), ("persistence: 2678400s", 2_678_400, 32),
            ("persistence: 5m\n    persistence-mask: 255.255.255.0", 300, 24),
            ("persistence-mask: 24\n    persistence: 90s", 90, 24),
            ("persistence: 5m\n    persistence-mask: \"255.255.255.255\"", 300, 32),
            ("persistence: 5m\n    persistence-mask: 128.0.0.0", 300, 1),
            ("persistence: 5m\n    persistence-mask: 1", 300, 1),
        ] as [(String, UInt32, UInt8)])
    func persistence(keys: String, timeout: UInt32, length: UInt8) throws {
        let persistence = try service(keys).persistence
        #expect(persistence == Persistence(timeout: timeout, prefixLength: length))
    }

    @Test("a client's IPv6 address has up to 128 bits")
    func ipv6() throws {
        let whole = try service("persistence: 5m", isIPv6: true).persistence
        #expect(whole == Persistence(timeout: 300, prefixLength: 128))
        let keys = "persistence: 5m\n    persistence-mask: 64"
        #expect(try service(keys, isIPv6: true).persistence?.prefixLength == 64)
        Refusal(
            "a netmask", Self.text("persistence-mask: 255.0.0.0\n    persistence: 1", isIPv6: true),
            (8, 23),
            "persistence-mask 255.0.0.0 is for IPv4, the VIP is IPv6; expected a prefix length of "
                + "1...128"
        ).check()
        Refusal(
            "129", Self.text("persistence-mask: 129\n    persistence: 1", isIPv6: true), (8, 23),
            "persistence-mask 129 is out of range; expected a prefix length of 1...128"
        ).check()
    }

    @Test(
        "a mask that is none",
        arguments: [
            (
                "255.0.255.0",
                "persistence-mask 255.0.255.0 is not contiguous: a one stands behind a zero; expected "
                    + "a prefix length of 1...32 or a netmask such as 255.255.255.0"
            ),
            ("0.0.0.255", "is not contiguous"),
            ("0.0.0.0", "persistence-mask 0.0.0.0 leaves nothing of an address"),
            ("0", "persistence-mask 0 is out of range; expected a prefix length of 1...32"),
            ("33", "persistence-mask 33 is out of range"),
            ("/24", "persistence-mask /24 is not a whole number"),
            ("255.255.255", "persistence-mask 255.255.255 is not a whole number"),
            ("\"ffff::\"", "persistence-mask \"ffff::\" is text in quotes"),
            ("[24]", "persistence-mask is a list"),
        ])
    func masks(mask: String, part: String) {
        let text = Self.text("persistence-mask: \(mask)\n    persistence: 5m")
        Refusal(mask, text, (8, 23), part).check()
    }

    @Test(
        "values that are none, and keys that need another",
        arguments: [
            ("persistence-mask: 24", 23, "persistence-mask without persistence; expected persist"),
            (
                "persistence: 0", 18,
                "persistence 0 is out of range; expected a time of 1...2678400 seconds, such as 90"
            ),
            ("persistence: 745h", 18, "persistence 745h is out of range"),
            ("persistence: true", 18, "persistence true is not a time"),
            ("persistence:", 17, "persistence is empty"),
            (
                "one-packet: true", 17,
                "one-packet with protocol tcp; expected false, or protocol: udp"
            ),
            (
                "one-packet: yes", 17,
                "unknown one-packet \"yes\"; expected one of true, false"
            ),
            ("one-packet: 1", 17, "unknown one-packet \"1\""),
            (
                "on-down: rest", 14,
                "unknown on-down \"rest\"; expected one of reschedule, reset, keep, drop (did you "
                    + "mean reset?)"
            ),
            ("on-down: []", 14, "on-down is a list"),
            ("persistance: 5m", 5, "(did you mean \"persistence\"?)"),
            ("one-paket: true", 5, "(did you mean \"one-packet\"?)"),
        ])
    func refused(keys: String, column: Int, part: String) {
        Refusal(keys, Self.text(keys), (8, column), part).check()
    }

    @Test("one-packet scheduling is for UDP")
    func onePacket() throws {
        #expect(try service("protocol: udp\n    one-packet: true").onePacket)
        #expect(try !service("protocol: udp\n    one-packet: false").onePacket)
        #expect(try !service("one-packet: false").onePacket)
    }

    @Test("what happens on down is taken by its name", arguments: OnDownPolicy.allCases)
    func onDown(policy: OnDownPolicy) throws {
        #expect(try service("on-down: \(policy.rawValue)").onDown == policy)
    }
}

@Suite("Thresholds of a real server")
struct ThresholdTests {
    private static func text(_ keys: String) -> String {
        Refusal.seed.replacing("weight: 1", with: keys)
    }

    @Test(
        "none, the upper one, both",
        arguments: [
            ("weight: 1", 0, 0), ("upper-threshold: 1000", 1_000, 0),
            ("upper-threshold: 4294967295\n        lower-threshold: 4294967294", .max, .max - 1),
            ("lower-threshold: 1\n        upper-threshold: 2", 2, 1),
            ("upper-threshold: 0\n        lower-threshold: 0", 0, 0),
            ("lower-threshold: 0", 0, 0),
        ] as [(String, UInt32, UInt32)])
    func taken(keys: String, upper: UInt32, lower: UInt32) throws {
        let real = try #require(try settings(Self.text(keys)).services.first?.realServers.first)
        #expect(real.upperThreshold == upper)
        #expect(real.lowerThreshold == lower)
    }

    @Test(
        "a lower one needs an upper one that is greater",
        arguments: [
            (
                "lower-threshold: 5", 10, 26,
                "lower-threshold 5 without an upper-threshold; expected upper-threshold beside it, "
                    + "greater than 5"
            ),
            ("lower-threshold: 5\n        upper-threshold: 0", 10, 26, "without an upper-thresh"),
            (
                "upper-threshold: 5\n        lower-threshold: 5", 11, 26,
                "lower-threshold 5 is not less than upper-threshold 5; expected a whole number of "
                    + "0...4"
            ),
            ("lower-threshold: 9\n        upper-threshold: 5", 10, 26, "is not less than"),
            (
                "upper-threshold: 4294967296", 10, 26,
                "upper-threshold 4294967296 is out of range; expected a whole number of "
                    + "0...4294967295"
            ),
            ("upper-threshold: -1", 10, 26, "is out of range"),
            ("lower-threshold: many", 10, 26, "lower-threshold many is not a whole number"),
        ])
    func refused(keys: String, line: Int, column: Int, part: String) {
        Refusal(keys, Self.text(keys), (line, column), part).check()
    }
}
