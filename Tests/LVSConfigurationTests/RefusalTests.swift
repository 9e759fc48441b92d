// SPDX-License-Identifier: Apache-2.0

import LVSConfiguration
import LVSModel
import Testing

@Suite("What the file says wrong is refused with its place")
struct RefusalTests {
    @Test("keys", arguments: keys)
    func key(_ row: Refusal) { row.check() }

    static let keys: [Refusal] = [
        Refusal(
            "unknown at the top", "interface:", to: "interfaces: x\ninterface:", (1, 1),
            "unknown key \"interfaces\"; expected one of interface, arp, source-mac, port, "
                + "acceleration, flow-capacity, workers, no-flow, no-real-server, "
                + "answers-per-second, check-limit, start, peers, metrics, runtime-directory, timeouts, services (did you mean \"interface\"?)"
        ),
        Refusal("unknown timeout", "tcp: 15m", to: "tpc: 15m", (3, 3), "(did you mean \"tcp\"?)"),
        Refusal(
            "unknown in a service", "scheduler: rr", to: "scheduler: rr\n    shceduler: rr",
            (8, 5),
            "unknown key \"shceduler\"; expected one of address, port, ports, protocol, scheduler, "
                + "scheduler-flags, persistence, persistence-mask, one-packet, on-down, arp, "
                + "check, minimum-up, sorry-server, slow-start, real-servers (did you mean \"scheduler\"?)"
        ),
        Refusal(
            "unknown in a real server", "weight: 1", to: "mac: 1", (10, 9),
            "unknown key \"mac\"; expected one of address, weight, port, upper-threshold, "
                + "lower-threshold, check, state, drain-until"),
        Refusal(
            "a threshold in a real server", "weight: 1", to: "uper-threshold: 1", (10, 9),
            "(did you mean \"upper-threshold\"?)"),
        Refusal(
            "a key that is a list", "interface:", to: "[a]: b\ninterface:", (1, 4),
            "a colon without a key"),
        Refusal(
            "a flow key that is a list", "weight: 1", to: "weight: {[a]: 1}", (10, 17),
            "weight is a mapping"),
        Refusal(
            "twice at the top", "timeouts:", to: "interface: eth1\ntimeouts:", (2, 1),
            "duplicate key \"interface\", already on line 1; expected each key once"),
        Refusal(
            "twice in a service", "scheduler: rr", to: "scheduler: rr\n    port: 80", (8, 5),
            "duplicate key \"port\", already on line 6"),
        Refusal(
            "twice in a real server", "weight: 1", to: "\"address\": 10.0.0.1", (10, 9),
            "duplicate key \"address\", already on line 9"),
        Refusal(
            "twice in a flow mapping", "tcp: 15m", to: "{tcp: 1, tcp: 2}", (3, 12),
            "duplicate key \"tcp\", already on line 3"),
        Refusal(
            "twice by an escape", "tcp: 15m", to: "{tcp: 1, \"t\\x63p\": 2}", (3, 4),
            "duplicate key \"tcp\""),
        Refusal(
            "no interface", "interface: eth0", to: "arp: host", (1, 1),
            "missing key \"interface\" in the file; expected at least interface, services"),
        Refusal("no services", "interface: eth0", (1, 1), "missing key \"services\""),
        Refusal(
            "no scheduler", "    scheduler: rr\n", to: "", (5, 5),
            "missing key \"scheduler\" in a service; expected at least address, scheduler, "
                + "real-servers"),
        Refusal(
            "no port", "    port: 80\n", to: "", (5, 5),
            "missing key \"port\" in a service; expected port, or ports for several"),
        Refusal(
            "no RIP", "address: 192.168.142.6", to: "weight: 1", (11, 9),
            "missing key \"address\" in a real server"),
    ]

    @Test("types", arguments: types)
    func type(_ row: Refusal) { row.check() }

    static let types: [Refusal] = [
        Refusal(
            "a list for the file", "- a\n- b\n", (1, 1), "the file is a list; expected a mapping"),
        Refusal("text for the file", "hello", (1, 1), "the file is \"hello\"; expected a mapping"),
        Refusal("a list for a name", "eth0", to: "[eth0]", (1, 12), "interface is a list"),
        Refusal("nothing for a name", "eth0", to: "", (1, 11), "interface is empty"),
        Refusal(
            "a mapping for services", "services:\n  - ", to: "services:\n    ", (5, 5),
            "services is a mapping; expected a list of `- ` items (write [] for none)"),
        Refusal(
            "nothing for services", "interface: eth0\nservices:\n", (2, 10),
            "services is empty; expected a list"),
        Refusal(
            "text for a service", "interface: eth0\nservices: [web]", (2, 12),
            "a service is \"web\"; expected a mapping with the keys address"),
        Refusal("nothing for timeouts", "  tcp: 15m\n", to: "", (2, 10), "timeouts is empty"),
        Refusal(
            "a list for a weight", "weight: 1", to: "weight: [1]", (10, 17),
            "weight is a list; expected a whole number of 0...65535"),
        Refusal(
            "a quoted number", "port: 80", to: "port: \"80\"", (6, 11),
            "port \"80\" is text in quotes; expected a whole number of 1...65535 (take the quotes "),
        Refusal("nothing for a port", "port: 80", to: "port:", (6, 10), "port is empty"),
    ]

    @Test("numbers", arguments: numbers)
    func number(_ row: Refusal) { row.check() }

    static let numbers: [Refusal] =
        [
            ("weight", "-1", "is out of range; expected a whole number of 0...65535"),
            (
                "weight", "70000",
                "weight 70000 is out of range; expected a whole number of 0...65535"
            ),
            ("weight", "65536", "is out of range"),
            ("weight", "99999999999999999999", "is out of range"),
            ("weight", "-99999999999999999999", "is out of range"),
            ("weight", "1.5", "weight 1.5 is not a whole number"),
            ("weight", "1e3", "is not a whole number"),
            ("weight", "0x10", "is not a whole number"),
            ("weight", "0o17", "is not a whole number"),
            ("weight", "1_000", "is not a whole number"),
            ("weight", "+1", "is not a whole number"),
            ("weight", "two words", "weight \"two words\" is not a whole number"),
            ("weight", "\u{661}", "is not a whole number"),
            ("weight", "010", "weight 010 has a leading zero"),
            ("weight", "00", "has a leading zero"),
            ("weight", "~", "is not a whole number"),
        ].map { Refusal("weight \($0.1)", "weight: 1", to: "weight: \($0.1)", (10, 17), $0.2) }
        + ["0", "65536", "http", "-80"].map {
            Refusal("port \($0)", "port: 80", to: "port: \($0)", (6, 11), "number of 1...65535")
        }
        + ["1023", "67108865", "1M"].map {
            Refusal(
                "capacity \($0)", "timeouts:", to: "flow-capacity: \($0)\ntimeouts:", (2, 16),
                "expected a whole number of 1024...67108864")
        }

    @Test(
        "times",
        arguments: [
            ("0", "out of range"), ("0h", "out of range"), ("8d", "not a time"),
            ("-5", "out of range"),
            ("-5m", "out of range"), ("1m30s", "not a time"), ("1.5h", "not a time"),
            ("s", "not a time"), ("15 m", "not a time"), ("5M", "not a time"),
            ("08s", "leading zero"),
            ("604801", "out of range"), ("169h", "out of range"),
            ("99999999999999999999", "out of range"),
            ("9223372036854775807h", "out of range"), ("[]", "tcp is a list"),
            ("{}", "tcp is a mapping"),
        ])
    func times(_ text: String, _ part: String) {
        Refusal(text, "tcp: 15m", to: "tcp: \(text)", (3, 8), part).check()
        Refusal(
            text, "tcp: 15m", to: "tcp: \(text)", (3, 8),
            "; expected a time of 1...604800 seconds, such as 90, 90s, 15m or 2h"
        ).check()
    }

    @Test(
        "words",
        arguments: [
            Refusal(
                "scheduler", "scheduler: rr", to: "scheduler: best", (7, 16),
                "unknown scheduler \"best\"; expected one of rr, wrr, lc, wlc, sed, nq, sh, dh, mh, fo, "
                    + "ovf, lblc, lblcr, twos, maglev"),
            Refusal(
                "scheduler in capitals", "scheduler: rr", to: "scheduler: WRR", (7, 16),
                "(did you mean wrr?)"),
            Refusal(
                "protocol", "port: 80", to: "port: 80\n    protocol: sctp", (7, 15),
                "unknown protocol \"sctp\"; expected one of tcp, udp"),
            Refusal(
                "arp", "timeouts:", to: "arp: off\ntimeouts:", (2, 6),
                "unknown arp \"off\"; expected one of director, host"),
            Refusal(
                "source-mac", "timeouts:", to: "source-mac: kep\ntimeouts:", (2, 13),
                "expected one of director, preserve"),
            Refusal(
                "no-flow", "timeouts:", to: "no-flow: rest\ntimeouts:", (2, 10),
                "expected one of reset, drop, schedule"),
            Refusal(
                "no-real-server", "timeouts:", to: "no-real-server: icmp\ntimeouts:", (2, 17),
                "expected one of unreachable, reset, drop"),
            Refusal(
                "answers-per-second", "timeouts:", to: "answers-per-second: 1000001\ntimeouts:",
                (2, 21), "0...1000000"),
        ])
    func words(_ row: Refusal) { row.check() }

    @Test(
        "peers that are no other director's MAC addresses",
        arguments: [
            ("x", 8, "peers is \"x\"; expected a list of `- ` items (write [] for none)"),
            ("", 7, "peers is empty"),
            ("[02-00-00-00-00-0a]", 9, "\"02-00-00-00-00-0a\" is no MAC address; expected a MAC "),
            ("[02-00-00-00-00-0a]", 9, "such as \"02:00:00:00:00:0a\" (with colons)"),
            ("['02:00:00:00:00:0a', 192.168.142.7]", 30, "\"192.168.142.7\" is no MAC address"),
            ("[[]]", 9, "peer is a list"),
            ("['ff:ff:ff:ff:ff:ff']", 9, "ff:ff:ff:ff:ff:ff is no address of one interface"),
            ("['00:00:00:00:00:00']", 9, "00:00:00:00:00:00 is no address of one interface"),
            (
                "['02:00:00:00:00:0a', '02:00:00:00:00:0A']", 30,
                "peer 02:00:00:00:00:0a is there twice; expected each peer once"
            ),
            ("[a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,q]", 8, "17 peers; expected at most 16"),
        ])
    func peers(_ text: String, _ column: Int, _ part: String) {
        Refusal(text, "timeouts:", to: "peers: \(text)\ntimeouts:", (2, column), part).check()
    }

    @Test(
        "an interface that the kernel would not name so",
        arguments: [
            "abcdefghijklmnop", "eth/0", "'eth 0'", "\"eth\\t0\"", "\"eth\\0\"", ".", "..", "''",
            "eth0:0", "\"eth\\x9b\"", "\"eth\\u2066\"",
            "\u{e9}\u{e9}\u{e9}\u{e9}\u{e9}\u{e9}\u{e9}\u{e9}",
        ])
    func interfaces(_ name: String) {
        Refusal(name, "eth0", to: name, (1, 12), "expected an interface's name of 1...15 bytes")
            .check()
    }

    @Test(
        "a runtime directory that can not hold the socket",
        arguments: [
            ("run/lvsdr", "is no absolute path"), ("~", "is no absolute path"),
            ("/" + String(repeating: "d", count: 94), "has 95 bytes"),
            ("\"/a\\0b\"", "has characters that can not be shown"),
            ("\"/a\\x9bb\"", "has characters that can not be shown"),
            ("\"a\\u202Eb\"", "\"a?b\" is no absolute path"),
        ])
    func directories(_ path: String, _ part: String) {
        Refusal(path, "timeouts:", to: "runtime-directory: \(path)\ntimeouts:", (2, 20), part)
            .check()
    }
}
